/*
 * verb_device_list.c - `anchorctl device list` and `device show`: the enrolled
 * devices of a tenant, as the service has them.
 */
#include <string.h>

#include "crypto/codec/json_auto.h"
#include "provisioning/anchorctl/verb_device.h"
#include "provisioning/anchorctl/verbs.h"

#define TEXT_MAX 4096 /* bytes of one member */

static const struct verb_option list_options[] = {
	{ "state", "NAME", false, "active, suspended, pending or retired" },
	{ "format", "NAME", false, "only of this format" },
	{ "since", "TIME", false, "enrolled at that RFC 3339 time or later" },
	{ "prefix", "TEXT", false, "only handles that begin with this" },
	{ "overdue", "N", false,
	  "active, and silent for more than N days; 0: its overdue_days" },
	{ "after", "HANDLE", false, "only handles greater than this" },
	{ "limit", "N", false, "the first N that fit" },
	CLIENT_OPTIONS,
	{ NULL, NULL, false, NULL },
};

static void
print_devices_head(void)
{
	cli_say("%-47s  %-9s  %-12s  %-20s  %-10s  %-20s  %s\n", "device",
	        "state", "format", "enrolled", "attested", "changed", "why");
}

static void
print_device(const json_t *row)
{
	AUTO(buf_release) struct buf keep = buf_of(TEXT_MAX);

	cli_say("%-47s  ", client_text(row, "device_handle", &keep));
	cli_say("%-9s  ", client_text(row, "state", &keep));
	cli_say("%-12s  ", client_text(row, "format", &keep));
	cli_say("%-20s  ", client_text(row, "enrolled_at", &keep));
	cli_say("%-10s  ", client_text(row, "last_attested", &keep));
	cli_say("%-20s  ", client_text(row, "changed_at", &keep));
	cli_say("%s\n", client_text(row, "reason", &keep));
}

static int
run_device_list(struct cli *cli)
{
	static const char *const filters[] = { "state",  "format",  "since",
		                               "prefix", "overdue", NULL };
	struct client_table table = { .head = print_devices_head,
		                      .put = print_device };
	struct client_listing l = { .cli = cli,
		                    .path = "/v1/enrollments",
		                    .member = "enrollments" };

	return client_run_list(&l, filters, &table);
}

const struct verb verb_device_list = {
	.words = "device list",
	.arguments = "",
	.help = "List the enrolled devices of a tenant.",
	.options = list_options,
	.run = run_device_list,
};

/* --- one of them ----------------------------------------------------------- */

static const struct verb_option show_options[] = {
	CLIENT_OPTIONS,
	{ NULL, NULL, false, NULL },
};

static int
run_device_show(struct cli *cli)
{
	AUTO(json_decref) json_t *device = NULL;
	int code = device_ask(cli, "GET", "", &device);

	return code == VERB_GOOD ? device_print(cli, device) : code;
}

const struct verb verb_device_show = {
	.words = "device show",
	.arguments = "HANDLE",
	.help = "Show all that is stored about an enrolled device.",
	.options = show_options,
	.run = run_device_show,
};
