/*
 * verdicts.c - from a verdict to a signed result.
 *
 * A verdict that enrols a new device first waits for the device's handle and
 * changes nothing until then; redemption, outcome and enrolment are one
 * transaction.
 *
 * The outcome is committed first and signed afterwards.  If the signature is
 * lost, an honest retry makes the key holder sign the same statement again
 * (same jti, times and sequence): the challenge stays redeemed, and the answer
 * is the same.
 */
#include <string.h>

#include "base/log.h"
#include "crypto/token/ear.h"

#include "ledger/eligible.h"
#include "ledger/key_change.h"
#include "ledger/ledger.h"
#include "ledger/keyholder_select.h"
#include "ledger/redeem_device.h"
#include "ledger/shadow.h"

static err_t
verdict_accept(struct ledger *l, const struct edge *from, struct work *w)
{
	struct wire_verdict v;

	(void)l;
	(void)from;
	TRY(wire_get_verdict(bytes_of(w->packet, w->len), &v));
	if (!redeem_verdict_valid(&v))
		return E_MALFORMED;
	w->front = v.front;
	w->request = v.request;
	w->form = v.form;
	return OK;
}

/* The VERDICT: this packet, or the one that has waited for a handle. */
static struct bytes
packet_of(const struct work *w)
{
	return w->held.len > 0 ? buf_bytes(&w->held)
	                       : bytes_of(w->packet, w->len);
}

/* *ret_has false: the verdict cannot go on in this transaction; w->lacks has
 * the cause, and w->enrolment the device whose handle is needed. */
static err_t
has_handle(const struct redeem_terms *t, const struct wire_verdict *v,
           struct work *w, bool *ret_has)
{
	struct enrolment *e = &w->enrolment;
	bool needs = false, taken = false;

	TRY(redeem_needs_handle(t, v, &needs));
	if (needs && e->handle.len > 0)
		TRY(store_handle_taken(t->store, store_small_bytes(&e->handle),
		                       &taken));
	*ret_has = !needs || (e->handle.len > 0 && !taken);
	w->lacks = WORK_LACKS_NOTHING;
	if (*ret_has)
		return OK;
	w->lacks = taken ? WORK_CONFLICT : WORK_NEEDS_HANDLE;
	memcpy(e->identity, v->identity, sizeof(e->identity));
	return store_small_set(&e->tenant, v->tenant) ? OK : E_BUG;
}

/* Was it judged by the bundle in force here?  Roles get a new chain within
 * milliseconds of each other, so for a moment they differ.  Checked when the verdict
 * is decided and not when it arrives, because it may have waited. */
static bool
by_our_bundle(const struct ledger *l, const struct wire_verdict *v)
{
	struct in_force_name name = { .version = v->trust_version };

	memcpy(name.digest, v->trust_digest, sizeof(name.digest));
	return in_force_is(&l->keys.in_force, &name);
}

static err_t
verdict_run(struct ledger *l, struct redeem_terms *t, struct work *w)
{
	struct wire_verdict v;
	bool go_on = false;

	TRY(wire_get_verdict(packet_of(w), &v));
	if (!by_our_bundle(l, &v)) {
		w->lacks = WORK_OTHER_BUNDLE;
		return OK;
	}
	if (eligible_asks(&v) && !rollout_file_ready(&l->rollout)) {
		w->lacks = WORK_NO_ROLLOUT;
		return OK;
	}
	TRY(has_handle(t, &v, w, &go_on));
	if (!go_on)
		return OK;
	t->handle = store_small_bytes(&w->enrolment.handle);
	TRY(redeem(t, &v, &w->spent, &w->outcome, &w->recorded));
	if (w->recorded)
		t->sequence++;
	return w->recorded && redeem_heard(&v, &w->outcome)
	               ? silence_heard(l, t->store, v.tenant, t->now_ms)
	               : OK;
}

/* Fronts count what a shadow policy says, once for each challenge that was spent. */
static void
note_shadow(const struct work *w, const struct wire_verdict *v,
            struct pending *p)
{
	const struct outcome *o = &w->outcome;

	if (!w->recorded || !o->redeemed || v->shadow_id.len == 0)
		return;
	if (store_small_set(&p->shadow_id, v->shadow_id))
		p->shadow_reasons = shadow_reasons_of(o);
}

/* Asks the key holder.  Drops p if it cannot be asked. */
static void
ask_signature(struct ledger *l, const struct work *w, struct pending *p)
{
	struct wire_result_sign m = redeem_statement(&w->outcome, &w->spent);
	struct wire_verdict v;
	err_t err = wire_get_verdict(packet_of(w), &v);

	if (err == OK) {
		note_shadow(w, &v, p);
		m.request = p->request;
		m.challenge = v.challenge;
		m.form = w->form;
		wire_put_result_sign(&l->packet, &m);
		err = ledger_keyholders_ask(l, p);
	}
	buf_reset(&l->packet);
	if (err != OK)
		answer_pending_lost(l, p, "the key holder is away or busy");
}

/* Joins a signature in progress instead of asking again.  A redemption by an
 * older version has no finding, so it cannot be signed again.  A retry that wants
 * the other form than the first request has the same statement signed once more:
 * with the same jti, times and sequence. */
