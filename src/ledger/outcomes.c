/*
 * outcomes.c - OUTCOMES_ASK: a page of stored outcomes (readings.h).
 */
#include "crypto/token/ear.h"
#include "ledger/ledger.h"
#include "ledger/readings.h"
#include "wire/reason.h"
#include "wire/wire.h"

/* Names of tenants and formats, and those of a policy or rollout with its groups,
 * stages and states, have EAR_POLICY_ID_MAX bytes at most (ear_check.c), and the kid of
 * a key fewer; the other texts may fill their room. */
#define OUTCOME_NAMES 10u
#define OUTCOME_BYTES             \
	(sizeof(struct outcome) - \
	 OUTCOME_NAMES * (STORE_SMALL_MAX - EAR_POLICY_ID_MAX))

_Static_assert(READINGS_ROWS *(4 + OUTCOME_BYTES) + 64 < WIRE_PACKET_MAX,
               "a page fits into a packet");

/* Numbers are stored with a sign.  Either all tenants or one that may exist. */
static bool
is_honest_question(const struct wire_outcomes_ask *m)
{
	bool tenant = m->all_tenants ? m->tenant.len == 0
	                             : tenant_name_valid(m->tenant);

	return tenant && m->after <= INT64_MAX && m->since_ms <= INT64_MAX &&
	       m->until_ms <= INT64_MAX && reason_set_valid(m->reasons) &&
	       m->workflows >> WORKFLOW_COUNT == 0;
}

static err_t
outcomes_take(struct bytes packet, struct reading *ret)
{
	struct wire_outcomes_ask m;

	TRY(wire_get_outcomes_ask(packet, &m));
	if (!is_honest_question(&m))
		return E_MALFORMED;
	ret->request = m.request;
	ret->limit = m.limit;
	ret->outcomes = (struct outcome_query){
		.filter = { .since_ms = m.since_ms,
		            .until_ms = m.until_ms,
		            .reasons = m.reasons,
		            .eligible = m.eligible,
		            .workflows = m.workflows,
		            .difference = m.difference },
		.after = m.after,
		.scan = OUTCOMES_SLICE,
	};
	struct outcome_filter *f = &ret->outcomes.filter;
	return store_small_set(&f->tenant, m.tenant) &&
	                       m.channel.len <= CHANNEL_MAX &&
	                       store_small_set(&f->channel, m.channel) &&
	                       m.release.len <= RELEASE_MAX &&
	                       store_small_set(&f->release, m.release) &&
	                       m.shadow.len <= EAR_POLICY_ID_MAX &&
	                       store_small_set(&f->shadow, m.shadow)
	               ? OK
	               : E_MALFORMED;
}

static err_t
add_outcome(void *user, const struct outcome *o)
{
	const struct wire_outcome words = outcome_words(o);
	struct reading_page *p = user;

	wire_put_outcome(&p->row, &words);
	return reading_page_add(p);
}

static err_t
outcomes_read(struct store *s, struct reading *r, struct reading_page *p)
{
	struct outcome_query *q = &r->outcomes;
	uint64_t next = 0;

	q->rows = r->limit - p->n;
	TRY(store_outcomes(s, q, add_outcome, p, &next));
	q->after = next;
	r->more = next > 0;
	return OK;
}

static void
outcomes_answer(struct ledger *l, const struct reading *r, struct bytes rows)
{
	const struct wire_outcomes m = { .request = r->request,
		                         .next = r->outcomes.after,
		                         .outcomes = rows };

	answer_outcomes(l, r->front, &m);
}

const struct reading_kind outcomes_kind = {
	.id = WIRE_ID_OUTCOMES_ASK,
	.unreadable = "outcomes-unreadable",
	.rows = READINGS_ROWS,
	.slice = OUTCOMES_SLICE,
	.scan = OUTCOMES_SCAN,
	.take = outcomes_take,
	.read = outcomes_read,
	.answer = outcomes_answer,
};
