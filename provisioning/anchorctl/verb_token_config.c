/*
 * verb_token_config.c - --config and --name: a token's settings from the
 * service's configuration.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/anchorctl/verb_token.h"

int
token_config_read(const struct cli *cli, struct config **ret_config)
{
	AUTO(buf_release) struct buf text = buf_of(CONFIG_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	const char *path = cli_option(cli, "config", 0);

	if (cli_read_file(cli, path, &text) != OK)
		return VERB_PART;
	if (config_parse(buf_bytes(&text), &why, ret_config) != OK)
		return cli_fail(cli, VERB_PART, "%s: %s", path, buf_str(&why));
	return VERB_GOOD;
}

int
token_config(const struct cli *cli, struct config **ret_config,
             const struct config_token **ret_token)
{
	const char *name = cli_option(cli, "name", 0);
	int rc = token_config_read(cli, ret_config);

	if (rc != VERB_GOOD)
		return rc;
	*ret_token = NULL;
	for (size_t i = 0; i < (*ret_config)->n_tokens; i++) {
		const struct config_token *t = &(*ret_config)->tokens[i];

		if (name ? strcmp(t->name, name) == 0
		         : (*ret_config)->n_tokens == 1)
			*ret_token = t;
	}
	if (!*ret_token)
		return cli_fail(cli, VERB_USAGE,
		                name ? "--name: the configuration has no such "
		                       "token"
		                     : "the configuration has several tokens; "
		                       "select one by --name");
	return VERB_GOOD;
}

int
token_environment(const struct cli *cli, const struct config_token *token)
{
	for (const char *const *row = token->environment; *row; row++) {
		const char *equals = strchr(*row, '=');
		char name[128];

		(void)snprintf(name, sizeof(name), "%.*s", (int)(equals - *row),
		               *row);
		if (setenv(name, equals + 1, 1) != 0)
			return cli_fail(cli, VERB_PART, "%s", strerror(errno));
	}
	return VERB_GOOD;
}
