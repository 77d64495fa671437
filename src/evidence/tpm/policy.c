/*
 * policy.c - see policy.h.
 */
#include "evidence/tpm/policy.h"

#include <stdlib.h>

#include "base/encode.h"
#include "evidence/tpm/alg.h"
#include "crypto/codec/walk.h"

/* Limits of one policy. */
#define POLICY_PCRS_MAX 96     /* PCR rules: four banks of 24 PCRs */
#define POLICY_VALUES_MAX 1024 /* values of one PCR rule */
#define POLICY_ALGS_MAX 4      /* schemes, and hashes */

/* A set of algorithm ids. */
struct policy_algs {
	size_t n;
	uint16_t ids[POLICY_ALGS_MAX];
};

struct tpm_rules {
	struct policy_algs schemes, hashes;
	size_t n_pcrs;
	struct policy_pcr pcrs[POLICY_PCRS_MAX];
};

/* The algorithms that a policy may permit.  SHA-1 is not one of them, because
 * its collisions are practical. */
static const struct policy_algs all_schemes = {
	3, { TPM_ALG_RSASSA, TPM_ALG_RSAPSS, TPM_ALG_ECDSA }
};
static const struct policy_algs all_hashes = {
	3, { TPM_ALG_SHA256, TPM_ALG_SHA384, TPM_ALG_SHA512 }
};

static struct tpm_rules *
rules_of(struct walk *w)
{
	return w->rules;
}

/* --- parsing the group ---------------------------------------------------- */

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
			                "contains an algorithm that is not "
			                "allowed");
		if (in_set(set, id))
			return walk_bad(w, s, "contains an algorithm twice");
		set->ids[set->n++] = id;
	}
	return OK;
}

static err_t
parse_schemes(struct walk *w, const config_setting_t *s)
{
	return parse_algs(w, s, &all_schemes, &rules_of(w)->schemes);
}

static err_t
parse_hashes(struct walk *w, const config_setting_t *s)
{
	return parse_algs(w, s, &all_hashes, &rules_of(w)->hashes);
}

static struct policy_pcr *
last_pcr(struct walk *w)
{
	struct tpm_rules *r = rules_of(w);

	return &r->pcrs[r->n_pcrs - 1];
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

/* parse_values() reads the values after the other settings of the rule, because
 * the bank determines their length. */
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
	rule->values = values; /* from now on freed by release_tpm_rules() */
	uint8_t *at = (uint8_t *)(values + n);
	for (size_t i = 0; i < n; i++, at += size) {
		struct bytes text =
		        walk_text(config_setting_get_elem(s, (unsigned)i));

		if (decode_hex_exact(text, at, size) != OK)
			return walk_bad(w, s,
			                "contains a value that is not a digest "
			                "of the bank in hex");
		values[i] = bytes_of(at, size);
	}
	rule->n_values = n;
	return OK;
}

/* True if an earlier rule has the PCR of the last one.  Two rules for one PCR
 * are refused, because it is unclear what the officer meant by them. */
static bool
pcr_ruled(const struct tpm_rules *p)
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
	if (rules_of(w)->n_pcrs == POLICY_PCRS_MAX)
		return walk_bad(w, s, "more than 96 rules");
	rules_of(w)->n_pcrs++;
	TRY(walk_group(w, s, pcr_settings));
	if (pcr_ruled(rules_of(w)))
		return walk_bad(w, s, "an earlier rule has the same PCR");
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

static void
set_tpm_defaults(void *rules)
{
	struct tpm_rules *r = rules;

	r->schemes = all_schemes;
	r->hashes = all_hashes;
}

static void
release_tpm_rules(void *rules)
{
	struct tpm_rules *r = rules;

	for (size_t i = 0; i < r->n_pcrs; i++)
		/* the views and their bytes are one allocation */
		free((void *)(uintptr_t)r->pcrs[i].values);
}

const struct policy_group tpm_policy_group = {
	.name = "tpm2",
	.size = sizeof(struct tpm_rules),
	.defaults = set_tpm_defaults,
	.walk = parse_tpm2,
	.release = release_tpm_rules,
};

/* --- queries -------------------------------------------------------------- */

static const struct tpm_rules *
rules_in(const struct policy *p)
{
	return policy_rules(p, &tpm_policy_group);
}

bool
policy_tpm2_scheme_allowed(const struct policy *p, uint16_t scheme)
{
	return in_set(&rules_in(p)->schemes, scheme);
}

bool
policy_tpm2_hash_allowed(const struct policy *p, uint16_t hash)
{
	return in_set(&rules_in(p)->hashes, hash);
}

size_t
policy_pcr_count(const struct policy *p)
{
	return rules_in(p)->n_pcrs;
}

const struct policy_pcr *
policy_pcr_at(const struct policy *p, size_t i)
{
	return i < policy_pcr_count(p) ? &rules_in(p)->pcrs[i] : NULL;
}

void
tpm_policy_show(const struct policy *p, json_t *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < policy_pcr_count(p); i++) {
		const struct policy_pcr *rule = policy_pcr_at(p, i);

		json_array_append_new(list,
		                      json_pack("{s:s, s:i, s:i}", "bank",
		                                tpm_alg_name(rule->bank),
		                                "index", (int)rule->index,
		                                "values", (int)rule->n_values));
	}
	json_object_set_new(o, "pcrs", list);
}
