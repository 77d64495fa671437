/*
 * challenge_verify.c - verifies that one of our keys signed a challenge.
 */
#include "base/auto.h"
#include "crypto/token/challenge.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "crypto/keys/keyring_int.h"

#define TBS_MAX (CHALLENGE_MAX + 64) /* a head, a root, and framing */

/* The signed header speaks for the batch, the claims for one challenge of it.
 * The tree size is compared because one inclusion path fits trees of several
 * sizes; with the size fixed only one index fits, so the token has a single
 * encoding. */
static bool
head_and_leaf_agree(const struct challenge *c)
{
	return bytes_equal(c->claims.iss, c->head.iss) &&
	       c->claims.cti.epoch == c->head.epoch &&
	       c->claims.iat_s == c->head.iat_s &&
	       c->claims.exp_s <= c->head.exp_s &&
	       c->proof.size == c->head.batch_size;
}

/* Hashes the lengths, too, so that no byte can move from one part to the
 * next. */
static void
batch_id(const struct challenge *c, uint8_t id[static HASH_SIZE])
{
	const size_t lengths[] = { c->head_bytes.len, c->signature.len };
	const struct bytes parts[] = {
		bytes_of(lengths, sizeof(lengths)),
		c->head_bytes,
		bytes_of(c->root, HASH_SIZE),
		c->signature,
		c->head.kid,
	};

	digest_sha256_parts(parts, ARRAY_LEN(parts), id);
}

static err_t
verify_receipt(const struct challenge *c, const struct keyring *ring)
{
	AUTO(buf_release) struct buf tbs = buf_of(TBS_MAX);

	receipt_put_tbs(&tbs, c->head_bytes, c->root);
	TRY(buf_status(&tbs));
	return keyring_verify(ring, c->head.kid, c->head.alg, buf_bytes(&tbs),
	                      c->signature);
}

err_t
challenge_verify(const struct challenge *c, const struct keyring *ring)
{
	uint8_t id[HASH_SIZE];
	struct key_terms terms;

	if (keyring_terms(ring, c->head.kid, &terms) != OK)
		return E_DENIED; /* the key is not one of ours */
	/* Checked each time, also for a cached batch, because a key's terms can
	 * change while the service runs. */
	if (!head_and_leaf_agree(c) ||
	    !key_terms_allow(&terms, c->claims.cti.node, c->claims.iat_s,
	                     c->claims.exp_s))
		return E_DENIED;
	batch_id(c, id);
	if (keyring_batch_known(ring, id))
		return OK;

	TRY(verify_receipt(c, ring));
	keyring_batch_note(ring, id);
	return OK;
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
