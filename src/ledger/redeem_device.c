/*
 * redeem_device.c - see redeem_device.h.
 */
#include "ledger/redeem_device.h"

#include <string.h>

#include "ledger/rollback.h"

/* Reasons after which the verifier has no identity to compare. */
#define NO_IDENTITY                                \
	(reason_bit(REASON_EVIDENCE_MALFORMED) |   \
	 reason_bit(REASON_EVIDENCE_UNSUPPORTED) | \
	 reason_bit(REASON_EVIDENCE_SIGNATURE))

static bool
needs_device(const struct wire_verdict *v)
{
	return v->workflow != WORKFLOW_ENROLL &&
	       v->workflow != WORKFLOW_REGISTER;
}

bool
redeem_names_device(const struct wire_verdict *v)
{
	return (v->bindings.present & BINDING_BIT(DEVICE)) != 0;
}

/* A chain that has expired since: it was checked when the key was enrolled, if
 * it was valid then. */
static reason_set
chain_ended(const struct wire_verdict *v, const struct enrolment *e)
{
	uint64_t since_s = !e                ? UINT64_MAX
	                   : e->keyed_s != 0 ? e->keyed_s
	                                     : e->enrolled_s;

	return v->chain_end_s == 0 || since_s <= v->chain_end_s
	               ? 0
	               : reason_bit(REASON_CHAIN_EXPIRED);
}

/* An appraisal that ended early was refused already and has no key to
 * compare. */
static bool
knows_key(const struct wire_verdict *v)
{
	bool none = bytes_all_zero(v->identity, HASH_SIZE);

	return (v->reasons & NO_IDENTITY) == 0 && (!none || v->reasons == 0);
}

/* Reasons after which the evidence proves nothing, or not that the device is
 * there now.  What the device is like, and what it may, does not matter here. */
#define NOT_AUTHENTIC                                      \
	(NO_IDENTITY | reason_bit(REASON_NONCE_MISMATCH) | \
	 reason_bit(REASON_CHAIN_UNTRUSTED) |              \
	 reason_bit(REASON_CHAIN_REVOKED) |                \
	 reason_bit(REASON_CHAIN_MALFORMED) |              \
	 reason_bit(REASON_KEY_UNSUPPORTED))

bool
redeem_attested(const struct wire_verdict *v, const struct enrolment *e)
{
	return (v->reasons & NOT_AUTHENTIC) == 0 && redeem_same_key(v, e);
}

bool
redeem_heard(const struct wire_verdict *v, const struct outcome *o)
{
	/* That of a device which may not enrol is nobody's here. */
	reason_set strange = NOT_AUTHENTIC |
	                     reason_bit(REASON_DEVICE_NOT_LISTED) |
	                     reason_bit(REASON_DEVICE_NOT_ENROLLED) |
	                     reason_bit(REASON_DEVICE_KEY_MISMATCH);

	return o->redeemed && (o->reasons & strange) == 0 &&
	       !bytes_all_zero(v->identity, HASH_SIZE);
}

bool
redeem_same_key(const struct wire_verdict *v, const struct enrolment *e)
{
	return !bytes_all_zero(v->identity, HASH_SIZE) &&
	       store_identity_is(e, v->identity) &&
	       bytes_equal(v->format, store_small_bytes(&e->format));
}

/* A challenge has its time in seconds, so one from the second of the change may
 * be older than the change. */
static bool
predates_change(const struct wire_verdict *v, const struct enrolment *e)
{
	/* A handle is known from its enrolment on; one that was known earlier is
	 * of an enrolment that was deleted. */
	if (redeem_names_device(v) && v->issued_s < e->enrolled_s)
		return true;
	return e->changed_ms != 0 && v->issued_s <= e->changed_ms / 1000;
}

reason_set
redeem_held(const struct wire_verdict *v, const struct enrolment *e)
{
	if (e->state == WIRE_DEVICE_PENDING)
		return reason_bit(REASON_DEVICE_PENDING);
	if (e->state != WIRE_DEVICE_ACTIVE)
		return reason_bit(REASON_DEVICE_SUSPENDED);
	return predates_change(v, e) ? reason_bit(REASON_BINDING_ENROLMENT) : 0;
}

reason_set
redeem_device(const struct wire_verdict *v, const struct enrolment *e)
{
	reason_set reasons = chain_ended(v, e);

	if (!e)
		return needs_device(v) || redeem_names_device(v)
		               ? reasons |
		                         reason_bit(REASON_DEVICE_NOT_ENROLLED)
		               : reasons;
	reasons |= redeem_held(v, e);
	if (!knows_key(v))
		return reasons;
	if (!redeem_same_key(
	            v, e)) /* the date of e says nothing about this chain */
		return reasons | chain_ended(v, NULL) |
		       reason_bit(REASON_DEVICE_KEY_MISMATCH);
	return reasons | rollback_judge(&e->facts, &v->facts);
}

/* A finding of an earlier version, which had no approvals, is empty. */
enum wire_device_state
redeem_enrolled_as(enum wire_enrolled enrolled, struct bytes finding)
{
	struct wire_finding f;

	if (enrolled == WIRE_ENROLLED_NOT)
		return WIRE_DEVICE_UNKNOWN;
	return enrolled == WIRE_ENROLLED_NOW && finding.len > 0 &&
	                       wire_get_finding(finding, &f) == OK && f.approval
	               ? WIRE_DEVICE_PENDING
	               : WIRE_DEVICE_ACTIVE;
}
