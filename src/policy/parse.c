/*
 * parse.c - the policy's text, strictly; anchord-policy(5) is the
 * language.
 *
 * libconfig reads the text; this file says what may stand in it.  Each group
 * is walked setting by setting and every name must be known, so that a
 * misspelt rule is an error and not a rule less.
 */
#include "policy/parse.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "base/encode.h"
#include "policy/tpm_alg.h"

DEFINE_AUTO_REF(struct config_t, config_destroy);

/* --- id, version ---------------------------------------------------------- */

static err_t
parse_id(struct walk *w, const config_setting_t *s)
{
	struct bytes id = walk_text(s);

	if (!tenant_name_valid(id) || id.len > POLICY_ID_MAX)
		return walk_bad(w, s, "must be 1 to 64 of a-z 0-9 . _ -");
	memcpy(w->policy->id, id.data, id.len);
	return OK;
}

static err_t
parse_version(struct walk *w, const config_setting_t *s)
{
	if (config_setting_type(s) != CONFIG_TYPE_INT ||
	    config_setting_get_int(s) < 1)
		return walk_bad(w, s, "must be a whole number from 1");
	w->policy->version = (uint32_t)config_setting_get_int(s);
	return OK;
}

/* --- workflows ------------------------------------------------------------ */

/* The entry that s, two levels up, belongs to: workflows.NAME.bindings[i]. */
static struct policy_workflow *
workflow_of(struct walk *w, const config_setting_t *entry)
{
	enum workflow which =
	        workflow_find(bytes_of_str(config_setting_name(entry)));

	return which < WORKFLOW_COUNT ? &w->policy->workflows[which] : NULL;
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
		return walk_bad(w, list, "not the name of a format");
	if (entry->n_formats == POLICY_FORMATS_MAX)
		return walk_bad(w, list, "too many formats");
	memcpy(entry->formats[entry->n_formats++], name.data, name.len);
	return OK;
}

static err_t
parse_formats(struct walk *w, const config_setting_t *s)
{
	TRY(walk_list(w, s, parse_format));
	return config_setting_length(s) > 0 ? OK
	                                    : walk_bad(w, s, "names no format");
}

static const struct known workflow_settings[] = {
	{ "bindings", false, parse_bindings },
	{ "formats", true, parse_formats },
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

/* --- tpm2 ----------------------------------------------------------------- */

/* All that can be allowed; SHA-1 cannot. */
static const struct policy_algs all_schemes = {
	3, { TPM_ALG_RSASSA, TPM_ALG_RSAPSS, TPM_ALG_ECDSA }
};
static const struct policy_algs all_hashes = {
	3, { TPM_ALG_SHA256, TPM_ALG_SHA384, TPM_ALG_SHA512 }
};

static bool
in_set(const struct policy_algs *set, uint16_t id)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->ids[i] == id)
			return true;
	return false;
}

static err_t
parse_algs(struct walk *w, const config_setting_t *s,
           const struct policy_algs *all, struct policy_algs *set)
{
	if ((!config_setting_is_array(s) && !config_setting_is_list(s)) ||
	    config_setting_length(s) == 0)
		return walk_bad(w, s, "must be a list of names");
	*set = (struct policy_algs){ 0 };
	for (int i = 0; i < config_setting_length(s); i++) {
		uint16_t id = tpm_alg_find(
		        walk_text(config_setting_get_elem(s, (unsigned)i)));

		if (!in_set(all, id))
			return walk_bad(w, s,
			                "an algorithm that is not allowed");
		if (in_set(set, id))
			return walk_bad(w, s, "an algorithm given twice");
		set->ids[set->n++] = id;
	}
	return OK;
}

static err_t
parse_schemes(struct walk *w, const config_setting_t *s)
{
	return parse_algs(w, s, &all_schemes, &w->policy->schemes);
}

static err_t
parse_hashes(struct walk *w, const config_setting_t *s)
{
	return parse_algs(w, s, &all_hashes, &w->policy->hashes);
}

static struct policy_pcr *
last_pcr(struct walk *w)
{
	return &w->policy->pcrs[w->policy->n_pcrs - 1];
}

static err_t
parse_bank(struct walk *w, const config_setting_t *s)
{
	uint16_t bank = tpm_alg_find(walk_text(s));

	if (!in_set(&all_hashes, bank))
		return walk_bad(w, s, "must be sha256, sha384 or sha512");
	last_pcr(w)->bank = bank;
	return OK;
}

static err_t
parse_index(struct walk *w, const config_setting_t *s)
{
	int index = config_setting_get_int(s);

	if (config_setting_type(s) != CONFIG_TYPE_INT || index < 0 ||
	    index > 23)
		return walk_bad(w, s, "must be a whole number from 0 to 23");
	last_pcr(w)->index = (uint8_t)index;
	return OK;
}

