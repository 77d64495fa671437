/*
 * eligible.c - see eligible.h.
 */
#include "ledger/eligible.h"

#include <string.h>

#include "eligibility/eligibility.h"
#include "ledger/rollback.h"
#include "ledger/store/rollouts.h"

_Static_assert(ROLLOUT_STOP_SIZE == sizeof(store_id), "a stop's id");

bool
eligible_asks(const struct wire_verdict *v)
{
	const uint16_t about = BINDING_BIT(CHANNEL) | BINDING_BIT(RELEASE);

	return (v->workflow == WORKFLOW_METADATA ||
	        v->workflow == WORKFLOW_ARTIFACT ||
	        v->workflow == WORKFLOW_CHANNEL) &&
	       (v->bindings.present & about) != 0;
}

/* By the row's own channel: who leaves it out is counted with who names it. */
static struct permit_of
permit_of_verdict(const struct redeem_terms *t, const struct wire_verdict *v,
                  const struct enrolment *e)
{
	const struct bindings *b = &v->bindings;

	return (struct permit_of){
		.handle = store_small_bytes(&e->handle),
		.release = b->release,
		.channel = t->rollout
		                   ? rollout_channel_of(t->rollout, b->channel,
		                                        b->release)
		                   : b->channel,
	};
}

/* --- how much is used ------------------------------------------------------ */

/* *p is zero, and stays so when the device never had a permit. */
static err_t
read_permit(const struct redeem_terms *t, const struct permit_of *of,
            struct permit *p, struct eligibility_usage *u)
{
	err_t err = store_permit(t->store, of, p);

	if (err != OK && err != E_NOT_FOUND)
		return err;
	u->permitted = p->expires_s > t->now_ms / 1000;
	u->attempts = p->attempts;
	u->last_attempt_s = p->given_s;
	return OK;
}

/* Reads only what some limit or gate compares.  Who holds a permit is not limited
 * again, so for a retry and for the next workflow of the same update nothing is
 * counted. */
static err_t
read_counts(const struct redeem_terms *t, const struct permit_of *of,
            struct eligibility_usage *u)
{
	struct rollout_limits l =
	        rollout_limits_of(t->rollout, of->channel, of->release);
	uint64_t gate = rollout_gate_of(t->rollout, of->channel, of->release);
	uint64_t now_s = t->now_ms / 1000;

	const struct permits_query running = { PERMITS_VALID, now_s,
		                               l.concurrent };
	const struct permits_query started = {
		PERMITS_GIVEN, now_s > l.period_s ? now_s - l.period_s : 0,
		l.rate
	};
	const struct permits_query finished = { PERMITS_FINISHED, 0, gate };

	if (l.concurrent != 0 && !u->permitted)
		TRY(store_permits(t->store, &running, of, &u->running));
	if (l.rate != 0 && !u->permitted)
		TRY(store_permits(t->store, &started, of, &u->started));
	if (gate != 0)
		TRY(store_permits(t->store, &finished, of, &u->finished));
	return OK;
}

/* The stops of the ask's release; `stops` must live as long as the ask. */
static err_t
read_stops(const struct redeem_terms *t, store_id stops[static STORE_STOPS_MAX],
           struct eligibility_ask *ask)
{
	if (ask->release.len == 0)
		return OK;
	ask->usage.stops = (const uint8_t(*)[ROLLOUT_STOP_SIZE])stops;
	return store_stops(t->store, ask->release, stops, &ask->usage.n_stops);
}

/* --- the judge ------------------------------------------------------------- */

static err_t
set_rollout(const struct redeem_terms *t, const struct eligibility_answer *a,
            struct outcome *o)
{
	const struct rollout *r = t->rollout;

	o->reasons |= a->reasons;
	o->retry_after_s = a->retry_after_s;
	if (!r)
		return OK;
	o->rollout_version = rollout_version(r);
	memcpy(o->rollout_digest, rollout_digest(r), HASH_SIZE);
	return store_small_set(&o->rollout_id, bytes_of_str(rollout_id(r))) &&
	                       store_small_set(&o->rollout_group,
	                                       bytes_of_str(a->group)) &&
	                       store_small_set(&o->rollout_stage,
	                                       bytes_of_str(a->stage))
	               ? OK
	               : E_BUG;
}

/* Once more, or for the first time. */
static void
renew_permit(const struct redeem_terms *t, struct eligible_permit *p)
{
	struct rollout_limits l =
	        rollout_limits_of(t->rollout, p->of.channel, p->of.release);
	uint64_t now_s = t->now_ms / 1000;

	p->permit.given_s = now_s;
	p->permit.expires_s = now_s + l.permit_s;
	p->permit.attempts++;
}

err_t
eligible_judge(const struct redeem_terms *t, const struct wire_verdict *v,
               const struct enrolment *e, struct outcome *o,
               struct eligible_permit *ret_permit)
{
	struct eligible_permit p = { .of = permit_of_verdict(t, v, e) };
	store_id stops[STORE_STOPS_MAX];
	struct facts facts = e->facts;
	struct eligibility_answer answer;
	struct eligibility_ask ask = {
		.now_s = t->now_ms / 1000,
		.handle = p.of.handle,
		.format = store_small_bytes(&e->format),
		.enrolled_s = e->enrolled_s,
		.facts = &facts,
		.channel = v->bindings.channel,
		.release = p.of.release,
	};

	/* What the device shows now: no level of it is lower than a stored one,
	 * or the evidence was refused. */
	(void)rollback_raise(&facts, &v->facts);
	TRY(read_stops(t, stops, &ask));
	if (t->rollout && p.of.release.len > 0) {
		TRY(read_permit(t, &p.of, &p.permit, &ask.usage));
		TRY(read_counts(t, &p.of, &ask.usage));
	}
	eligibility_judge(t->rollout, &ask, NULL, &answer);
	p.due = answer.counts && answer.reasons == 0 && !ask.usage.permitted;
	if (p.due)
		renew_permit(t, &p);
	*ret_permit = p;
	return set_rollout(t, &answer, o);
}

err_t
eligible_stopped(const struct redeem_terms *t, const struct wire_verdict *v,
                 struct outcome *o)
{
	store_id stops[STORE_STOPS_MAX];
	struct eligibility_answer answer;
	struct eligibility_ask ask = {
		.now_s = t->now_ms / 1000,
		.channel = v->bindings.channel,
		.release = v->bindings.release,
	};

	if (ask.release.len == 0)
		return OK;
	TRY(read_stops(t, stops, &ask));
	eligibility_judge(t->rollout, &ask, NULL, &answer);
	o->reasons |= answer.reasons & reason_bit(REASON_ROLLOUT_STOPPED);
	return OK;
}

/* --- what a device shows ---------------------------------------------------- */

err_t
eligible_shown(const struct redeem_terms *t, const struct enrolment *e)
{
	struct rollout_shown shown;

	for (size_t i = 0;
	     t->rollout && rollout_shown_at(t->rollout, &e->facts, i, &shown);
	     i++) {
		const struct permit_of of = {
			.handle = store_small_bytes(&e->handle),
			.release = shown.release,
			.channel = shown.channel,
		};
		struct permit p;
		err_t err = store_permit(t->store, &of, &p);

		if (err == E_NOT_FOUND || (err == OK && p.finished))
			continue;
		TRY(err);
		p.finished = 1;
		TRY(store_permit_put(t->store, &of, &p));
	}
	return OK;
}
