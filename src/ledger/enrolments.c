/*
 * enrolments.c - enrolments, separately for each tenant.
 *
 * A tenant sees its own enrolments only; another tenant's handle is answered
 * like one that does not exist.  The handle comes from the key holder, so a new
 * enrolment takes two transactions: the first finds that there is none, the
 * second adds it.
 */
#include <string.h>

#include "crypto/token/ear.h"
#include "base/log.h"

#include "ledger/admit.h"
#include "ledger/ledger.h"
#include "ledger/keyholder_select.h"
#include "ledger/lifecycle.h"
#include "ledger/store/silence.h"

static struct bytes
packet_of(const struct work *w)
{
	return bytes_of(w->packet, w->len);
}

/* Turns E_NOT_FOUND into an answer; other results are passed on. */
static err_t
found_or_not(struct work *w, err_t err)
{
	w->state =
	        err == OK ? WIRE_ENROLMENT_EXISTING : WIRE_ENROLMENT_NOT_FOUND;
	return err == E_NOT_FOUND ? OK : err;
}

static void
finish_answer(struct ledger *l, struct work *w)
{
	answer_enrolment(l, w);
}

/* --- ENROLL --------------------------------------------------------------- */

/* Fills w->enrolment without its handle and its time. */
static err_t
read_enroll(struct bytes packet, struct work *w)
{
	struct wire_enroll m;
	struct enrolment *e = &w->enrolment;

	TRY(wire_get_enroll(packet, &m));
	if (!tenant_name_valid(m.tenant) || m.format.len == 0 ||
	    !ear_format_valid(m.format) ||
	    bytes_all_zero(m.identity, HASH_SIZE) ||
	    !store_small_set(&e->tenant, m.tenant) ||
	    !store_small_set(&e->format, m.format))
		return E_MALFORMED;
	memcpy(e->identity, m.identity, sizeof(e->identity));
	e->state = m.approval ? WIRE_DEVICE_PENDING : WIRE_DEVICE_ACTIVE;
	e->facts = m.facts;
	w->front = m.front;
	w->request = m.request;
	return OK;
}

static err_t
enroll_accept(struct ledger *l, const struct edge *from, struct work *w)
{
	(void)l;
	(void)from;
	return read_enroll(packet_of(w), w);
}

/* The device is new: may it enrol?  Otherwise the answer says why not. */
static err_t
admit_new(const struct redeem_terms *t, struct work *w, struct admission *ret)
{
	const struct admit_device device = {
		.tenant = store_small_bytes(&w->enrolment.tenant),
		.identity = w->enrolment.identity,
	};

	TRY(admit_judge(t, &device, ret));
	if (ret->answer == ADMIT_NOT_LISTED)
		w->state = WIRE_ENROLMENT_NOT_LISTED;
	if (ret->answer == ADMIT_REPLACED)
		w->state = WIRE_ENROLMENT_REPLACED;
	return OK;
}

static err_t
enroll_run(struct ledger *l, struct redeem_terms *t, struct work *w)
{
	struct enrolment e;
	struct admission admission;
	err_t err = store_enrolment_of(t->store,
	                               store_small_bytes(&w->enrolment.tenant),
	                               w->enrolment.identity, &e);

	(void)l;
	if (err == OK)
		w->enrolment = e;
	TRY(found_or_not(w, err));
	if (w->state != WIRE_ENROLMENT_NOT_FOUND)
		return OK;
	TRY(admit_new(t, w, &admission));
	if (admission.answer == ADMIT_YES)
		w->lacks = WORK_NEEDS_HANDLE;
	return OK;
}

static void
enroll_finish(struct ledger *l, struct work *w)
{
	if (w->lacks != WORK_NEEDS_HANDLE)
		answer_enrolment(l, w);
	else if (enrolment_ask_handle(l, w, packet_of(w)) != OK)
		answer_unavailable(l, w->front, w->request,
		                   "the key holder is away or busy");
}

const struct work_kind enroll_kind = {
	.id = WIRE_ID_ENROLL,
	.accept = enroll_accept,
	.run = enroll_run,
	.finish = enroll_finish,
};

/* --- HANDLE_MADE ---------------------------------------------------------- */

