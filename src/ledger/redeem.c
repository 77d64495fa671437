/*
 * redeem.c - see redeem.h.
 */
#include <ctype.h>
#include <string.h>

#include "crypto/token/challenge.h"
#include "base/clock.h"
#include "crypto/keys/confirmation.h"
#include "crypto/token/ear.h"

#include "ledger/admit.h"
#include "ledger/eligible.h"
#include "ledger/key_change.h"
#include "ledger/keys.h"
#include "ledger/redeem.h"
#include "ledger/redeem_device.h"
#include "ledger/redeem_keep.h"
#include "ledger/shadow.h"

/* Reasons after which no claim of the challenge may be believed. */
#define NOT_OURS                                  \
	(reason_bit(REASON_CHALLENGE_MALFORMED) | \
	 reason_bit(REASON_CHALLENGE_FORGED) |    \
	 reason_bit(REASON_CHALLENGE_AUDIENCE))

/* Bytes of VERDICT's chain; no format has longer ones. */
#define CHAIN_MAX (10 * HASH_SIZE)

/* Checks what will be signed, although the verifier should have done so. */
static bool
names_valid(const struct wire_verdict *v)
{
	return ear_format_valid(v->format) &&
	       v->policy_id.len <= EAR_POLICY_ID_MAX &&
	       (v->policy_group.len == 0 ||
	        tenant_name_valid(v->policy_group)) &&
	       (v->policy_state.len == 0 ||
	        tenant_name_valid(v->policy_state)) &&
	       tenant_name_valid(v->tenant);
}

/* A kid is base64url, or empty where there is no challenge of ours. */
static bool
kid_valid(const struct wire_verdict *v)
{
	struct bytes kid = v->challenge_kid;

	for (size_t i = 0; i < kid.len; i++)
		if (!isalnum(kid.data[i]) && kid.data[i] != '-' &&
		    kid.data[i] != '_')
			return false;
	return kid.len < KID_SIZE && (v->redeemable || kid.len == 0);
}

bool
redeem_verdict_valid(const struct wire_verdict *v)
{
	if (!reason_set_valid(v->reasons) || !names_valid(v) || !kid_valid(v) ||
	    !shadow_valid(v) || v->challenge.len > CHALLENGE_MAX)
		return false;
	/* Seconds become milliseconds and signed SQL integers later. */
	if (v->issued_s > v->expires_s || v->expires_s > INT64_MAX / 1000)
		return false;
	if (v->enroll && v->reasons == 0 &&
	    (v->workflow != WORKFLOW_ENROLL ||
	     bytes_all_zero(v->identity, HASH_SIZE)))
		return false;
	if (!key_change_valid(v))
		return false;
	if (v->redeemable != (v->challenge.len > 0))
		return false;
	if (v->chain.len % HASH_SIZE != 0 || v->chain.len > CHAIN_MAX ||
	    (v->chain.len > 0 && v->reasons != 0))
		return false;
	if (v->confirmation.len > CONFIRMATION_MAX ||
	    (v->confirmation.len > 0 && v->reasons != 0))
		return false;
	return v->redeemable ? (v->reasons & NOT_OURS) == 0 : v->reasons != 0;
}

/* Issued in the future, for longer than the settings permit, or outside the
 * times of the node's keys: the signer's clock was wrong, or it signed in
 * advance. */
static bool
is_out_of_time(const struct wire_verdict *v, const struct redeem_terms *t)
{
	return (v->reasons & reason_bit(REASON_CHALLENGE_TIME)) != 0 ||
	       v->issued_s * 1000 > t->now_ms + CLOCK_SKEW_S * 1000 ||
	       v->expires_s - v->issued_s > t->ttl_max_s ||
	       !keys_cover(t->keys, cti_decode(v->cti).node, v->issued_s,
	                   v->expires_s);
}

/* Not issued by that life, or after its end.  A challenge has times in seconds,
 * so one from the same second as the horizon may be older than the horizon. */
static bool
is_lost(const struct wire_verdict *v, const struct redeem_terms *t,
        const struct store_epoch *epoch)
{
	return !epoch || memcmp(v->life, epoch->life, sizeof(v->life)) != 0 ||
	       v->issued_s * 1000 > epoch->ended_ms ||
	       v->issued_s <= t->horizon_ms / 1000;
}

/* The policy wants challenges of this workflow redeemed sooner than they expire. */
static bool
is_too_old(const struct wire_verdict *v, const struct redeem_terms *t)
{
	return v->challenge_age_s != 0 &&
	       t->now_ms >= (v->issued_s + v->challenge_age_s) * 1000;
}

