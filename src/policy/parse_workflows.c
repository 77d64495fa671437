/*
 * parse_workflows.c - parses the group "workflows" of a policy.
 */
#include <string.h>

#include "policy/parse.h"

/* The workflow of a member of the group "workflows"; NULL: unknown name. */
static struct policy_workflow *
workflow_of(struct walk *w, const config_setting_t *entry)
{
	enum workflow which =
	        workflow_find(bytes_of_str(config_setting_name(entry)));

	return which < WORKFLOW_COUNT ? &policy_of(w)->workflows[which] : NULL;
}

/* --- suggestions ---------------------------------------------------------- */

static const char *
binding_word(size_t i, const void *of)
{
	(void)of;
	return i < BINDING_COUNT ? binding_name((enum binding)i) : NULL;
}

static const char *
workflow_word(size_t i, const void *of)
{
	(void)of;
	return i < WORKFLOW_COUNT ? workflow_name((enum workflow)i) : NULL;
}

/* Refuses a word of a list, or the name of a setting, that `word` has not. */
static err_t
unknown_word(struct walk *w, const config_setting_t *s, const char *kind,
             const char *(*word)(size_t i, const void *of))
{
	const char *given = config_setting_type(s) == CONFIG_TYPE_STRING
	                            ? config_setting_get_string(s)
	                            : config_setting_name(s);
	const char *near = given ? walk_near(given, word, NULL) : NULL;
	AUTO(buf_release) struct buf known = buf_of(512);

	if (near)
		return walk_bad_f(w, s, "unknown %s; did you mean %s?", kind,
		                  near);
	for (size_t i = 0; word(i, NULL); i++)
		buf_printf(&known, "%s%s", i ? ", " : "", word(i, NULL));
	return walk_bad_f(w, s, "unknown %s; there are %s", kind,
	                  buf_str(&known));
}

/* --- settings ------------------------------------------------------------- */

static err_t
parse_binding(struct walk *w, const config_setting_t *s)
{
	struct policy_workflow *entry =
	        workflow_of(w, config_setting_parent(config_setting_parent(s)));
	enum binding b = binding_find(walk_text(s));

	if (b >= BINDING_COUNT)
		return unknown_word(w, s, "binding", binding_word);
	entry->required |= (uint16_t)(1u << b);
	return OK;
}

static err_t
parse_bindings(struct walk *w, const config_setting_t *s)
{
	return walk_list(w, s, parse_binding);
}

static err_t
parse_format(struct walk *w, const config_setting_t *s)
{
	config_setting_t *list = config_setting_parent(s);
	struct policy_workflow *entry =
	        workflow_of(w, config_setting_parent(list));
	struct bytes name = walk_text(s);

	if (name.len == 0 || name.len > POLICY_NAME_MAX)
		return walk_bad(w, list,
		                "a format's name must have 1 to 32 bytes");
	if (entry->n_formats == POLICY_FORMATS_MAX)
		return walk_bad(w, list, "more than 8 formats");
	memcpy(entry->formats[entry->n_formats++], name.data, name.len);
	return OK;
}

static err_t
parse_formats(struct walk *w, const config_setting_t *s)
{
	TRY(walk_list(w, s, parse_format));
	return config_setting_length(s) > 0
	               ? OK
	               : walk_bad(w, s, "must name at least one format");
}

static err_t
parse_flag(struct walk *w, const config_setting_t *s, bool *flag)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return walk_bad(w, s, "must be true or false");
	*flag = config_setting_get_bool(s) == CONFIG_TRUE;
	return OK;
}

static err_t
parse_possession(struct walk *w, const config_setting_t *s)
{
	return parse_flag(
	        w, s, &workflow_of(w, config_setting_parent(s))->possession);
}

/* A device is approved once, when it is enrolled. */
static err_t
parse_approval(struct walk *w, const config_setting_t *s)
{
	struct policy_workflow *entry =
	        workflow_of(w, config_setting_parent(s));

	if (entry != &policy_of(w)->workflows[WORKFLOW_ENROLL])
		return walk_bad(w, s, "is for the workflow enroll alone");
	return parse_flag(w, s, &entry->approval);
}

static err_t
parse_seconds(struct walk *w, const config_setting_t *s, uint32_t *ret_s)
{
	int v = config_setting_get_int(s);

	if (config_setting_type(s) != CONFIG_TYPE_INT || v < 1 ||
	    v > POLICY_AGE_MAX)
		return walk_bad_f(w, s,
		                  "must be a whole number of seconds from 1 to "
		                  "%d; leave the setting out for the service's",
		                  POLICY_AGE_MAX);
	*ret_s = (uint32_t)v;
	return OK;
}

static err_t
parse_challenge_age(struct walk *w, const config_setting_t *s)
{
	return parse_seconds(
	        w, s,
	        &workflow_of(w, config_setting_parent(s))->challenge_age_s);
}

static err_t
parse_result_ttl(struct walk *w, const config_setting_t *s)
{
	return parse_seconds(
	        w, s, &workflow_of(w, config_setting_parent(s))->result_ttl_s);
}

/* parse_policy_check() resolves the names, because the list of groups may come
 * later in the file. */
static err_t
parse_groups_later(struct walk *w, const config_setting_t *s)
{
	if ((!config_setting_is_array(s) && !config_setting_is_list(s)) ||
	    config_setting_length(s) == 0)
		return walk_bad(w, s,
		                "must be a list of the names of groups; leave "
		                "the setting out for all");
	return OK;
}

static const struct known workflow_settings[] = {
	{ "approval", false, parse_approval },
	{ "bindings", false, parse_bindings },
	{ "challenge_age", false, parse_challenge_age },
	{ "formats", true, parse_formats },
	{ "groups", false, parse_groups_later },
	{ "possession", false, parse_possession },
	{ "result_ttl", false, parse_result_ttl },
	{ NULL, false, NULL },
};

static err_t
parse_workflow(struct walk *w, const config_setting_t *s)
{
	struct policy_workflow *entry = workflow_of(w, s);

	if (!entry)
		return unknown_word(w, s, "workflow", workflow_word);
	entry->present = true;
	return walk_group(w, s, workflow_settings);
}

err_t
parse_policy_workflows(struct walk *w, const config_setting_t *s)
{
	if (!config_setting_is_group(s) || config_setting_length(s) == 0)
		return walk_bad(w, s,
		                "must be a group with at least one workflow");
	for (int i = 0; i < config_setting_length(s); i++)
		TRY(parse_workflow(w, config_setting_get_elem(s, (unsigned)i)));
	return OK;
}
