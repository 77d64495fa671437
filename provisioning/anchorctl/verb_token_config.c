/*
 * verb_token_config.c - --config and --name: a token's settings from the
 * service's configuration.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/anchorctl/verb_token.h"

#define ENVIRONMENT_NAME_MAX 128 /* bytes of a variable's name, with the NUL */

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

/* What token_environment() replaced: the value before, or NULL for none.  It is put
 * back before another token's variables are set, because two tokens of one module
 * differ by a variable of one name. */
static struct {
	char name[ENVIRONMENT_NAME_MAX];
	char *before;
} replaced[CONFIG_ROWS_MAX];
static size_t n_replaced;

static void
put_environment_back(void)
{
	while (n_replaced > 0) {
		char *before = replaced[--n_replaced].before;

		if (before)
			(void)setenv(replaced[n_replaced].name, before, 1);
		else
			(void)unsetenv(replaced[n_replaced].name);
		free(before);
	}
}

static err_t
replace_variable(const char *row)
{
	const char *equals = strchr(row, '=');
	char *name = replaced[n_replaced].name;
	const char *was;

	if (equals - row >= ENVIRONMENT_NAME_MAX)
		return E_LIMIT;
	(void)snprintf(name, ENVIRONMENT_NAME_MAX, "%.*s", (int)(equals - row),
	               row);
	was = getenv(name);
	char *before = was ? strdup(was) : NULL;
	if (was && !before)
		return E_NOMEM;
	replaced[n_replaced++].before = before;
	return setenv(name, equals + 1, 1) == 0 ? OK : E_NOMEM;
}

int
token_environment(const struct cli *cli, const struct config_token *token)
{
	put_environment_back();
	for (size_t i = 0; i < CONFIG_ROWS_MAX && token->environment[i]; i++) {
		err_t err = replace_variable(token->environment[i]);

		if (err != OK)
			return cli_fail(cli, VERB_PART, "token.environment: %s",
			                err_name(err));
	}
	return VERB_GOOD;
}