reason_set
redeem_obstacle(const struct wire_verdict *v, const struct redeem_terms *t,
                const struct store_epoch *epoch)
{
	if (!v->redeemable)
		return v->reasons;
	/* The verifier's clock may differ from ours. */
	if (t->now_ms >= v->expires_s * 1000 || is_too_old(v, t) ||
	    (v->reasons & reason_bit(REASON_CHALLENGE_EXPIRED)) != 0)
		return reason_bit(REASON_CHALLENGE_EXPIRED);
	if (is_out_of_time(v, t))
		return reason_bit(REASON_CHALLENGE_TIME);
	/* A database that is younger than the challenge cannot know whether an
	 * earlier database had it redeemed. */
	if (is_lost(v, t, epoch))
		return reason_bit(REASON_CHALLENGE_EPOCH_LOST);
	return 0;
}

bool
redeem_is_retry(const struct wire_verdict *v, const struct outcome *first,
                const store_hash observed)
{
	return bytes_equal(v->tenant, store_small_bytes(&first->tenant)) &&
	       memcmp(v->nonce, first->nonce, HASH_SIZE) == 0 &&
	       memcmp(v->evidence, first->evidence, HASH_SIZE) == 0 &&
	       memcmp(v->observed, observed, HASH_SIZE) == 0;
}

/* --- outcomes ------------------------------------------------------------- */

/* redeem_verdict_valid() and the codec's bindings_valid() have checked the
 * lengths, so a text that does not fit is a bug. */
static bool
copy_texts(struct outcome *o, const struct wire_verdict *v)
{
	return store_small_set(&o->tenant, v->tenant) &&
	       store_small_set(&o->device_handle, v->bindings.device_handle) &&
	       store_small_set(&o->channel, v->bindings.channel) &&
	       store_small_set(&o->purpose, v->bindings.transaction) &&
	       store_small_set(&o->release, v->bindings.release) &&
	       store_small_set(&o->format, v->format) &&
	       store_small_set(&o->policy_id, v->policy_id) &&
	       store_small_set(&o->policy_group, v->policy_group) &&
	       store_small_set(&o->policy_state, v->policy_state) &&
	       store_small_set(&o->challenge_kid, v->challenge_kid);
}

/* The policy may shorten the lifetime of a workflow's results. */
static uint64_t
result_lifetime(const struct redeem_terms *t, const struct wire_verdict *v)
{
	return v->result_ttl_s != 0 && v->result_ttl_s < t->result_ttl_s
	               ? v->result_ttl_s
	               : t->result_ttl_s;
}

static err_t
outcome_of(const struct redeem_terms *t, const struct wire_verdict *v,
           struct outcome *ret)
{
	struct outcome o = {
		.sequence = t->sequence,
		.recorded_ms = t->now_ms,
		.issued_s = t->now_ms / 1000,
		.expires_s = t->now_ms / 1000 + result_lifetime(t, v),
		.workflow = v->workflow,
		.present = v->bindings.present,
		.policy_version = v->policy_version,
		.trust_version = v->trust_version,
	};

	if (!copy_texts(&o, v) || !key_change_note(&o, v))
		return E_BUG;
	memcpy(o.jti, t->jti, sizeof(o.jti));
	memcpy(o.cti, v->cti, sizeof(o.cti));
	memcpy(o.nonce, v->nonce, sizeof(o.nonce));
	memcpy(o.transport, v->bindings.transport, sizeof(o.transport));
	memcpy(o.request, v->bindings.request, sizeof(o.request));
	memcpy(o.account, v->bindings.account, sizeof(o.account));
	memcpy(o.evidence, v->evidence, sizeof(o.evidence));
	memcpy(o.policy_digest, v->policy_digest, sizeof(o.policy_digest));
	memcpy(o.trust_digest, v->trust_digest, sizeof(o.trust_digest));
	*ret = o;
	return OK;
}

/* --- the transaction ------------------------------------------------------ */

/* The enrolment that the verdict is about; E_NOT_FOUND: none. */
static err_t
find_device(struct store *s, const struct wire_verdict *v,
            struct enrolment *ret)
{
	if (redeem_names_device(v))
		return store_enrolment(s, v->tenant, v->bindings.device_handle,
		                       ret);
	if (!v->enroll)
		return E_NOT_FOUND;
	TRY(store_enrolment_of(s, v->tenant, v->identity, ret));
	/* The key holder would refuse to sign another handle, and the ledger
	 * never stores one. */
	return device_handle_ours(store_small_bytes(&ret->handle)) ? OK : E_IO;
}