static err_t
join_or_ask(struct ledger *l, const struct work *w)
{
	const struct outcome *o = &w->outcome;
	struct pending *p = pending_of(&l->pendings, o->sequence, w->form);

	if (p)
		return pending_wait(p, w->front, w->request);
	if (w->spent.finding.len == 0)
		return E_NOT_FOUND;
	TRY(pending_add(&l->pendings, PENDING_SIGN, o->sequence, &p));
	memcpy(p->cti, o->cti, sizeof(p->cti));
	p->form = w->form;
	p->redeemed = o->redeemed != 0;
	p->reasons = o->reasons;
	p->enrolled = (enum wire_enrolled)o->enrolled;
	p->device =
	        redeem_enrolled_as(p->enrolled, buf_bytes(&w->spent.finding));
	p->handle = o->device_handle;
	p->retry_after_s = o->retry_after_s;
	err_t err = pending_wait(p, w->front, w->request);
	if (err == OK)
		ask_signature(l, w, p);
	else
		pending_drop(&l->pendings, p);
	return err;
}

static void
log_outcome(const struct work *w)
{
	const struct outcome *o = &w->outcome;

	if (w->recorded && o->reasons == 0)
		key_change_log(o);

	log_event(LOG_DEBUG, w->recorded ? "outcome" : "retry",
	          LOG_U64("sequence", o->sequence),
	          LOG_BYTES("tenant", store_small_bytes(&o->tenant)),
	          LOG_U64("redeemed", o->redeemed),
	          LOG_U64("reasons", o->reasons));
}

static void
answer_stored(struct ledger *l, const struct work *w)
{
	const struct outcome *o = &w->outcome;
	struct wire_result m = { .request = w->request,
		                 .reasons = o->reasons,
		                 .enrolled = (enum wire_enrolled)o->enrolled,
		                 .retry_after_s = o->retry_after_s,
		                 .jwt = buf_bytes(&w->spent.jwt) };

	m.device = redeem_enrolled_as(m.enrolled, buf_bytes(&w->spent.finding));
	if (m.enrolled)
		m.handle = store_small_bytes(&o->device_handle);
	answer_result(l, w->front, &m);
}

/* The verdict is not decided yet: requests the handle, or has it judged again, or
 * answers UNAVAILABLE. */
static void
finish_later(struct ledger *l, const struct work *w)
{
	if (w->lacks == WORK_OTHER_BUNDLE) {
		answer_judge_again(l, w->front, w->request);
	} else if (w->lacks == WORK_NO_ROLLOUT) {
		answer_unavailable(l, w->front, w->request,
		                   "no rollout file is in force");
	} else if (w->lacks == WORK_CONFLICT) {
		log_event(LOG_ERROR, "handle-conflict",
		          LOG_BYTES("tenant",
		                    store_small_bytes(&w->enrolment.tenant)));
		answer_unavailable(l, w->front, w->request,
		                   "the handle belongs to another device");
	} else if (enrolment_ask_handle(l, w, packet_of(w)) != OK) {
		answer_unavailable(l, w->front, w->request,
		                   "the key holder is away or busy");
	}
}

static void
verdict_finish(struct ledger *l, struct work *w)
{
	err_t err;

	if (w->lacks != WORK_LACKS_NOTHING) {
		finish_later(l, w);
		return;
	}
	log_outcome(w);
	if (w->spent.jwt.len > 0 &&
	    ear_form(buf_bytes(&w->spent.jwt)) == w->form)
		answer_stored(l, w);
	else if ((err = join_or_ask(l, w)) != OK)
		answer_unavailable(l, w->front, w->request,
		                   err == E_NOT_FOUND
		                           ? "redeemed before an upgrade, so "
		                             "its result cannot be signed"
		                           : "the ledger is busy");
}

const struct work_kind verdict_kind = {
	.id = WIRE_ID_VERDICT,
	.accept = verdict_accept,
	.run = verdict_run,
	.finish = verdict_finish,
};

/* Sends the answer at once; the next transaction stores the result. */
err_t
verdict_signed(struct ledger *l, const struct edge *from, struct bytes packet)
{
	struct wire_result_signed m;

	TRY(wire_get_result_signed(packet, &m));
	if (m.jwt.len == 0)
		return E_MALFORMED;
	/* The statement is the same from every key holder, but one without a
	 * pinned key signs with another. */
	if (ledger_keyholders_disowned(l, from->index))
		return OK;
	struct pending *p = pending_find(&l->pendings, m.request);
	if (!p || (p->kind == PENDING_SIGN && p->jwt.len > 0))
		return OK; /* too late, or a duplicate */
	if (p->kind != PENDING_SIGN || ear_form(m.jwt) != p->form)
		return E_MALFORMED;

	struct wire_result out = { .reasons = p->reasons,
		                   .enrolled = p->enrolled,
		                   .retry_after_s = p->retry_after_s,
		                   .device = p->device,
		                   .jwt = m.jwt };
	if (p->enrolled)
		out.handle = store_small_bytes(&p->handle);
	out.shadow_id = store_small_bytes(&p->shadow_id);
	out.shadow_reasons = p->shadow_reasons;
	for (const struct waiter *w = p->waiters; w; w = w->next) {
		out.request = w->request;
		answer_result(l, w->front, &out);
		out.shadow_id = bytes_of(NULL, 0); /* counted */
		out.shadow_reasons = 0;
	}
	pending_unwait(p);

	/* A result that did not redeem its challenge is never sent again, so it
	 * is not stored. */
	if (!p->redeemed || pending_sign(&l->pendings, p, m.jwt) != OK)
		pending_drop(&l->pendings, p);
	return OK;
}
