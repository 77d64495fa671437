/*
 * verb_inspect.c - `anchorctl inspect`: prints the content of evidence as JSON.
 *
 * It appraises and trusts nothing; what does not parse is listed under
 * "malformed" and makes the exit status 1.
 */
#include "provisioning/anchorctl/verb_evidence.h"
#include "provisioning/anchorctl/verbs.h"

static const struct verb_option options[] = {
	{ "format", "NAME", true, "the format of the evidence, see below" },
	{ NULL, NULL, false, NULL },
};

static err_t
read_arguments(struct verb_files *files, const struct cli *cli)
{
	const char *path;

	for (size_t i = 0; (path = cli_argument(cli, i)); i++)
		TRY(verb_files_add(files, cli, path));
	return OK;
}

static int
run_inspect(struct cli *cli)
{
	const char *format = cli_option(cli, "format", 0);
	AUTO(verb_files_free) struct verb_files *files = NULL;
	AUTO(evidence_release) struct evidence evidence = { 0 };
	AUTO(buf_release) struct buf why = buf_of(1024);

	if (!evidence_find(bytes_of_str(format)))
		return verb_no_format(cli, format);
	if (verb_files_new(&files) != OK || read_arguments(files, cli) != OK)
		return VERB_PART;

	err_t err = verb_files_open(files, format, &why, &evidence);
	if (err == E_MALFORMED) {
		cli_fail(cli, VERB_REFUSED, "%s", buf_str(&why));
		return cli_print_json(cli,
		                      json_pack("{s:s, s:[s]}", "format",
		                                format, "malformed",
		                                buf_str(&why)),
		                      VERB_REFUSED);
	}
	if (err != OK)
		return cli_fail(cli, VERB_PART, "%s", err_name(err));

	json_t *document = evidence.format->inspect(evidence.own);
	bool whole = !json_object_get(document, "malformed");
	return cli_print_json(cli, document, whole ? VERB_GOOD : VERB_REFUSED);
}

const struct verb verb_inspect = {
	.words = "inspect",
	.arguments = "FILE...",
	.help = "Print evidence as JSON, without appraising it.",
	.options = options,
	.more = verb_formats_help,
	.run = run_inspect,
};
