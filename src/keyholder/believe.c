/*
 * believe.c - see believe.h.
 */
#include <string.h>

#include "keyholder/believe.h"
#include "wire/reason.h"
#include "crypto/token/verdict_tag.h"

static err_t
refuse_to_sign(const char *why, const char **ret_why)
{
	*ret_why = why;
	return E_DENIED;
}

/* --- the ledger's statements and the finding ------------------------------ */

static bool
reasons_kept(const struct wire_result_sign *m, const struct wire_finding *f)
{
	if (m->redeemed)
		return (f->reasons & ~m->reasons) == 0;
	/* A result without a redemption must be a refusal.  The ledger chooses
	 * its reasons, unless the verifier found the challenge not redeemable:
	 * then they are the verifier's. */
	return m->reasons != 0 && (f->redeemable || m->reasons == f->reasons);
}

/* An expired chain is accepted only for a device that was enrolled before. */
static bool
chain_kept(const struct wire_result_sign *m, const struct wire_finding *f)
{
	return m->reasons != 0 || f->chain_end_s == 0 ||
	       m->enrolled == WIRE_ENROLLED_BEFORE ||
	       (f->bindings.present & BINDING_BIT(DEVICE)) != 0;
}

/* The ledger may state that the key is not enrolled, so that nothing is
 * affirmed about a device which the evidence does not prove; a warning stays.
 * A result that the ledger itself refuses makes no claim. */
static bool
vector_kept(const struct wire_result_sign *m, const struct wire_finding *f)
{
	bool any = false;

	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		bool less = !f->proved && m->redeemed && m->vector[i] == 0 &&
		            vector_tier(f->vector[i]) < TIER_WARNING;

		if (!m->redeemed && f->redeemable)
			any |= m->vector[i] != 0;
		else
			any |= m->vector[i] != f->vector[i] && !less;
	}
	return !any;
}

static bool
message_fits_finding(const struct wire_result_sign *m,
                     const struct wire_finding *f)
{
	return (!m->redeemed || f->redeemable) &&
	       (m->challenge.len > 0) == (f->redeemable == WIRE_FLAG_YES) &&
	       (m->enrolled == WIRE_ENROLLED_NOT || f->enroll) &&
	       reasons_kept(m, f) && vector_kept(m, f) && chain_kept(m, f);
}

/* --- the challenge -------------------------------------------------------- */

static bool
same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	return bytes_equal(bytes_of(a, n), bytes_of(b, n));
}

/* The finding is about this challenge: the ledger has redeemed it and checked
 * its times by what the finding says. */
static bool
same_challenge(const struct wire_finding *f, const struct challenge *c)
{
	uint8_t cti[CTI_SIZE];

	cti_encode(&c->claims.cti, cti);
	return same_bytes(f->nonce, c->nonce, HASH_SIZE) &&
	       same_bytes(f->cti, cti, CTI_SIZE) &&
	       same_bytes(f->life, c->claims.salt, sizeof(f->life)) &&
	       f->issued_s == c->claims.iat_s &&
	       f->expires_s == c->claims.exp_s &&
	       f->workflow == c->claims.workflow &&
	       bytes_equal(f->tenant, c->claims.aud) &&
	       f->bindings.present == c->claims.bindings.present &&
	       bindings_mismatch(&f->bindings, &c->claims.bindings) == 0;
}

static err_t
check_challenge(const struct believe_terms *t, struct bytes token,
                const struct wire_finding *f, struct challenge *c,
                const char **ret_why)
{
	if (challenge_open(token, c) != OK)
		return refuse_to_sign("the challenge does not parse", ret_why);
	if (!roots_known(t->roots, c->root) &&
	    challenge_verify(c, t->ring) != OK)
		return refuse_to_sign("no key of ours signed the challenge",
		                      ret_why);
	if (!same_challenge(f, c))
		return refuse_to_sign("the verdict is about another challenge",
		                      ret_why);
	return OK;
}

/* --- the trust bundle ----------------------------------------------------- */

static bool
by_bundle_in_force(const struct believe_terms *t, const struct wire_finding *f)
{
	struct in_force_name name = { .version = f->trust_version };

	memcpy(name.digest, f->trust_digest, sizeof(name.digest));
	return in_force_is(t->in_force, &name) ||
	       in_force_was(t->in_force, &name, t->now_ms, t->deadline_ms);
}

/* --- times ---------------------------------------------------------------- */

/* The policy may want the challenge redeemed before it expires. */
static uint64_t
redeemable_until(const struct wire_finding *f, const struct challenge_claims *c)
{
	uint64_t until = c->iat_s + f->challenge_age_s;

	return f->challenge_age_s != 0 && until < c->exp_s ? until : c->exp_s;
}

