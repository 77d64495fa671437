/*
 * redeem_keep.c - see redeem_keep.h.
 */
#include "ledger/redeem_keep.h"

#include <string.h>

#include "ledger/eligible.h"
#include "ledger/key_change.h"
#include "ledger/redeem_device.h"
#include "ledger/rollback.h"
#include "ledger/store/silence.h"

/* Nothing else of the evidence is stored. */
static err_t
enroll_device(const struct redeem_terms *t, const struct wire_verdict *v,
              const struct admission *admission, struct outcome *o)
{
	struct enrolment e = {
		.state = v->approval ? WIRE_DEVICE_PENDING : WIRE_DEVICE_ACTIVE,
		.enrolled_s = t->now_ms / 1000,
		.attested_day = t->now_ms / 1000 / SILENCE_DAY_S,
		.silent_day = t->now_ms / 1000 / SILENCE_DAY_S,
		.facts = v->facts,
	};
	bool added = false;

	memcpy(e.identity, v->identity, sizeof(e.identity));
	if (t->handle.len == 0 || !store_small_set(&e.handle, t->handle) ||
	    !store_small_set(&e.tenant, v->tenant) ||
	    !store_small_set(&e.format, v->format))
		return E_BUG;
	o->enrolled = WIRE_ENROLLED_NOW;
	o->device_handle = e.handle;
	TRY(store_enrolment_add(t->store, &e, &added));
	if (!added)
		return E_IO; /* the caller checked that it is new */
	return admit_done(t, v->tenant, admission, t->handle);
}

err_t
redeem_keep_day(const struct redeem_terms *t, const struct wire_verdict *v,
                const struct enrolment *e)
{
	uint64_t day = t->now_ms / 1000 / SILENCE_DAY_S;

	if (!redeem_attested(v, e) ||
	    (e->attested_day == day && e->silent_day == day))
		return OK;
	return store_device_attested(t->store, e, day);
}

err_t
redeem_keep_levels(const struct redeem_terms *t, const struct wire_verdict *v,
                   struct enrolment *e)
{
	if (rollback_raise(&e->facts, &v->facts))
		TRY(store_enrolment_raise(t->store, e));
	return eligible_shown(t, e);
}

err_t
redeem_keep_state(const struct redeem_terms *t, const struct wire_verdict *v,
                  struct enrolment *e, const struct admission *admission,
                  struct outcome *o)
{
	if (v->change != WIRE_KEY_CHANGE_NONE)
		return key_change_keep(t, v, e, admission);
	if (!e)
		return v->enroll ? enroll_device(t, v, admission, o) : OK;
	if (v->enroll) {
		o->enrolled = WIRE_ENROLLED_BEFORE;
		o->device_handle = e->handle;
	}
	return OK;
}
