/*
 * verb_outcome_service.c - `anchorctl outcome list` without a file: the outcomes of
 * a running service.
 */
#include "provisioning/anchorctl/client.h"
#include "provisioning/anchorctl/verb_outcome.h"

#define TEXT_MAX 4096 /* bytes of one member, and of all reasons, joined */

static void
put_reasons(struct buf *out, const json_t *row)
{
	const json_t *list = json_object_get(row, "reasons");
	const json_t *reason;
	size_t i;

	if (json_array_size(list) == 0)
		buf_append_str(out, "eligible");
	json_array_foreach(list, i, reason)
	{
		const char *code = json_string_value(reason);

		buf_printf(out, "%s%s", i > 0 ? "," : "", code ? code : "?");
	}
}

static void
print_outcome(const json_t *row)
{
	AUTO(buf_release) struct buf keep = buf_of(TEXT_MAX);
	AUTO(buf_release) struct buf reasons = buf_of(TEXT_MAX);

	put_reasons(&reasons, row);
	cli_say("%10s  ", client_text(row, "sequence", &keep));
	cli_say("%-20s  ", client_text(row, "recorded_at", &keep));
	cli_say("%-16s  ", client_text(row, "tenant", &keep));
	cli_say("%-8s  ", client_text(row, "workflow", &keep));
	cli_say("%-47s  ", client_text(row, "device_handle", &keep));
	cli_say("%s\n", buf_str(&reasons));
}

int
outcome_list_service(const struct cli *cli, const char *const *filters)
{
	struct client_table table = { .head = outcome_print_head,
		                      .put = print_outcome };
	struct client_listing l = { .cli = cli,
		                    .path = "/v1/outcomes",
		                    .member = "outcomes" };

	if (cli_flag(cli, "count"))
		return cli_fail(cli, VERB_USAGE,
		                "--count is for a file: the service does not "
		                "count");
	return client_run_list(&l, filters, &table);
}