/* The result is signed now for the first time, or again for a retry: the
 * challenge was valid when it was redeemed, and retries are still answered. */
static bool
spent_in_time(const struct believe_terms *t, const struct wire_result_sign *m,
              const struct wire_finding *f, const struct challenge_claims *c)
{
	return m->issued_s + BELIEVE_SKEW_S >= c->iat_s &&
	       m->issued_s <= redeemable_until(f, c) + BELIEVE_SKEW_S &&
	       t->now_s <= c->exp_s + RETRY_GRACE_S + BELIEVE_SKEW_S;
}

static bool
in_time(const struct believe_terms *t, const struct wire_result_sign *m,
        const struct wire_finding *f, const struct challenge_claims *c)
{
	if (m->issued_s > CHALLENGE_TIME_MAX ||
	    m->issued_s > t->now_s + BELIEVE_SKEW_S ||
	    m->expires_s <= m->issued_s ||
	    m->expires_s - m->issued_s > t->result_ttl_s ||
	    (f->result_ttl_s != 0 &&
	     m->expires_s - m->issued_s > f->result_ttl_s))
		return false;
	if (m->redeemed)
		return spent_in_time(t, m, f, c);
	return m->issued_s + BELIEVE_SKEW_S >= t->now_s; /* never again */
}

/* --- the result ----------------------------------------------------------- */

static void
compose_challenge(const struct challenge *c, struct ear_fields *e)
{
	e->tenant = c->claims.aud;
	cti_encode(&c->claims.cti, e->cti);
	memcpy(e->nonce, c->nonce, HASH_SIZE);
	e->workflow = (uint8_t)c->claims.workflow;
	e->bindings = c->claims.bindings;
}

static struct ear_fields
compose_ear_fields(const struct wire_result_sign *m,
                   const struct wire_finding *f)
{
	struct ear_fields e = {
		.issued_s = m->issued_s,
		.expires_s = m->expires_s,
		.sequence = m->sequence,
		.tenant = f->tenant,
		.redeemed = m->redeemed,
		.reasons = m->reasons,
		.format = f->format,
		.policy_id = f->policy_id,
		.policy_version = f->policy_version,
		.enrolled = m->enrolled,
		.pending = m->enrolled == WIRE_ENROLLED_NOW && f->approval,
		.handle = m->handle,
		.trust_version = f->trust_version,
		.rollout = { .id = m->rollout_id,
		             .version = m->rollout_version,
		             .group = m->rollout_group,
		             .stage = m->rollout_stage,
		             .retry_after_s = m->retry_after_s },
	};

	/* The ledger may have refused what the verifier found good. */
	if (m->reasons == 0)
		e.confirmation = f->confirmation;
	/* Without a redemption nothing is said about the device. */
	if (m->redeemed) {
		e.policy_group = f->policy_group;
		e.policy_state = f->policy_state;
	}

	memcpy(e.jti, m->jti, sizeof(e.jti));
	memcpy(e.evidence, f->evidence, HASH_SIZE);
	memcpy(e.policy_digest, f->policy_digest, HASH_SIZE);
	memcpy(e.trust_digest, f->trust_digest, HASH_SIZE);
	memcpy(e.rollout.digest, m->rollout_digest, HASH_SIZE);
	memcpy(e.vector, m->vector, sizeof(e.vector));
	return e;
}

err_t
believe(const struct believe_terms *t, const struct wire_result_sign *m,
        struct believed *ret, const char **ret_why)
{
	const struct wire_finding *f = &ret->finding;

	*ret_why = "";
	TRY(wire_get_finding(m->finding, &ret->finding));
	if (!verdict_tag_good(t->tag_key, m->finding, m->tag))
		return refuse_to_sign(
		        "the verdict's tag is not by a current verifier",
		        ret_why);
	if (!message_fits_finding(m, f))
		return E_MALFORMED;
	if (!by_bundle_in_force(t, f))
		return refuse_to_sign("the verdict is by a trust bundle that "
		                      "is not in force",
		                      ret_why);
	if (f->redeemable)
		TRY(check_challenge(t, m->challenge, f, &ret->challenge,
		                    ret_why));
	if (!in_time(t, m, f, &ret->challenge.claims))
		return refuse_to_sign("the result's times do not fit the clock",
		                      ret_why);
	ret->fields = compose_ear_fields(m, f);
	if (f->redeemable)
		compose_challenge(&ret->challenge, &ret->fields);
	return OK;
}
