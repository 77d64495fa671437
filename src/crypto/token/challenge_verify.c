/*
 * challenge_verify.c - verifies that one of our keys signed a challenge.
 */
#include "base/auto.h"
#include "crypto/token/challenge.h"
#include "base/clock.h"

/* The signed header speaks for the batch, the claims for one challenge of it. */
static bool
head_and_leaf_agree(const struct challenge *c)
{
	return bytes_equal(c->claims.iss, c->head.iss) &&
	       c->claims.cti.epoch == c->head.epoch &&
	       c->claims.iat_s == c->head.iat_s &&
	       c->claims.exp_s <= c->head.exp_s;
}

err_t
challenge_verify(const struct challenge *c, const struct keyring *ring)
{
	struct key_terms terms;
	const struct receipt_signed receipt = {
		.head_bytes = c->head_bytes,
		.signature = c->signature,
		.head = &c->head,
		.proof = &c->proof,
		.root = c->root,
	};

	if (keyring_terms(ring, c->head.kid, &terms) != OK)
		return E_DENIED; /* the key is not one of ours */
	/* Checked each time, also for a cached batch, because a key's terms can
	 * change while the service runs. */
	if (!head_and_leaf_agree(c) ||
	    !key_terms_allow(&terms, c->claims.cti.node, c->claims.iat_s,
	                     c->claims.exp_s))
		return E_DENIED;
	return receipt_verify(&receipt, ring);
}

err_t
challenge_issued_by(const struct challenge *c, struct bytes iss)
{
	return bytes_equal(c->claims.iss, iss) ? OK : E_DENIED;
}

bool
challenge_times_valid(const struct challenge_claims *c, uint32_t ttl_max_s,
                      uint64_t now_s)
{
	return c->iat_s <= now_s + CLOCK_SKEW_S &&
	       c->exp_s - c->iat_s <= ttl_max_s; /* exp is after iat */
}
