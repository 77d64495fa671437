/*
 * policy.c - see policy.h.
 */
#include "evidence/tpm/policy.h"

#include "evidence/tpm/alg.h"
#include "evidence/tpm/policy_rules.h"
#include "evidence/tpm/quote.h"

const struct policy_group tpm_policy_group = {
	.name = "tpm2",
	.size = sizeof(struct tpm_rules),
	.defaults = tpm_policy_defaults,
	.walk = tpm_policy_walk,
	.walk_match = tpm_policy_walk_match,
	.release = tpm_policy_release,
	.matches = tpm_quote_matches,
	.covers = tpm_policy_covers,
	.explain = tpm_policy_explain,
	.compare = tpm_policy_compare,
};

/* --- queries -------------------------------------------------------------- */

const struct tpm_rules *
policy_tpm2(const struct policy *p)
{
	return policy_rules(p, &tpm_policy_group);
}

bool
policy_tpm2_scheme_allowed(const struct policy *p, uint16_t scheme)
{
	return tpm_algs_have(&policy_tpm2(p)->schemes, scheme);
}

bool
policy_tpm2_hash_allowed(const struct policy *p, uint16_t hash)
{
	return tpm_algs_have(&policy_tpm2(p)->hashes, hash);
}

size_t
policy_pcr_count(const struct policy *p)
{
	return policy_tpm2(p)->pcrs.n;
}

const struct policy_pcr *
policy_pcr_at(const struct policy *p, size_t i)
{
	return i < policy_pcr_count(p) ? &policy_tpm2(p)->pcrs.rules[i] : NULL;
}

static void
show_states(const struct tpm_rules *r, json_t *o)
{
	json_t *names = json_array();

	for (size_t i = 0; i < r->n_states; i++)
		json_array_append_new(names, json_string(r->states[i].name));
	if (r->n_states > 0)
		json_object_set(o, "states", names);
	json_decref(names);
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
	show_states(policy_tpm2(p), o);
}
