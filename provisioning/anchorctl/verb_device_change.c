/*
 * verb_device_change.c - the verbs that change an enrolled device: suspend, resume,
 * retire, approve, delete (docs/api.md, "The life of a device").
 */
#include <string.h>

#include "crypto/codec/json_auto.h"
#include "provisioning/anchorctl/verb_device.h"
#include "provisioning/anchorctl/verbs.h"
#include "wire/terms.h"

#define TEXT_MAX 4096 /* bytes of one member */

/* --- asking ---------------------------------------------------------------- */

/* NULL: --reason is not UTF-8. */
static json_t *
order_body(const struct cli *cli)
{
	const char *reason = cli_option(cli, "reason", 0);

	return reason ? json_pack("{s:s}", "reason", reason) : json_object();
}

int
device_send(const struct cli *cli, const struct client_request *order,
            json_t **ret_answer)
{
	AUTO(buf_release) struct buf path = buf_of(CLIENT_WHY_MAX);
	const char *handle = cli_argument(cli, 0);
	unsigned status = 0;

	/* Nothing else may become a part of the path. */
	if (!device_handle_ours(bytes_of_str(handle)))
		return cli_fail(cli, VERB_USAGE, "%s is no device handle",
		                handle);
	buf_printf(&path, "/v1/enrollments/%s%s", handle, order->path);
	const struct client_request r = { .method = order->method,
		                          .path = buf_str(&path),
		                          .body = order->body };

	return client_ask_once(cli, &r, &status, ret_answer);
}

int
device_ask(const struct cli *cli, const char *method, const char *what,
           json_t **ret_device)
{
	bool post = strcmp(method, "POST") == 0;
	AUTO(json_decref) json_t *body = post ? order_body(cli) : NULL;
	const struct client_request order = { .method = method,
		                              .path = what,
		                              .body = body };

	if (post && !body)
		return cli_fail(cli, VERB_USAGE, "--reason is not UTF-8");
	return device_send(cli, &order, ret_device);
}

int
device_print(const struct cli *cli, json_t *device)
{
	AUTO(buf_release) struct buf keep = buf_of(TEXT_MAX);
	const char *name;
	json_t *value;

	if (!json_text(device, "device_handle") || !json_text(device, "state"))
		return cli_fail(cli, VERB_PART, "the answer is no enrolment");
	if (cli_json(cli))
		return cli_print_json(cli, json_deep_copy(device), VERB_GOOD);
	json_object_foreach(device, name, value)
	        cli_say("%-18s  %s\n", name, client_text(device, name, &keep));
	return VERB_GOOD;
}

/* --- changes --------------------------------------------------------------- */

static int
order_change(const struct cli *cli, const char *what)
{
	AUTO(json_decref) json_t *device = NULL;
	int code = device_ask(cli, "POST", what, &device);

	return code == VERB_GOOD ? device_print(cli, device) : code;
}

static int
run_device_suspend(struct cli *cli)
{
	return order_change(cli, "/suspend");
}

static int
run_device_resume(struct cli *cli)
{
	return order_change(cli, "/resume");
}

static int
run_device_approve(struct cli *cli)
{
	return order_change(cli, "/approve");
}

/* What cannot be undone is confirmed at a terminal. */
static int
refuse_unconfirmed(const struct cli *cli, const char *what)
{
	if (cli_confirm("%s %s? It cannot be undone. Type yes: ", what,
	                cli_argument(cli, 0)))
		return VERB_GOOD;
	return cli_fail(cli, VERB_REFUSED, "not confirmed; nothing was done");
}

static int
run_device_retire(struct cli *cli)
{
	int code = refuse_unconfirmed(cli, "Retire");

	return code == VERB_GOOD ? order_change(cli, "/retire") : code;
}

static int
run_device_delete(struct cli *cli)
{
	AUTO(json_decref) json_t *none = NULL;
	int code = refuse_unconfirmed(cli, "Delete");

	if (code == VERB_GOOD)
		code = device_ask(cli, "DELETE", "", &none);
	if (code != VERB_GOOD)
		return code;
	if (cli_json(cli))
		return cli_print_json(cli,
		                      json_pack("{s:s, s:b}", "device_handle",
		                                cli_argument(cli, 0), "deleted",
		                                1),
		                      VERB_GOOD);
	cli_say("%s: deleted, but for past outcomes\n", cli_argument(cli, 0));
	return VERB_GOOD;
}

/* --- rows ------------------------------------------------------------------ */

static const struct verb_option change_options[] = {
	{ "reason", "TEXT", false,
	  "why, 1 to 128 bytes: a ticket, no personal data" },
	CLIENT_OPTIONS,
	{ NULL, NULL, false, NULL },
};

static const struct verb_option delete_options[] = {
	CLIENT_OPTIONS,
	{ NULL, NULL, false, NULL },
};

const struct verb verb_device_suspend = {
	.words = "device suspend",
	.arguments = "HANDLE",
	.help = "Refuse a device's evidence until it is resumed.",
	.options = change_options,
	.run = run_device_suspend,
};

const struct verb verb_device_resume = {
	.words = "device resume",
	.arguments = "HANDLE",
	.help = "Let a suspended device go on; for officers.",
	.options = change_options,
	.run = run_device_resume,
};

const struct verb verb_device_retire = {
	.words = "device retire",
	.arguments = "HANDLE",
	.help = "Refuse a device's evidence for ever.",
	.options = change_options,
	.run = run_device_retire,
};

const struct verb verb_device_approve = {
	.words = "device approve",
	.arguments = "HANDLE",
	.help = "Approve a device that waits for it; for officers.",
	.options = change_options,
	.run = run_device_approve,
};

const struct verb verb_device_delete = {
	.words = "device delete",
	.arguments = "HANDLE",
	.help = "Delete all that is stored about a device.",
	.options = delete_options,
	.run = run_device_delete,
};