static bool
is_verdict(const struct work *w)
{
	return wire_packet_id(buf_bytes(&w->held)) == WIRE_ID_VERDICT;
}

static err_t
handle_made_accept(struct ledger *l, const struct edge *from, struct work *w)
{
	struct wire_handle_made m;

	TRY(wire_get_handle_made(packet_of(w), &m));
	if (!device_handle_ours(m.handle))
		return E_MALFORMED;
	if (ledger_keyholders_disowned(l, from->index))
		return E_NOT_FOUND;
	struct pending *p = pending_find(&l->pendings, m.request);
	if (!p)
		return E_NOT_FOUND;
	if (p->kind != PENDING_HANDLE)
		return E_MALFORMED;

	w->held = p->held;
	p->held = buf_of(0); /* w owns the packet now */
	if (!is_verdict(w))
		TRY(read_enroll(buf_bytes(&w->held), w));
	w->front = p->waiters ? p->waiters->front : WORK_NO_FRONT;
	w->request = p->waiters ? p->waiters->request : 0;
	pending_drop(&l->pendings, p);
	return store_small_set(&w->enrolment.handle, m.handle) ? OK : E_BUG;
}

static err_t
add_device(const struct redeem_terms *t, struct work *w,
           const struct admission *admission)
{
	struct enrolment *e = &w->enrolment;
	bool added = false;

	e->enrolled_s = t->now_ms / 1000;
	e->silent_day = e->enrolled_s / SILENCE_DAY_S;
	TRY(store_enrolment_add(t->store, e, &added));
	w->state = WIRE_ENROLMENT_NEW;
	if (!added) {
		w->lacks = WORK_CONFLICT;
		return OK;
	}
	return admit_done(t, store_small_bytes(&e->tenant), admission,
	                  store_small_bytes(&e->handle));
}

/* Another ENROLL of the same device may have been faster, and another device may
 * have used up the entry of the list. */
static err_t
handle_made_run(struct ledger *l, struct redeem_terms *t, struct work *w)
{
	struct enrolment *e = &w->enrolment;
	struct enrolment first;
	struct admission admission;

	if (is_verdict(w))
		return verdict_kind.run(l, t, w);
	err_t err = store_enrolment_of(t->store, store_small_bytes(&e->tenant),
	                               e->identity, &first);
	if (err == OK)
		*e = first;
	TRY(found_or_not(w, err));
	if (w->state != WIRE_ENROLMENT_NOT_FOUND)
		return OK;
	TRY(admit_new(t, w, &admission));
	return admission.answer == ADMIT_YES ? add_device(t, w, &admission)
	                                     : OK;
}

static void
handle_made_finish(struct ledger *l, struct work *w)
{
	if (is_verdict(w)) {
		verdict_kind.finish(l, w);
		return;
	}
	if (w->lacks != WORK_CONFLICT) {
		answer_enrolment(l, w);
		return;
	}
	log_event(LOG_ERROR, "handle-conflict",
	          LOG_BYTES("tenant", store_small_bytes(&w->enrolment.tenant)));
	answer_unavailable(l, w->front, w->request,
	                   "the handle belongs to another device");
}

const struct work_kind handle_made_kind = {
	.id = WIRE_ID_HANDLE_MADE,
	.accept = handle_made_accept,
	.run = handle_made_run,
	.finish = handle_made_finish,
};

/* --- ENROLLMENT_GET ------------------------------------------------------- */

static err_t
get_accept(struct ledger *l, const struct edge *from, struct work *w)
{
	struct wire_enrollment_get m;

	(void)l;
	TRY(wire_get_enrollment_get(packet_of(w), &m));
	w->request = m.request;
	return enrolment_named(w, from, m.tenant, m.handle);
}

static err_t
get_run(struct ledger *l, struct redeem_terms *t, struct work *w)
{
	struct enrolment e;
	err_t err = store_enrolment(
	        t->store, store_small_bytes(&w->enrolment.tenant),
	        store_small_bytes(&w->enrolment.handle), &e);

	(void)l;
	if (err == OK)
		w->enrolment = e;
	return found_or_not(w, err);
}

const struct work_kind enrollment_get_kind = {
	.id = WIRE_ID_ENROLLMENT_GET,
	.accept = get_accept,
	.run = get_run,
	.finish = finish_answer,
};
