/*
 * ear_check.c - checks the fields of a result and computes its status.
 *
 * The key holder calls this before it composes a result, so that a compromised
 * ledger cannot have a contradictory result signed.
 */
#include "base/auto.h"
#include "crypto/token/challenge.h"
#include "crypto/token/ear_int.h"
#include "crypto/codec/utf8.h"

static bool
text_fits(struct bytes text, size_t least, size_t most)
{
	return text.len >= least && text.len <= most && utf8_text_valid(text);
}

bool
ear_format_valid(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-')
			return false;
	}
	return name.len <= EAR_FORMAT_MAX;
}

enum wire_result_form
ear_form(struct bytes result)
{
	return result.len > 0 && result.data[0] == EAR_CWT_FIRST_BYTE
	               ? WIRE_RESULT_CWT
	               : WIRE_RESULT_JWT;
}

/* "none" is worse than "affirming": something prevented an appraisal. */
static unsigned
rank_tier(enum tier tier)
{
	if (tier == TIER_AFFIRMING)
		return 0;
	return tier == TIER_NONE ? 1 : (unsigned)tier;
}

static enum tier
worse_tier(enum tier a, enum tier b)
{
	return rank_tier(a) >= rank_tier(b) ? a : b;
}

/* reason_set_tier() ranks "none" lowest, so that a set of one "none" reason has
 * that tier.  The ranking above keeps it from improving the status here. */
enum tier
ear_status(const struct ear_fields *f)
{
	enum tier tier = TIER_AFFIRMING;

	for (enum reason r = reason_next(f->reasons, 0); r < REASON_COUNT;
	     r = reason_next(f->reasons, r + 1))
		tier = worse_tier(tier, reason_set_tier(reason_bit(r)));
	for (size_t i = 0; i < VECTOR_COUNT; i++)
		if (f->vector[i] != 0) /* 0: no claim */
			tier = worse_tier(tier, vector_tier(f->vector[i]));
	return tier;
}

bool
ear_believable(const struct ear_fields *f)
{
	return !bytes_all_zero(f->nonce, sizeof(f->nonce));
}

static bool
fields_in_range(const struct ear_fields *f)
{
	return f->workflow < WORKFLOW_COUNT && f->redeemed <= 1 &&
	       reason_set_valid(f->reasons) && tenant_name_valid(f->tenant) &&
	       ear_format_valid(f->format) &&
	       text_fits(f->policy_id, 0, EAR_POLICY_ID_MAX) &&
	       f->issued_s < f->expires_s &&
	       f->expires_s <= CHALLENGE_TIME_MAX &&
	       f->sequence <= EAR_NUMBER_MAX &&
	       (f->trust_version == 0) ==
	               bytes_all_zero(f->trust_digest, HASH_SIZE);
}

/* A name of the policy is said of a device alone, so of a redemption. */
static bool
policy_name_consistent(const struct ear_fields *f, struct bytes name)
{
	return name.len == 0 || (tenant_name_valid(name) && f->redeemed == 1 &&
	                         f->policy_id.len > 0);
}

static bool
bindings_text_valid(const struct bindings *b)
{
	for (enum binding i = 0; i < BINDING_COUNT; i++)
		if (binding_is_text(i) && !utf8_text_valid(binding_value(b, i)))
			return false;
	return bindings_valid(b);
}

static bool
rollout_consistent(const struct ear_fields *f)
{
	const struct ear_rollout *r = &f->rollout;

	if (r->retry_after_s > EAR_NUMBER_MAX ||
	    (r->retry_after_s != 0 && f->reasons == 0))
		return false;
	if (r->version == 0)
		return r->id.len == 0 && r->group.len == 0 &&
		       r->stage.len == 0 && r->retry_after_s == 0 &&
		       bytes_all_zero(r->digest, HASH_SIZE);
	return ear_believable(f) && f->redeemed == 1 &&
	       tenant_name_valid(r->id) &&
	       (r->group.len == 0 || tenant_name_valid(r->group)) &&
	       (r->stage.len == 0 || tenant_name_valid(r->stage)) &&
	       !bytes_all_zero(r->digest, HASH_SIZE);
}

/* No claim of a challenge that is not ours may appear in a result. */
static bool
challenge_consistent(const struct ear_fields *f)
{
	return ear_believable(f) ||
	       (f->redeemed == 0 && f->bindings.present == 0 &&
	        bytes_all_zero(f->cti, sizeof(f->cti)));
}

/* "Eligible" admits a device, so it requires the complete appraisal. */
static bool
eligibility_consistent(const struct ear_fields *f)
{
	enum tier tier = ear_status(f);

	if (f->reasons != 0)
		return true;
	return f->redeemed == 1 && f->format.len > 0 && f->policy_id.len > 0 &&
	       (tier == TIER_AFFIRMING || tier == TIER_WARNING);
}

/* A result that names an enrolled device is eligible, and the device is the one
 * that the challenge names, if it names one. */
static bool
enrolment_consistent(const struct ear_fields *f)
{
	const struct bindings *b = &f->bindings;

	if (f->enrolled == WIRE_ENROLLED_NOT)
		return f->handle.len == 0 && !f->pending;
	if (f->enrolled == WIRE_ENROLLED_BEFORE && f->pending)
		return false; /* pending devices are not eligible */
	return wire_enrolled_valid(f->enrolled) && f->reasons == 0 &&
	       f->workflow == WORKFLOW_ENROLL &&
	       text_fits(f->handle, 1, DEVICE_HANDLE_MAX) &&
	       (!(b->present & BINDING_BIT(DEVICE)) ||
	        bytes_equal(b->device_handle, f->handle));
}

/* A key of refused evidence must not look confirmed. */
static bool
confirmation_consistent(const struct ear_fields *f)
{
	return f->confirmation.len == 0 || f->reasons == 0;
}

bool
ear_fields_valid(const struct ear_issuer *issuer, const struct ear_fields *f)
{
	return text_fits(issuer->iss, 1, CHALLENGE_ISS_MAX) &&
	       text_fits(issuer->kid, KID_SIZE - 1, KID_SIZE - 1) &&
	       issuer->alg < ALG_COUNT && fields_in_range(f) &&
	       bindings_text_valid(&f->bindings) && challenge_consistent(f) &&
	       eligibility_consistent(f) && enrolment_consistent(f) &&
	       rollout_consistent(f) && confirmation_consistent(f) &&
	       policy_name_consistent(f, f->policy_group) &&
	       policy_name_consistent(f, f->policy_state);
}
