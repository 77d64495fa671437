/*
 * key_change.c - see key_change.h.
 */
#include "ledger/key_change.h"

#include <string.h>

#include "base/log.h"
#include "ledger/redeem_device.h"
#include "ledger/rollback.h"

bool
key_change_valid(const struct wire_verdict *v)
{
	if (v->note.len > STORE_SMALL_MAX)
		return false;
	if (v->change == WIRE_KEY_CHANGE_NONE)
		return bytes_all_zero(v->previous, HASH_SIZE);
	if (v->enroll)
		return false;
	if (v->reasons != 0)
		return true;
	return v->workflow == WORKFLOW_ENROLL && redeem_names_device(v) &&
	       !bytes_all_zero(v->identity, HASH_SIZE) &&
	       (v->change != WIRE_KEY_CHANGE_BY_KEY ||
	        !bytes_all_zero(v->previous, HASH_SIZE));
}

/* Is the key a device's of this tenant, in any state?  Other tenants are not asked:
 * the answer would say what devices they have. */
static err_t
is_key_enrolled(const struct redeem_terms *t, const struct wire_verdict *v,
                bool *ret_enrolled)
{
	struct enrolment other;
	err_t err =
	        store_enrolment_of(t->store, v->tenant, v->identity, &other);

	*ret_enrolled = err == OK;
	return err == E_NOT_FOUND ? OK : err;
}

/* The verifier has nothing against the new key. */
static err_t
judge_new_key(const struct redeem_terms *t, const struct wire_verdict *v,
              const struct enrolment *e, struct admission *ret_admission,
              reason_set *reasons)
{
	const struct admit_device device = admit_of_verdict(v);
	bool enrolled = false, by_key = v->change == WIRE_KEY_CHANGE_BY_KEY;
	struct admission a;
	uint64_t former = 0;

	if (!bytes_equal(v->format, store_small_bytes(&e->format)) ||
	    (by_key && !store_identity_is(e, v->previous)))
		*reasons |= reason_bit(REASON_DEVICE_KEY_MISMATCH);
	*reasons |= rollback_judge(&e->facts, &v->facts);
	TRY(is_key_enrolled(t, v, &enrolled));
	TRY(store_keys_former(t->store, store_small_bytes(&e->handle),
	                      &former));
	TRY(admit_judge(t, &device, &a));
	if (enrolled || a.answer == ADMIT_REPLACED || former >= KEY_CHANGES_MAX)
		*reasons |= reason_bit(REASON_KEY_CHANGE_DENIED);
	/* Where a tenant enrols listed devices alone, a listed one must not bring
	 * in any other by its signature: its next key needs an entry, too.  An
	 * officer's order needs none, because the list is the officers'. */
	if (by_key && a.answer == ADMIT_NOT_LISTED)
		*reasons |= reason_bit(REASON_DEVICE_NOT_LISTED);
	*ret_admission = a;
	return OK;
}

/* As when a device enrols, the chain of the new key must be valid now. */
err_t
key_change_judge(const struct redeem_terms *t, const struct wire_verdict *v,
                 const struct enrolment *e, struct admission *ret_admission,
                 reason_set *ret_reasons)
{
	reason_set reasons = v->reasons;

	if (v->chain_end_s != 0)
		reasons |= reason_bit(REASON_CHAIN_EXPIRED);
	if (e)
		reasons |= redeem_held(v, e);
	else if (redeem_names_device(v))
		reasons |= reason_bit(REASON_DEVICE_NOT_ENROLLED);
	if (e && v->reasons == 0)
		TRY(judge_new_key(t, v, e, ret_admission, &reasons));
	*ret_reasons = reasons;
	return OK;
}

/* The facts that are only shown are about the key. */
static err_t
take_shown_facts(struct enrolment *e, const struct facts *now)
{
	struct facts kept = { .n = 0 };

	for (size_t i = 0; i < e->facts.n; i++)
		if (e->facts.rows[i].rule != FACT_SHOWN)
			kept.rows[kept.n++] = e->facts.rows[i];
	for (size_t i = 0; i < now->n; i++)
		if (now->rows[i].rule == FACT_SHOWN)
			TRY(facts_add_bytes(&kept, FACT_SHOWN,
			                    fact_name(&now->rows[i]),
			                    fact_bytes(&now->rows[i])));
	e->facts = kept;
	return OK;
}

err_t
key_change_keep(const struct redeem_terms *t, const struct wire_verdict *v,
                struct enrolment *e, const struct admission *admission)
{
	store_hash former;

	memcpy(former, e->identity, sizeof(former));
	memcpy(e->identity, v->identity, sizeof(e->identity));
	e->keyed_s = t->now_ms / 1000;
	e->changed_ms = t->now_ms;
	if (!store_small_set(&e->note, v->note))
		return E_BUG;
	if (take_shown_facts(e, &v->facts) != OK)
		return E_BUG; /* rollback_judge() saw that there is room */
	TRY(store_enrolment_rekey(t->store, e, former));
	TRY(admit_done(t, v->tenant, admission, store_small_bytes(&e->handle)));
	/* What follows compares keys with e as one that was found. */
	store_identity(v->tenant, bytes_of(v->identity, HASH_SIZE),
	               e->identity);
	return OK;
}

/* A client's name may be longer than a row keeps; the log has as much. */
bool
key_change_note(struct outcome *o, const struct wire_verdict *v)
{
	struct bytes client = v->client;

	if (v->change == WIRE_KEY_CHANGE_NONE)
		return true;
	if (client.len > STORE_SMALL_MAX)
		client.len = STORE_SMALL_MAX;
	o->key_change = v->change;
	return store_small_set(&o->ordered_by, client) &&
	       store_small_set(&o->order_note, v->note);
}

void
key_change_log(const struct outcome *o)
{
	char device[STORE_LOGGED_SIZE];

	store_name_logged(store_small_bytes(&o->tenant),
	                  store_small_bytes(&o->device_handle), device);
	const struct log_field fields[] = {
		LOG_BYTES("client", store_small_bytes(&o->ordered_by)),
		LOG_BYTES("tenant", store_small_bytes(&o->tenant)),
		LOG_STR("device", device),
		LOG_STR("by", wire_key_change_name(
		                      (enum wire_key_change)o->key_change)),
		LOG_LAST_,
	};

	if (o->key_change != WIRE_KEY_CHANGE_NONE)
		log_fields_paid(LOG_INFO, "enrolment-key-changed", fields);
}
