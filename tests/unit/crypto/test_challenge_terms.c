/*
 * test_challenge_terms.c - what a key may say, besides signing well.
 */
#include "tests/unit/crypto/test_challenge_kit.h"

/* A key that signed well, and what it may say; each row in a fresh ring and in
 * one that knows the batch.  The batch is node 1's, from IAT for 120 s. */
static void
test_terms(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ED25519);
	const uint64_t iat = SOFT_BATCH_IAT, exp = SOFT_BATCH_IAT + 120;
	const struct {
		struct key_terms terms;
		err_t want;
	} rows[] = {
		{ { 0 }, OK },
		{ { .node = 1, .from_s = iat, .until_s = exp }, OK },
		{ { .node = 2 }, E_DENIED },
		{ { .from_s = iat + 1 }, E_DENIED },
		{ { .until_s = exp - 1 }, E_DENIED },
		{ { .until_s = 1 }, E_DENIED }, /* retired long ago */
	};
	struct bytes kid = bytes_of_str(soft_key_kid(f.key));

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(keyring_free)
		struct keyring *fresh = soft_key_ring(f.key);
		struct keyring *rings[] = { fresh, f.ring };

		for (size_t r = 0; r < ARRAY_LEN(rings); r++) {
			CU_ASSERT_EQUAL(keyring_set_terms(rings[r], kid,
			                                  &rows[i].terms),
			                OK);
			CU_ASSERT_EQUAL(
			        open_and_verify(buf_bytes(&f.token), rings[r]),
			        rows[i].want);
		}
	}
	CU_ASSERT_EQUAL(keyring_set_terms(f.ring, bytes_of_str("nobody"),
	                                  &rows[0].terms),
	                E_NOT_FOUND);
}

/* A ring that knows the batch, and whose key was withdrawn since; whoever
 * forgets to forget the batch is caught here, too. */
static void
test_withdrawn(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ED25519);
	struct key_terms terms;

	CU_ASSERT_EQUAL(open_and_verify(buf_bytes(&f.token), f.ring), OK);
	keyring_drop(f.ring, bytes_of_str(soft_key_kid(f.key)));
	CU_ASSERT_EQUAL(keyring_terms(f.ring, bytes_of_str(soft_key_kid(f.key)),
	                              &terms),
	                E_NOT_FOUND);
	CU_ASSERT_EQUAL(open_and_verify(buf_bytes(&f.token), f.ring), E_DENIED);
}

static const struct harness_test tests[] = {
	{ "holds a key to what it may say", test_terms },
	{ "believes nothing of a key that was withdrawn", test_withdrawn },
	{ NULL, NULL },
};

HARNESS_MAIN("challenge_terms", tests)
