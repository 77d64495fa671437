/*
 * verb_permit_list.c - `anchorctl permit list`: who holds a permit of a rollout.
 */
#include "provisioning/anchorctl/client.h"
#include "provisioning/anchorctl/verbs.h"

#define TEXT_MAX 4096 /* bytes of one member */

static const struct verb_option options[] = {
	{ "release", "NAME", true, "of this release" },
	{ "channel", "NAME", true, "in this channel" },
	{ "finished", "true|false", false,
	  "only devices that have shown its build, or have not" },
	{ "held", "true|false", false,
	  "only permits that count now, or that have expired" },
	{ "tenant", "NAME", false, "of this tenant; for auditors" },
	{ "after", "PLACE", false, "go on where a list ended" },
	{ "limit", "N", false, "the first N that fit" },
	CLIENT_OPTIONS,
	{ NULL, NULL, false, NULL },
};

static void
print_permits_head(void)
{
	cli_say("%-47s  %-16s  %-20s  %-20s  %8s  %s\n", "device", "tenant",
	        "since", "until", "attempts", "finished");
}

static void
print_permit(const json_t *row)
{
	AUTO(buf_release) struct buf keep = buf_of(TEXT_MAX);

	cli_say("%-47s  ", client_text(row, "device_handle", &keep));
	cli_say("%-16s  ", client_text(row, "tenant", &keep));
	cli_say("%-20s  ", client_text(row, "given_at", &keep));
	cli_say("%-20s  ", client_text(row, "expires_at", &keep));
	cli_say("%8s  ", client_text(row, "attempts", &keep));
	cli_say("%s\n", client_text(row, "finished", &keep));
}

static int
run_permit_list(struct cli *cli)
{
	static const char *const filters[] = { "release", "channel", "finished",
		                               "held",    "tenant",  NULL };
	struct client_table table = { .head = print_permits_head,
		                      .put = print_permit };
	struct client_listing l = { .cli = cli,
		                    .path = "/v1/permits",
		                    .member = "permits" };

	return client_run_list(&l, filters, &table);
}

const struct verb verb_permit_list = {
	.words = "permit list",
	.arguments = "",
	.help = "List who holds a permit of a rollout, in a running service.",
	.options = options,
	.run = run_permit_list,
};
