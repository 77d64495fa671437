/*
 * quote_rules.c - holds a quote against a policy's rules for PCRs, and against
 * the selector of a device group.
 *
 * A value counts only if the quote selects the PCR.  Whether the values that came
 * along are the quote's is checked before (tpm_pcrs_match()).
 */
#include <stdio.h>

#include "base/encode.h"
#include "evidence/tpm/policy_rules.h"
#include "evidence/tpm/quote.h"

static bool
is_pcr_selected(const struct tpm_attest *a, uint16_t bank, unsigned index)
{
	for (size_t i = 0; i < a->n_select; i++)
		if (a->select[i].hash == bank)
			return a->select[i].mask & (uint32_t)1 << index;
	return false;
}

/* Empty: the quote does not show it. */
static struct bytes
shown_value(const struct tpm_quote *q, const struct policy_pcr *rule)
{
	const uint8_t *v = tpm_pcrs_value(&q->pcrs, rule->bank, rule->index);

	if (!v || !is_pcr_selected(&q->attest, rule->bank, rule->index))
		return bytes_of(NULL, 0);
	return bytes_of(v, tpm_hash_size(rule->bank));
}

static bool
rule_holds(const struct tpm_quote *q, const struct policy_pcr *rule)
{
	struct bytes value = shown_value(q, rule);

	return value.len > 0 && tpm_rule_lists(rule, value);
}

static bool
all_hold(const struct tpm_quote *q, const struct policy_pcrs *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!rule_holds(q, &list->rules[i]))
			return false;
	return true;
}

/* True if the values that came along are the quote's, or none came. */
static bool
values_proved(const struct tpm_quote *q)
{
	return !q->pcrs.present ||
	       tpm_pcrs_match(&q->pcrs, &q->attest, q->signature.hash);
}

bool
tpm_quote_pcrs_hold(const struct tpm_quote *q, const struct tpm_rules *rules,
                    const char **ret_state)
{
	*ret_state = NULL;
	if (!values_proved(q))
		return false;
	if (!rules)
		return true;
	for (size_t i = 0; i < rules->n_states && !*ret_state; i++)
		if (all_hold(q, &rules->states[i].pcrs))
			*ret_state = rules->states[i].name;
	return all_hold(q, &rules->pcrs) && (!rules->n_states || *ret_state);
}

bool
tpm_quote_matches(const void *match, const void *own)
{
	const struct tpm_rules *r = match;
	const struct tpm_quote *q = own;
	const struct tpm_signature *s = &q->signature;

	return (r->schemes.n == 0 || tpm_algs_have(&r->schemes, s->scheme)) &&
	       (r->hashes.n == 0 || tpm_algs_have(&r->hashes, s->hash)) &&
	       (r->pcrs.n == 0 || (values_proved(q) && all_hold(q, &r->pcrs)));
}

/* --- for people ----------------------------------------------------------- */

struct telling {
	const struct tpm_quote *q;
	policy_line_fn *tell;
	void *arg;
};

static void
name_algs(const struct policy_algs *set, struct buf *out)
{
	for (size_t i = 0; i < set->n; i++)
		buf_printf(out, "%s%s", i ? " or " : "",
		           tpm_alg_name(set->ids[i]));
}

static void
explain_algs(const struct telling *t, const char *setting, uint16_t shown,
             const struct policy_algs *set)
{
	AUTO(buf_release) struct buf wanted = buf_of(256);
	const char *name = tpm_alg_name(shown);

	if (set->n == 0)
		return;
	name_algs(set, &wanted);
	t->tell(t->arg, &(struct policy_line){
	                        .rule = setting,
	                        .shown = name ? name : "an unknown algorithm",
	                        .wanted = buf_str(&wanted),
	                        .holds = tpm_algs_have(set, shown),
	                        .reason = REASON_EVIDENCE_UNSUPPORTED });
}

static void
explain_pcr(const struct telling *t, const struct policy_pcr *rule,
            const char *state)
{
	AUTO(buf_release) struct buf wanted = buf_of(1024);
	AUTO(buf_release) struct buf shown = buf_of(1024);
	struct bytes value = shown_value(t->q, rule);
	char name[TPM_RULE_NAME_SIZE];

	tpm_rule_name(rule, state, name);
	encode_hex(&wanted, rule->values[0]);
	if (rule->n_values > 1)
		buf_printf(&wanted, " or one of %zu others",
		           rule->n_values - 1);
	encode_hex(&shown, value);
	t->tell(t->arg,
	        &(struct policy_line){
	                .rule = name,
	                .shown = value.len ? buf_str(&shown) : "no value",
	                .wanted = buf_str(&wanted),
	                .holds = rule_holds(t->q, rule) && values_proved(t->q),
	                .reason = REASON_PCR_MISMATCH });
}

static void
explain_states(const struct telling *t, const struct tpm_rules *r)
{
	const char *state = NULL;
	const struct tpm_rules alone = { .n_states = r->n_states,
		                         .states = r->states };
	bool holds = tpm_quote_pcrs_hold(t->q, &alone, &state);
	AUTO(buf_release) struct buf wanted = buf_of(2048);

	for (size_t i = 0; i < r->n_states; i++)
		buf_printf(&wanted, "%s%s", i ? " or " : "", r->states[i].name);
	if (r->n_states > 0)
		t->tell(t->arg, &(struct policy_line){
		                        .rule = "states",
		                        .shown = holds ? state : "none of them",
		                        .wanted = buf_str(&wanted),
		                        .holds = holds,
		                        .reason = REASON_PCR_MISMATCH });
	for (size_t i = 0; !holds && i < r->n_states; i++)
		for (size_t k = 0; k < r->states[i].pcrs.n; k++)
			explain_pcr(t, &r->states[i].pcrs.rules[k],
			            r->states[i].name);
}

void
tpm_policy_explain(const void *rules, const void *own, policy_line_fn *tell,
                   void *arg)
{
	const struct tpm_rules *r = rules;
	const struct telling t = { .q = own, .tell = tell, .arg = arg };

	explain_algs(&t, "schemes", t.q->signature.scheme, &r->schemes);
	explain_algs(&t, "hashes", t.q->signature.hash, &r->hashes);
	for (size_t i = 0; i < r->pcrs.n; i++)
		explain_pcr(&t, &r->pcrs.rules[i], NULL);
	explain_states(&t, r);
}
