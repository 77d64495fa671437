/*
 * policy_parse.c - parses the group "tpm2" of a policy, and a selector of TPMs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/codec/walk.h"
#include "evidence/tpm/alg.h"
#include "evidence/tpm/policy_rules.h"

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

/* --- algorithms ----------------------------------------------------------- */

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

		if (!tpm_algs_have(all, id))
			return walk_bad_f(
			        w, s,
			        "contains an algorithm that is not allowed; "
			        "%s are",
			        all == &all_schemes ? "rsassa, rsapss and ecdsa"
			                            : "sha256, sha384 and "
			                              "sha512");
		if (tpm_algs_have(set, id))
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

/* --- PCRs ----------------------------------------------------------------- */

static struct policy_pcr *
last_pcr(struct walk *w)
{
	struct policy_pcrs *list = rules_of(w)->filling;

	return &list->rules[list->n - 1];
}

static err_t
parse_bank(struct walk *w, const config_setting_t *s)
{
	uint16_t bank = tpm_alg_find(walk_text(s));

	if (!tpm_algs_have(&all_hashes, bank))
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
	rule->values = values; /* from now on freed by tpm_policy_release() */
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

static bool
list_has_pcr(const struct policy_pcrs *list, const struct policy_pcr *pcr)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct policy_pcr *r = &list->rules[i];

		if (r != pcr && r->bank == pcr->bank && r->index == pcr->index)
			return true;
	}
	return false;
}

/* Two rules for one PCR are refused, because it is unclear what the officer
 * meant by them. */
static err_t
parse_pcr(struct walk *w, const config_setting_t *s)
{
	struct policy_pcrs *list = rules_of(w)->filling;

	list->n++;
	TRY(walk_group(w, s, pcr_settings));
	if (list_has_pcr(list, last_pcr(w)))
		return walk_bad(w, s, "an earlier rule has the same PCR");
	return parse_values(w, config_setting_get_member(s, "values"));
}

static err_t
parse_pcr_list(struct walk *w, const config_setting_t *s,
               struct policy_pcrs *list)
{
	if (!config_setting_is_array(s) && !config_setting_is_list(s))
		return walk_bad(w, s, "must be a list");
	size_t n = (size_t)config_setting_length(s);
	if (n > POLICY_PCRS_MAX)
		return walk_bad(w, s, "more than 96 rules");
	list->rules = calloc(n + 1, sizeof(*list->rules));
	if (!list->rules)
		return E_NOMEM;
	rules_of(w)->filling = list;
	return walk_list(w, s, parse_pcr);
}

static err_t
parse_pcrs(struct walk *w, const config_setting_t *s)
{
	return parse_pcr_list(w, s, &rules_of(w)->pcrs);
}

/* --- states --------------------------------------------------------------- */

static struct tpm_state *
last_state(struct walk *w)
{
	struct tpm_rules *r = rules_of(w);

	return &r->states[r->n_states - 1];
}

static err_t
parse_state_name(struct walk *w, const config_setting_t *s)
{
	const struct tpm_rules *r = rules_of(w);

	TRY(policy_name_parse(w, s, last_state(w)->name));
	for (size_t i = 0; i + 1 < r->n_states; i++)
		if (strcmp(r->states[i].name, last_state(w)->name) == 0)
			return walk_bad(w, s,
			                "another state has this name; each "
			                "needs its own");
	return OK;
}

static err_t
parse_state_pcrs(struct walk *w, const config_setting_t *s)
{
	TRY(parse_pcr_list(w, s, &last_state(w)->pcrs));
	return last_state(w)->pcrs.n > 0
	               ? OK
	               : walk_bad(w, s, "must have at least one rule");
}

static const struct known state_settings[] = {
	{ "name", true, parse_state_name },
	{ "pcrs", true, parse_state_pcrs },
	{ NULL, false, NULL },
};

static err_t
parse_state(struct walk *w, const config_setting_t *s)
{
	rules_of(w)->n_states++;
	return walk_group(w, s, state_settings);
}

static err_t
parse_states(struct walk *w, const config_setting_t *s)
{
	struct tpm_rules *r = rules_of(w);

	TRY(policy_states_check(w, s));
	r->states =
	        calloc((size_t)config_setting_length(s), sizeof(*r->states));
	return r->states ? walk_list(w, s, parse_state) : E_NOMEM;
}

/* --- the group ------------------------------------------------------------ */

static const struct known tpm2_settings[] = {
	{ "schemes", false, parse_schemes },
	{ "hashes", false, parse_hashes },
	{ "pcrs", false, parse_pcrs },
	{ "states", false, parse_states },
	{ NULL, false, NULL },
};

