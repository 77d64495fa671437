/*
 * config.c - parses a libconfig text into struct config by the table
 * config.def.
 *
 * Every scalar setting has a path "group.name", so two loops find all of them.
 * Each is looked up in the table; one that is not there is an error with its
 * line, since a misspelt setting would otherwise silently keep its default.
 */
#include "proc/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

#include "proc/config_int.h"
#include "proc/config_tenants.h"
#include "base/log.h"

#define PATH_MAX_LEN 64 /* bytes of "group.name"; the table's are shorter */

static const struct setting settings[] = {
#define CONFIG_TEXT(member, where, fallback_, help_)                 \
	SETTING_TEXT_ROW(struct config, member, where, SETTING_TEXT, \
	                 fallback_, help_),
#define CONFIG_PATH(member, where, fallback_, help_)                 \
	SETTING_TEXT_ROW(struct config, member, where, SETTING_PATH, \
	                 fallback_, help_),
#define CONFIG_CHOICE(member, where, fallback_, help_, ...)                \
	SETTING_CHOICE_ROW(struct config, member, where, fallback_, help_, \
	                   __VA_ARGS__),
#define CONFIG_NUMBER(member, where, fallback_, least_, most_, help_)       \
	SETTING_NUMBER_ROW(struct config, member, where, fallback_, least_, \
	                   most_, help_),
#include "proc/config.def"
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
};

static err_t
read_setting(struct config_tree *t, const char *group,
             const config_setting_t *s, struct buf *why)
{
	char path[PATH_MAX_LEN];
	const char *name;

	TRY(config_new_name(t, group, s, why, &name));
	int n = snprintf(path, sizeof(path), "%s.%s", group, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return config_refuse(why, s, "unknown setting");

	if (strcmp(path, "trust.anchors") == 0)
		return config_anchors(t, s, why);
	const struct setting *known =
	        setting_find(settings, ARRAY_LEN(settings), path);
	if (!known)
		return config_refuse(why, s, "unknown setting %s", path);
	return setting_read(known, &t->config, s, why);
}

static bool
group_known(const char *group)
{
	size_t n = strlen(group);

	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (strncmp(settings[i].path, group, n) == 0 &&
		    settings[i].path[n] == '.')
			return true;
	return false;
}

static err_t
read_group(struct config_tree *t, const config_setting_t *s, struct buf *why)
{
	const char *group = config_setting_name(s);

	err_t err = config_list(t, group, s, why);
	if (err == E_NOT_FOUND)
		err = config_tokens(t, group, s, why);
	if (err != E_NOT_FOUND)
		return err;
	if (!config_setting_is_group(s) || !group_known(group))
		return config_refuse(why, s, "unknown setting %s", group);

	for (int i = 0; i < config_setting_length(s); i++)
		TRY(read_setting(t, group,
		                 config_setting_get_elem(s, (unsigned)i), why));
	return OK;
}

static void
set_defaults(struct config_tree *t)
{
	settings_default(settings, ARRAY_LEN(settings), &t->config);
	t->config.anchors = t->anchors;
	t->config.clients = t->clients;
	t->config.tenants = t->tenants;
	t->config.tokens = t->tokens;
}

/* Checks that concern several settings or the form of a string. */
static err_t
check_whole(const struct config *c, struct buf *why)
{
	if (strncmp(c->issuer, "https://", 8) != 0)
		return config_refuse(why, NULL,
		                     "instance.issuer must be an https URI");
	if (c->ttl_s > c->ttl_max_s)
		return config_refuse(why, NULL,
		                     "challenge.ttl exceeds challenge.ttl_max");
	return OK;
}

static err_t
read_config_text(struct config_tree *t, const char *text, struct buf *why)
{
	TRY(config_scan(text, why));
	if (config_read_string(&t->tree, text) != CONFIG_TRUE) {
		buf_printf(why, "line %d: %s", config_error_line(&t->tree),
		           config_error_text(&t->tree));
		return E_MALFORMED;
	}

	const config_setting_t *root = config_root_setting(&t->tree);
	for (int i = 0; i < config_setting_length(root); i++)
		TRY(read_group(t, config_setting_get_elem(root, (unsigned)i),
		               why));

	const struct setting *missing =
	        settings_missing(settings, ARRAY_LEN(settings), &t->config);
	if (missing)
		return config_refuse(why, NULL, "%s must be given",
		                     missing->path);
	TRY(config_tenants_settle(t, why));
	TRY(config_tokens_check(t, why));
	TRY(config_governance_check(&t->config, why));
	return check_whole(&t->config, why);
}

err_t
config_parse(struct bytes text, struct buf *why, struct config **ret_config)
{
	if (text.len > CONFIG_TEXT_MAX)
		return config_refuse(why, NULL, "it is longer than %d bytes",
		                     CONFIG_TEXT_MAX);
	if (text.len && memchr(text.data, 0, text.len))
		return config_refuse(why, NULL, "it contains a NUL byte");

	AUTO(buf_release) struct buf copy = buf_of(CONFIG_TEXT_MAX + 1);
	buf_append(&copy, text);
	const char *str = buf_str(&copy);
	TRY(buf_status(&copy));

	struct config_tree *t = calloc(1, sizeof(*t));
	if (!t)
		return E_NOMEM;
	config_init(&t->tree);
	AUTO(config_free) struct config *config = &t->config;
	set_defaults(t);
	TRY(read_config_text(t, str, why));

	*ret_config = TAKE(config);
	return OK;
}

void
config_free(struct config *config)
{
	struct config_tree *t = (struct config_tree *)(void *)config;

	if (!t)
		return;
	config_list_release(t);
	config_destroy(&t->tree);
	free(t);
}

void
config_help(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		setting_help(out, "", &settings[i]);
#define CONFIG_TEXT(member, where, fallback, help)
#define CONFIG_NUMBER(member, where, fallback, least, most, help)
#define CONFIG_LIST(member, where, help) \
	buf_append_str(out, where "\n\t" help "\n\tlist, default empty\n");
#include "proc/config.def"
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
	config_tokens_help(out);
	buf_append_str(out, "clients\n\tthe permitted clients and their "
	                    "rights; see anchord.conf(5)\n");
	buf_append_str(out, "tenants\n\twhat all clients of a tenant share; "
	                    "see anchord.conf(5)\n");
}
