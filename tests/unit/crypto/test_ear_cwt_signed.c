/*
 * test_ear_cwt_signed.c - results in CBOR: only those are believed that one of
 * our keys signed as results.
 */
#include <string.h>

#include "anchord/claims.h"
#include "crypto/token/challenge.h"
#include "tests/unit/crypto/test_ear_cwt_kit.h"

static void
test_batch(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);

	for (size_t i = 0; i < BATCH; i++) {
		sign_leaf(&f, i);
		CU_ASSERT_EQUAL(verify_at(&f, NOW), OK);
	}
}

static void
test_expired(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);

	sign_leaf(&f, 1);
	CU_ASSERT_EQUAL(verify_at(&f, SOFT_BATCH_IAT + 299), OK);
	CU_ASSERT_EQUAL(verify_at(&f, SOFT_BATCH_IAT + 300), E_LIMIT);
}

static void
test_flipped_bits(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);

	sign_leaf(&f, 2);
	for (size_t bit = 0; bit < f.token.len * 8; bit++) {
		f.token.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		err_t err = verify_at(&f, NOW);
		CU_ASSERT(err == E_MALFORMED || err == E_DENIED);
		f.token.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t whole = f.token.len; f.token.len > 0;) {
		f.token.len--;
		err_t err = verify_at(&f, NOW);
		CU_ASSERT(err == E_MALFORMED || err == E_DENIED);
		CU_ASSERT(f.token.len < whole);
	}
}

/* The claims of one with the receipt of another. */
static void
test_other_leaf(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	struct receipt r;

	sign_leaf(&f, 2);
	AUTO(buf_release) struct buf token = buf_of(EAR_CWT_MAX);
	buf_append(&token, buf_bytes(&f.token));
	CU_ASSERT_EQUAL_FATAL(
	        receipt_open(buf_bytes(&token), RECEIPT_RESULT, &r), OK);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), OK); /* the batch is known now */
	buf_reset(&f.token);
	receipt_put_token(&f.token, f.leaves[3], r.head_bytes, &r.proof,
	                  r.signature);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_DENIED);
}

/* Also after its batch was verified and is remembered. */
static void
test_other_key(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	AUTO(soft_key_free)
	struct soft_key *other = soft_key_new(ALG_ES256, "other");
	AUTO(keyring_free) struct keyring *pinned = soft_key_ring(other);

	sign_leaf(&f, 2);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), OK);
	keyring_drop(f.ring, bytes_of_str(soft_key_kid(f.key)));
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_DENIED);
	keyring_free(f.ring);
	f.ring = TAKE(pinned);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_DENIED);

	/* Who is not pinned cannot say that he is who is. */
	struct receipt_head head = soft_cwt_head(f.key, BATCH);
	head.kid = bytes_of_str(soft_key_kid(other));
	sign_with(&f, &head, 2);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_DENIED);
}

static void
test_other_algorithm(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	struct receipt_head head = soft_cwt_head(f.key, BATCH);

	head.alg = ALG_ED25519;
	sign_with(&f, &head, 2);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_DENIED);
}

/* --- the head speaks for the batch ---------------------------------------- */

static void
test_head(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	const struct receipt_head good = soft_cwt_head(f.key, BATCH);
	struct receipt_head h = good;

	h.iss = bytes_of_str("https://other.example");
	sign_with(&f, &h, 2);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_DENIED);
	h = good;
	h.exp_s--;
	sign_with(&f, &h, 2);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_DENIED);
	h = good;
	h.iat_s++;
	sign_with(&f, &h, 2);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_DENIED);
	h = good;
	h.exp_s++; /* of others of the batch */
	h.iat_s--;
	h.epoch++;
	sign_with(&f, &h, 2);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), OK);
	h.batch_size++;
	sign_with(&f, &h, 2);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_DENIED);
}

/* --- a result is no challenge --------------------------------------------- */

static err_t
open_challenge(struct bytes token)
{
	struct challenge c;

	return challenge_open(token, &c);
}

/* Truly signed, each under the other's head. */
static void
test_leaves_under_other_head(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	AUTO(buf_release) struct buf claims = buf_of(CHALLENGE_MAX);
	const struct challenge_claims challenge = soft_batch_claims(0);
	struct receipt_head head = soft_cwt_head(f.key, BATCH);

	head.kind = RECEIPT_CHALLENGE;
	sign_with(&f, &head, 0);
	CU_ASSERT_EQUAL(open_challenge(buf_bytes(&f.token)), E_MALFORMED);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_MALFORMED);

	challenge_put_claims(&claims, &challenge);
	f.leaves[0] = buf_bytes(&claims);
	sign_leaf(&f, 0);
	CU_ASSERT_EQUAL(open_challenge(buf_bytes(&f.token)), E_MALFORMED);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_MALFORMED);
}

/* A signature over the same root as a batch of challenges, and the head of a
 * result written before it. */
static void
test_head_is_signed(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	AUTO(buf_release) struct buf head = buf_of(EAR_CWT_MAX);
	struct receipt_head h = soft_cwt_head(f.key, BATCH);
	struct receipt r;

	h.kind = RECEIPT_CHALLENGE;
	sign_with(&f, &h, 2);
	AUTO(buf_release) struct buf token = buf_of(EAR_CWT_MAX);
	buf_append(&token, buf_bytes(&f.token));
	CU_ASSERT_EQUAL(receipt_open(buf_bytes(&token), RECEIPT_RESULT, &r),
	                E_MALFORMED);
	CU_ASSERT_EQUAL_FATAL(
	        receipt_open(buf_bytes(&token), RECEIPT_CHALLENGE, &r), OK);
	h.kind = RECEIPT_RESULT;
	receipt_put_head(&head, &h);
	buf_reset(&f.token);
	receipt_put_token(&f.token, f.leaves[2], buf_bytes(&head), &r.proof,
	                  r.signature);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_DENIED);
}

/* The typs differ, or nothing above would hold. */
static void
test_typs(void)
{
	CU_ASSERT_STRING_NOT_EQUAL(ANCHORD_CHALLENGE_TYP,
	                           ANCHORD_RESULT_RECEIPT_TYP);
	CU_ASSERT_STRING_NOT_EQUAL(ANCHORD_CHALLENGE_PROFILE,
	                           ANCHORD_RESULT_PROFILE);
}

static const struct harness_test tests[] = {
	{ "each of a batch verifies", test_batch },
	{ "expired", test_expired },
	{ "every flipped bit, every truncation", test_flipped_bits },
	{ "with the receipt of another", test_other_leaf },
	{ "a key that is not pinned", test_other_key },
	{ "the algorithm is the key's", test_other_algorithm },
	{ "head and claims agree", test_head },
	{ "leaves under the head of the other kind",
	  test_leaves_under_other_head },
	{ "the kind is signed", test_head_is_signed },
	{ "kinds have names of their own", test_typs },
	{ NULL, NULL },
};

HARNESS_MAIN("ear_cwt_signed", tests)
