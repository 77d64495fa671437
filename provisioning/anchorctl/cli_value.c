/*
 * cli_value.c - returns options and arguments, reads numbers; prints a verb's
 * failures.
 */
#include <stdio.h>
#include <string.h>

#include "provisioning/anchorctl/cli.h"

const char *
cli_option(const struct cli *cli, const char *name, size_t i)
{
	for (size_t k = 0; k < cli->n_options; k++)
		if (strcmp(cli->options[k].name, name) == 0 && i-- == 0)
			return cli->options[k].value;
	return NULL;
}

bool
cli_flag(const struct cli *cli, const char *name)
{
	return cli_option(cli, name, 0) != NULL;
}

bool
cli_json(const struct cli *cli)
{
	return cli->json;
}

const char *
cli_argument(const struct cli *cli, size_t i)
{
	return i < cli->n_arguments ? cli->arguments[i] : NULL;
}

bool
cli_number(const char *text, uint64_t most, uint64_t *ret_number)
{
	uint64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || n > most / 10)
			return false;
		n = 10 * n + (uint64_t)(*text - '0');
		if (n > most)
			return false;
	}
	*ret_number = n;
	return true;
}

int
cli_fail(const struct cli *cli, int code, const char *format, ...)
{
	AUTO(buf_release) struct buf text = buf_of(CLI_MESSAGE_MAX);
	va_list values;

	va_start(values, format);
	cli_format(&text, format, values);
	va_end(values);
	cli_complain(CLI_PROGRAM " %s: ", cli->verb->words);
	(void)fwrite(text.data, 1, text.len, stderr);
	cli_complain("\n");
	return code;
}