/* May the device enrol that the verdict is about, and is not enrolled? */
static err_t
judge_new_device(const struct redeem_terms *t, const struct wire_verdict *v,
                 struct admission *ret, reason_set *ret_reasons)
{
	const struct admit_device device = admit_of_verdict(v);

	TRY(admit_judge(t, &device, ret));
	*ret_reasons = 0;
	if (ret->answer == ADMIT_NOT_LISTED)
		*ret_reasons = reason_bit(REASON_DEVICE_NOT_LISTED);
	if (ret->answer == ADMIT_REPLACED)
		*ret_reasons = reason_bit(REASON_DEVICE_KEY_MISMATCH);
	return OK;
}

/* Keeps the claims that are proved by the evidence's own chain or by the
 * enrolment of its key.  Without either, anybody could have made the key, so no
 * claim may affirm; a warning stays. */
static void
set_outcome_vector(const struct wire_verdict *v, const struct enrolment *e,
                   int8_t vector[static VECTOR_COUNT])
{
	bool proved = v->proved || (e && redeem_same_key(v, e));

	memcpy(vector, v->vector, VECTOR_COUNT);
	for (size_t i = 0; i < VECTOR_COUNT && !proved; i++)
		if (vector_tier(vector[i]) < TIER_WARNING)
			vector[i] = 0;
}

/* Evidence for a challenge without a handle, in a workflow that needs none, may
 * be of an enrolled key all the same.  Then the device is held back as it is
 * elsewhere; nothing else of its enrolment counts.  A key that a device had before
 * is nobody's any more. */
static err_t
held_by_key(struct store *s, const struct wire_verdict *v,
            reason_set *ret_reasons)
{
	struct enrolment e;
	bool former = false;

	*ret_reasons = 0;
	if (bytes_all_zero(v->identity, HASH_SIZE))
		return OK;
	err_t err = store_enrolment_of(s, v->tenant, v->identity, &e);
	if (err == OK)
		*ret_reasons = redeem_held(v, &e);
	if (err != E_NOT_FOUND)
		return err;
	TRY(store_key_former(s, v->tenant, v->identity, &former));
	if (former)
		*ret_reasons = reason_bit(REASON_DEVICE_KEY_MISMATCH);
	return OK;
}

/* Tries to redeem; if another request was first, nothing is written. */
static err_t
spend_challenge(const struct redeem_terms *t, const struct wire_verdict *v,
                const struct redemption *spent, struct outcome *o,
                bool *ret_won)
{
	struct enrolment found;
	err_t err = find_device(t->store, v, &found);
	struct enrolment *e = err == OK ? &found : NULL;
	struct admission admission = { .answer = ADMIT_YES };
	struct eligible_permit permit = { .due = false };
	bool good;
	reason_set held = 0, ours;

	if (err != OK && err != E_NOT_FOUND)
		return err;
	o->redeemed = 1;
	if (!e)
		TRY(held_by_key(t->store, v, &held));
	ours = redeem_device(v, e) | held;
	o->reasons = v->reasons | ours;
	if (v->change != WIRE_KEY_CHANGE_NONE) {
		TRY(key_change_judge(t, v, e, &admission, &o->reasons));
		ours = o->reasons & ~v->reasons;
	}
	if (!e && v->enroll && o->reasons == 0)
		TRY(judge_new_device(t, v, &admission, &o->reasons));
	set_outcome_vector(v, e, o->vector);
	good = o->reasons == 0;
	if (e && good && eligible_asks(v))
		TRY(eligible_judge(t, v, e, o, &permit));
	else if (good)
		TRY(eligible_stopped(t, v, o));
	TRY(store_redeem(t->store, o, spent, ret_won));
	if (!*ret_won)
		return OK;
	TRY(shadow_keep(v, good ? o->reasons : ours, o));
	if (o->reasons == 0)
		TRY(redeem_keep_state(t, v, e, &admission, o));
	if (permit.due)
		TRY(store_permit_put(t->store, &permit.of, &permit.permit));
	if (e && good)
		TRY(redeem_keep_levels(t, v, e));
	if (e)
		TRY(redeem_keep_day(t, v, e));
	return store_outcome_add(t->store, o);
}

