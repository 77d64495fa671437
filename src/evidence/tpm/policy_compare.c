/*
 * policy_compare.c - tells how two sets of rules for TPMs differ.
 */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "evidence/tpm/alg.h"
#include "evidence/tpm/policy_rules.h"

#define WHAT_MAX 1024 /* bytes of a difference in words */

struct comparing {
	policy_change_fn *tell;
	void *arg;
	const char *state; /* whose rules these are; NULL: those of all */
};

static void
tell_tpm(const struct comparing *c, const char *setting, const char *what,
         bool wider)
{
	c->tell(c->arg, &(struct policy_change){ .setting = setting,
	                                         .what = what,
	                                         .wider = wider });
}

/* --- algorithms ----------------------------------------------------------- */

/* What one set has and the other has not; an empty set has all. */
static void
compare_algs(const struct comparing *c, const char *setting,
             const struct policy_algs *before, const struct policy_algs *after)
{
	if (before->n == 0 && after->n > 0)
		tell_tpm(c, setting, "any other algorithm", false);
	if (before->n > 0 && after->n == 0)
		tell_tpm(c, setting, "any other algorithm", true);
	if (before->n == 0 || after->n == 0)
		return;
	for (size_t i = 0; i < before->n; i++)
		if (!tpm_algs_have(after, before->ids[i]))
			tell_tpm(c, setting, tpm_alg_name(before->ids[i]),
			         false);
	for (size_t i = 0; i < after->n; i++)
		if (!tpm_algs_have(before, after->ids[i]))
			tell_tpm(c, setting, tpm_alg_name(after->ids[i]), true);
}

/* --- PCRs ----------------------------------------------------------------- */

static const struct policy_pcr *
find_rule(const struct policy_pcrs *list, const struct policy_pcr *like)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->rules[i].bank == like->bank &&
		    list->rules[i].index == like->index)
			return &list->rules[i];
	return NULL;
}

static void
tell_values(const struct comparing *c, const struct policy_pcr *has,
            const struct policy_pcr *lacks, bool wider)
{
	char name[TPM_RULE_NAME_SIZE];

	tpm_rule_name(has, c->state, name);
	for (size_t i = 0; i < has->n_values; i++) {
		AUTO(buf_release) struct buf hex = buf_of(WHAT_MAX);

		if (tpm_rule_lists(lacks, has->values[i]))
			continue;
		buf_append_str(&hex, "the value ");
		encode_hex(&hex, has->values[i]);
		tell_tpm(c, name, buf_str(&hex), wider);
	}
}

/* Rules of one list that the other has with fewer values, or has not at all. */
static void
tell_rules(const struct comparing *c, const struct policy_pcrs *here,
           const struct policy_pcrs *there, bool before)
{
	char name[TPM_RULE_NAME_SIZE];

	for (size_t i = 0; i < here->n; i++) {
		const struct policy_pcr *rule = &here->rules[i];
		const struct policy_pcr *other = find_rule(there, rule);

		tpm_rule_name(rule, c->state, name);
		if (other)
			tell_values(c, rule, other, !before);
		else
			tell_tpm(c, name,
			         "any value but those that the rule lists",
			         before);
	}
}

static void
compare_pcrs(const struct comparing *c, const struct policy_pcrs *before,
             const struct policy_pcrs *after)
{
	tell_rules(c, before, after, true);
	tell_rules(c, after, before, false);
}

/* --- states --------------------------------------------------------------- */

static const struct tpm_state *
find_pcr_state(const struct tpm_rules *r, const char *name)
{
	for (size_t i = 0; i < r->n_states; i++)
		if (strcmp(r->states[i].name, name) == 0)
			return &r->states[i];
	return NULL;
}

static void
tell_pcr_state(const struct comparing *c, const char *name, bool wider)
{
	char what[WHAT_MAX];

	(void)snprintf(what, sizeof(what), "the state %s", name);
	tell_tpm(c, "states", what, wider);
}

static void
compare_states(struct comparing *c, const struct tpm_rules *before,
               const struct tpm_rules *after)
{
	if (before->n_states == 0 && after->n_states > 0)
		tell_tpm(c, "states", "any other state", false);
	if (before->n_states > 0 && after->n_states == 0)
		tell_tpm(c, "states", "any other state", true);
	if (before->n_states == 0 || after->n_states == 0)
		return;
	for (size_t i = 0; i < before->n_states; i++)
		if (!find_pcr_state(after, before->states[i].name))
			tell_pcr_state(c, before->states[i].name, false);
	for (size_t i = 0; i < after->n_states; i++) {
		const char *name = after->states[i].name;
		const struct tpm_state *same = find_pcr_state(before, name);

		if (!same) {
			tell_pcr_state(c, name, true);
			continue;
		}
		c->state = name;
		compare_pcrs(c, &same->pcrs, &after->states[i].pcrs);
		c->state = NULL;
	}
}

void
tpm_policy_compare(const void *before, const void *after,
                   policy_change_fn *tell, void *arg)
{
	const struct tpm_rules *a = before, *b = after;
	struct comparing c = { .tell = tell, .arg = arg };

	compare_algs(&c, "schemes", &a->schemes, &b->schemes);
	compare_algs(&c, "hashes", &a->hashes, &b->hashes);
	compare_pcrs(&c, &a->pcrs, &b->pcrs);
	compare_states(&c, a, b);
}