/* A state whose PCRs the common rules have, too, could contradict them. */
static err_t
check_states(struct walk *w, const config_setting_t *group)
{
	const struct tpm_rules *r = rules_of(w);
	const config_setting_t *states =
	        config_setting_get_member(group, "states");

	for (size_t i = 0; i < r->n_states; i++)
		for (size_t k = 0; k < r->states[i].pcrs.n; k++)
			if (list_has_pcr(&r->pcrs, &r->states[i].pcrs.rules[k]))
				return walk_bad_f(
				        w,
				        config_setting_get_elem(states,
				                                (unsigned)i),
				        "the state %s has a PCR that pcrs has, "
				        "too; leave it out of one of them",
				        r->states[i].name);
	return OK;
}

static bool pcrs_cover(const struct policy_pcrs *wide,
                       const struct policy_pcrs *narrow);

/* The first state that holds is told, so one that a former state contains is
 * never told. */
static err_t
check_state_order(struct walk *w, const config_setting_t *group)
{
	const struct tpm_rules *r = rules_of(w);
	const config_setting_t *states =
	        config_setting_get_member(group, "states");

	for (size_t i = 1; i < r->n_states; i++)
		for (size_t k = 0; k < i; k++)
			if (pcrs_cover(&r->states[k].pcrs, &r->states[i].pcrs))
				return walk_bad_f(
				        w,
				        config_setting_get_elem(states,
				                                (unsigned)i),
				        "the state %s is never reached, "
				        "because the state %s before it holds "
				        "whenever it does; remove it or put it "
				        "first",
				        r->states[i].name, r->states[k].name);
	return OK;
}

err_t
tpm_policy_walk(struct walk *w, const config_setting_t *s)
{
	TRY(walk_group(w, s, tpm2_settings));
	TRY(check_states(w, s));
	return check_state_order(w, s);
}

static const struct known match_settings[] = {
	{ "schemes", false, parse_schemes },
	{ "hashes", false, parse_hashes },
	{ "pcrs", false, parse_pcrs },
	{ NULL, false, NULL },
};

err_t
tpm_policy_walk_match(struct walk *w, const config_setting_t *s)
{
	return walk_group(w, s, match_settings);
}

void
tpm_policy_defaults(void *rules)
{
	struct tpm_rules *r = rules;

	r->schemes = all_schemes;
	r->hashes = all_hashes;
}

/* --- memory --------------------------------------------------------------- */

static void
release_pcr_list(struct policy_pcrs *list)
{
	for (size_t i = 0; i < list->n; i++)
		/* the views and their bytes are one allocation */
		free((void *)(uintptr_t)list->rules[i].values);
	free(list->rules);
}

void
tpm_policy_release(void *rules)
{
	struct tpm_rules *r = rules;

	release_pcr_list(&r->pcrs);
	for (size_t i = 0; i < r->n_states; i++)
		release_pcr_list(&r->states[i].pcrs);
	free(r->states);
}

/* --- what contains what --------------------------------------------------- */

/* True if whatever satisfies a rule of `narrow` satisfies this one. */
static bool
rule_covers(const struct policy_pcr *wide, const struct policy_pcrs *narrow)
{
	for (size_t i = 0; i < narrow->n; i++) {
		const struct policy_pcr *r = &narrow->rules[i];
		bool all = r->bank == wide->bank && r->index == wide->index;

		for (size_t k = 0; all && k < r->n_values; k++)
			all = tpm_rule_lists(wide, r->values[k]);
		if (all)
			return true;
	}
	return false;
}

static bool
pcrs_cover(const struct policy_pcrs *wide, const struct policy_pcrs *narrow)
{
	for (size_t i = 0; i < wide->n; i++)
		if (!rule_covers(&wide->rules[i], narrow))
			return false;
	return true;
}

static bool
algs_cover(const struct policy_algs *wide, const struct policy_algs *narrow)
{
	bool all = wide->n == 0 || narrow->n > 0;

	for (size_t i = 0; wide->n > 0 && i < narrow->n; i++)
		all = all && tpm_algs_have(wide, narrow->ids[i]);
	return all;
}

bool
tpm_policy_covers(const void *wide, const void *narrow)
{
	const struct tpm_rules *a = wide, *b = narrow;

	return algs_cover(&a->schemes, &b->schemes) &&
	       algs_cover(&a->hashes, &b->hashes) &&
	       pcrs_cover(&a->pcrs, &b->pcrs);
}
