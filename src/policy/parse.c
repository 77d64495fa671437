/*
 * parse.c - parses the text of a policy, which anchord-policy(5) describes.
 *
 * libconfig parses the syntax; this file checks the settings.  Each group is
 * walked setting by setting and an unknown name is an error, so that a misspelt
 * rule is not ignored.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "policy/parse.h"

DEFINE_AUTO_REF(struct config_t, config_destroy);

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

/* --- the whole policy ----------------------------------------------------- */

static const struct known own_settings[] = {
	{ "id", true, parse_id },
	{ "version", true, parse_version },
	{ "workflows", true, parse_policy_workflows },
	{ "groups", false, parse_policy_devices },
};

/* Lets the format parse its group. */
static err_t
parse_group(struct walk *w, const config_setting_t *s)
{
	return parse_part(w, s, policy_of(w)->parts, false);
}

/* Parses the settings of every policy and the groups of the formats. */
static err_t
parse_root(struct walk *w, const config_setting_t *root)
{
	struct known known[ARRAY_LEN(own_settings) + POLICY_GROUPS_MAX + 1] = {
		{ NULL, false, NULL }
	};

	memcpy(known, own_settings, sizeof(own_settings));
	parse_parts_add(known, ARRAY_LEN(own_settings), policy_of(w)->parts,
	                parse_group);
	TRY(walk_group(w, root, known));
	return parse_policy_check(w, root);
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
	TRY(policy_parts_make(policy->parts, true));
	TRY(walk_parse(&w, &config, buf_str(&copy), "a policy"));
	TRY(parse_root(&w, config_root_setting(&config)));
	digest_sha256(text, policy->digest);
	*ret_policy = TAKE(policy);
	return OK;
}