err_t
redeem_needs_handle(const struct redeem_terms *t, const struct wire_verdict *v,
                    bool *ret_needs)
{
	struct enrolment e;
	struct admission admission;
	reason_set reasons = 0;

	*ret_needs = false;
	if (!v->enroll || !v->redeemable || v->reasons != 0 ||
	    v->chain_end_s != 0 || redeem_names_device(v))
		return OK; /* none is needed, or one must exist */
	err_t err = find_device(t->store, v, &e);
	if (err != E_NOT_FOUND)
		return err;
	TRY(judge_new_device(t, v, &admission, &reasons));
	*ret_needs = reasons == 0;
	return OK;
}

/* Records a result that does not redeem the challenge.  Unless it is the
 * verifier's own refusal, it makes no claim about the device. */
static err_t
record_unspent_outcome(struct store *s, const struct wire_verdict *v,
                       reason_set reasons, struct outcome *o)
{
	o->redeemed = 0;
	o->reasons = reasons;
	memset(o->vector, 0, sizeof(o->vector));
	(void)store_small_set(&o->policy_group, bytes_of(NULL, 0));
	(void)store_small_set(&o->policy_state, bytes_of(NULL, 0));
	if (!v->redeemable)
		memcpy(o->vector, v->vector, sizeof(o->vector));
	return store_outcome_add(s, o);
}

/* What is stored of v when it redeems its challenge. */
static err_t
redemption_of(const struct wire_verdict *v, struct redemption *ret)
{
	const struct wire_finding finding = wire_finding_of(v);

	ret->expires_s = v->expires_s;
	memcpy(ret->observed, v->observed, sizeof(ret->observed));
	memcpy(ret->tag, v->tag, sizeof(ret->tag));
	ret->finding = buf_of(WIRE_PACKET_MAX);
	wire_put_finding(&ret->finding, &finding);
	return buf_status(&ret->finding);
}

/* Replaces the retry by the first redemption, but keeps the retry's tag if the
 * finding is the same: the tag is of this run of the service, so the key holder
 * accepts it. */
static void
take_first(struct redemption *first, struct redemption *spent)
{
	const struct redemption retry = *spent;

	if (bytes_equal(buf_bytes(&first->finding), buf_bytes(&retry.finding)))
		memcpy(first->tag, retry.tag, sizeof(first->tag));
	*spent = *first;
	*first = retry; /* released by the caller */
}

/* The first outcome, for an honest retry.  E_NOT_FOUND: not redeemed, or so
 * long ago that the expiry alone answers.  E_DENIED: a replay. */
static err_t
find_first(const struct redeem_terms *t, const struct wire_verdict *v,
           struct redemption *spent, struct outcome *ret)
{
	AUTO(redemption_release) struct redemption first = { 0 };
	struct outcome o;

	if (!v->redeemable ||
	    t->now_ms >= (v->expires_s + RETRY_GRACE_S) * 1000)
		return E_NOT_FOUND;
	TRY(store_redemption(t->store, v->cti, &first, &o));
	if (!redeem_is_retry(v, &o, first.observed))
		return E_DENIED;
	if (o.issued_s * 1000 > t->now_ms + CLOCK_SKEW_S * 1000)
		return E_NOT_FOUND; /* from a clock that was ahead */
	take_first(&first, spent);
	*ret = o;
	return OK;
}

err_t
redeem(const struct redeem_terms *t, const struct wire_verdict *v,
       struct redemption *spent, struct outcome *ret_outcome, bool *ret_new)
{
	struct store *s = t->store;
	struct cti cti = cti_decode(v->cti);
	struct outcome o;
	struct store_epoch epoch;
	bool won = false;

	TRY(outcome_of(t, v, &o));
	TRY(redemption_of(v, spent));
	err_t heard = store_epoch(s, cti.node, cti.epoch, &epoch);
	if (heard != OK && heard != E_NOT_FOUND)
		return heard;
	if (keys_vetoed(t->keys, cti.node, cti.epoch))
		heard = E_NOT_FOUND;
	reason_set obstacle =
	        redeem_obstacle(v, t, heard == OK ? &epoch : NULL);
	if (obstacle == 0)
		TRY(spend_challenge(t, v, spent, &o, &won));

	if (!won) {
		err_t err = find_first(t, v, spent, ret_outcome);
		if (err == OK) {
			*ret_new = false;
			return OK;
		}
		if (err == E_DENIED)
			obstacle = reason_bit(REASON_CHALLENGE_REPLAYED);
		else if (err != E_NOT_FOUND || obstacle == 0)
			return E_IO; /* impossible: the first one is stored */
		TRY(record_unspent_outcome(s, v, obstacle, &o));
	}
	*ret_outcome = o;
	*ret_new = true;
	return OK;
}