/* Read when the whole rule is there: the bank says how long a value is. */
static err_t
parse_values_later(struct walk *w, const config_setting_t *s)
{
	if (!config_setting_is_array(s) && !config_setting_is_list(s))
		return walk_bad(w, s, "must be a list of hex values");
	return OK;
}

static const struct known pcr_settings[] = {
	{ "bank", true, parse_bank },
	{ "index", true, parse_index },
	{ "values", true, parse_values_later },
	{ NULL, false, NULL },
};

static err_t
parse_values(struct walk *w, const config_setting_t *s)
{
	struct policy_pcr *rule = last_pcr(w);
	size_t n = (size_t)config_setting_length(s);
	size_t size = tpm_hash_size(rule->bank);

	if (n == 0 || n > POLICY_VALUES_MAX)
		return walk_bad(w, s, "must list 1 to 1024 values");
	struct bytes *values = calloc(n, sizeof(*values) + size);
	if (!values)
		return E_NOMEM;
	rule->values = values; /* policy_free() knows it from here */
	uint8_t *at = (uint8_t *)(values + n);
	for (size_t i = 0; i < n; i++, at += size) {
		struct bytes text =
		        walk_text(config_setting_get_elem(s, (unsigned)i));

		if (decode_hex_exact(text, at, size) != OK)
			return walk_bad(w, s, "a value is not the bank's hex");
		values[i] = bytes_of(at, size);
	}
	rule->n_values = n;
	return OK;
}

/* Two rules for one PCR would be one too many to read. */
static bool
pcr_ruled(const struct policy *p)
{
	const struct policy_pcr *last = &p->pcrs[p->n_pcrs - 1];

	for (const struct policy_pcr *r = p->pcrs; r < last; r++)
		if (r->bank == last->bank && r->index == last->index)
			return true;
	return false;
}

static err_t
parse_pcr(struct walk *w, const config_setting_t *s)
{
	if (w->policy->n_pcrs == POLICY_PCRS_MAX)
		return walk_bad(w, s, "too many rules");
	w->policy->n_pcrs++;
	TRY(walk_group(w, s, pcr_settings));
	if (pcr_ruled(w->policy))
		return walk_bad(w, s, "a PCR is ruled twice");
	return parse_values(w, config_setting_get_member(s, "values"));
}

static err_t
parse_pcrs(struct walk *w, const config_setting_t *s)
{
	return walk_list(w, s, parse_pcr);
}

static const struct known tpm2_settings[] = {
	{ "schemes", false, parse_schemes },
	{ "hashes", false, parse_hashes },
	{ "pcrs", false, parse_pcrs },
	{ NULL, false, NULL },
};

static err_t
parse_tpm2(struct walk *w, const config_setting_t *s)
{
	return walk_group(w, s, tpm2_settings);
}

/* --- the whole ------------------------------------------------------------ */

static const struct known root_settings[] = {
	{ "id", true, parse_id },
	{ "version", true, parse_version },
	{ "workflows", true, parse_workflows },
	{ "tpm2", false, parse_tpm2 },
	{ "android", false, walk_android },
	{ NULL, false, NULL },
};

/* libconfig follows @include to files; a policy is one text, whose digest says
 * all of it, and this floor opens no file. */
static bool
has_include(const char *text)
{
	return strstr(text, "@include") != NULL;
}

static err_t
read_text(struct walk *w, struct config_t *config, const char *text)
{
	if (has_include(text)) {
		buf_append_str(w->why, "@include is not allowed");
		return E_MALFORMED;
	}
	if (config_read_string(config, text) != CONFIG_TRUE) {
		buf_printf(w->why, "line %d: %s", config_error_line(config),
		           config_error_text(config));
		return E_MALFORMED;
	}
	return walk_group(w, config_root_setting(config), root_settings);
}

err_t
policy_parse(struct bytes text, struct buf *why, struct policy **ret_policy)
{
	AUTO(policy_free) struct policy *policy = calloc(1, sizeof(*policy));
	AUTO(buf_release) struct buf copy = buf_of(POLICY_TEXT_MAX);
	AUTO(config_destroy) struct config_t config;
	struct walk w = { .policy = policy, .why = why };

	config_init(&config);
	buf_append(&copy, text);
	if (!policy || buf_status(&copy) == E_NOMEM)
		return E_NOMEM;
	if (buf_status(&copy) != OK || strlen(buf_str(&copy)) != copy.len) {
		buf_append_str(why, "too long, or not text");
		return E_MALFORMED;
	}
	policy->schemes = all_schemes;
	policy->hashes = all_hashes;
	policy->android = policy_android_default;
	TRY(read_text(&w, &config, buf_str(&copy)));
	digest_sha256(text, policy->digest);
	*ret_policy = TAKE(policy);
	return OK;
}
