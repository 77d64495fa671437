/*
 * parse.c - parses the text of a policy, which anchord-policy(5) describes.
 *
 * libconfig parses the syntax; this file checks the settings.  Each group is
 * walked setting by setting and an unknown name is an error, so that a misspelt
 * rule is not ignored.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/codec/walk.h"
#include "crypto/digest.h"
#include "policy/int.h"

DEFINE_AUTO_REF(struct config_t, config_destroy);

static struct policy *
policy_of(struct walk *w)
{
	return w->whole;
}

/* --- id, version ---------------------------------------------------------- */

static err_t
parse_id(struct walk *w, const config_setting_t *s)
{
	struct bytes id = walk_text(s);

	if (!tenant_name_valid(id) || id.len > POLICY_ID_MAX)
		return walk_bad(w, s, "must be 1 to 64 of a-z 0-9 . _ -");
	memcpy(policy_of(w)->id, id.data, id.len);
	return OK;
}

static err_t
parse_version(struct walk *w, const config_setting_t *s)
{
	if (config_setting_type(s) != CONFIG_TYPE_INT ||
	    config_setting_get_int(s) < 1)
		return walk_bad(w, s, "must be a whole number from 1");
	policy_of(w)->version = (uint32_t)config_setting_get_int(s);
	return OK;
}

/* --- workflows ------------------------------------------------------------ */

/* The workflow of a member of the group "workflows"; NULL: unknown name. */
static struct policy_workflow *
workflow_of(struct walk *w, const config_setting_t *entry)
{
	enum workflow which =
	        workflow_find(bytes_of_str(config_setting_name(entry)));

	return which < WORKFLOW_COUNT ? &policy_of(w)->workflows[which] : NULL;
}

static err_t
parse_binding(struct walk *w, const config_setting_t *s)
{
	config_setting_t *list = config_setting_parent(s);
	struct policy_workflow *entry =
	        workflow_of(w, config_setting_parent(list));
	enum binding b = binding_find(walk_text(s));

	if (b >= BINDING_COUNT)
		return walk_bad(w, list, "unknown binding");
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

static const struct known workflow_settings[] = {
	{ "approval", false, parse_approval },
	{ "bindings", false, parse_bindings },
	{ "formats", true, parse_formats },
	{ "possession", false, parse_possession },
	{ NULL, false, NULL },
};

static err_t
parse_workflow(struct walk *w, const config_setting_t *s)
{
	struct policy_workflow *entry = workflow_of(w, s);

	if (!entry)
		return walk_bad(w, s, "unknown workflow");
	entry->present = true;
	return walk_group(w, s, workflow_settings);
}

static err_t
parse_workflows(struct walk *w, const config_setting_t *s)
{
	if (!config_setting_is_group(s) || config_setting_length(s) == 0)
		return walk_bad(w, s,
		                "must be a group with at least one workflow");
	for (int i = 0; i < config_setting_length(s); i++)
		TRY(parse_workflow(w, config_setting_get_elem(s, (unsigned)i)));
	return OK;
}

/* --- the whole policy ----------------------------------------------------- */

static const struct known own_settings[] = {
	{ "id", true, parse_id },
	{ "version", true, parse_version },
	{ "workflows", true, parse_workflows },
};

/* Lets the format parse its group. */
static err_t
parse_group(struct walk *w, const config_setting_t *s)
{
	const struct policy_part *part = policy_of(w)->parts;

	while (strcmp(config_setting_name(s), part->group->name) != 0)
		part++;
	w->rules = part->rules;
	return part->group->walk(w, s);
}

/* Parses the settings of every policy and the groups of the formats. */
static err_t
parse_root(struct walk *w, const config_setting_t *root)
{
	struct known known[ARRAY_LEN(own_settings) + POLICY_GROUPS_MAX + 1] = {
		{ NULL, false, NULL }
	};
	struct known *next = known + ARRAY_LEN(own_settings);
	const struct policy_part *parts = policy_of(w)->parts;

	memcpy(known, own_settings, sizeof(own_settings));
	for (size_t i = 0; i < POLICY_GROUPS_MAX && parts[i].group; i++)
		*next++ = (struct known){ parts[i].group->name, false,
			                  parse_group };
	return walk_group(w, root, known);
}

static err_t
make_rules(struct policy *p)
{
	const struct policy_group *group;

	for (size_t i = 0; (group = policy_group_at(i)); i++) {
		if (i == POLICY_GROUPS_MAX)
			return E_BUG;
		void *rules = calloc(1, group->size);
		if (!rules)
			return E_NOMEM;
		p->parts[i] = (struct policy_part){ group, rules };
		if (group->defaults)
			group->defaults(rules);
	}
	return OK;
}

err_t
policy_parse(struct bytes text, struct buf *why, struct policy **ret_policy)
{
	AUTO(policy_free) struct policy *policy = calloc(1, sizeof(*policy));
	AUTO(buf_release) struct buf copy = buf_of(POLICY_TEXT_MAX);
	AUTO(config_destroy) struct config_t config;
	struct walk w = { .whole = policy, .why = why };

	config_init(&config);
	buf_append(&copy, text);
	if (!policy || buf_status(&copy) == E_NOMEM)
		return E_NOMEM;
	if (buf_status(&copy) != OK || strlen(buf_str(&copy)) != copy.len) {
		buf_append_str(why, "longer than 1 MiB, or has a NUL byte");
		return E_MALFORMED;
	}
	TRY(make_rules(policy));
	TRY(walk_parse(&w, &config, buf_str(&copy), "a policy"));
	TRY(parse_root(&w, config_root_setting(&config)));
	digest_sha256(text, policy->digest);
	*ret_policy = TAKE(policy);
	return OK;
}
