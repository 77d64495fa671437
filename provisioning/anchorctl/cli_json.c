/*
 * cli_json.c - a verb's result as JSON, on standard output.
 */
#include <stdio.h>

#include <jansson.h>

#include "provisioning/anchorctl/cli.h"

json_t *
cli_text(const char *text)
{
	json_t *whole = json_string(text);
	AUTO(buf_release) struct buf escaped = buf_of(CLI_MESSAGE_MAX);

	if (whole)
		return whole;
	cli_escape(&escaped, bytes_of_str(text)); /* it is not UTF-8 */
	return json_string(buf_str(&escaped));
}

int
cli_print_json(const struct cli *cli, json_t *document, int code)
{
	int rc = document ? json_dumpf(document, stdout,
	                               JSON_INDENT(2) | JSON_ENSURE_ASCII)
	                  : -1;

	json_decref(document);
	if (rc != 0 || putchar('\n') == EOF)
		return cli_fail(cli, VERB_PART, "cannot print the result");
	return code;
}
