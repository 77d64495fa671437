/*
 * test_verifier_keys.c - a key that is removed from the verifier's key ring.
 */
#include "crypto/keys/keyring_int.h"

#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_key.h"

static void
test_drop(void)
{
	AUTO(soft_key_free) struct soft_key *a = soft_key_new(ALG_ES256, "a");
	AUTO(soft_key_free) struct soft_key *b = soft_key_new(ALG_ES256, "b");
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(a);
	AUTO(buf_release) struct buf sig = buf_of(1024);
	struct bytes kid = bytes_of_str(soft_key_kid(a));
	const uint8_t batch[HASH_SIZE] = { 1 };

	CU_ASSERT_EQUAL(keyring_add(ring, bytes_of_str(soft_key_kid(b)),
	                            soft_key_spki(b), ALG_ES256),
	                OK);
	soft_key_sign(a, bytes_of_str("x"), &sig);
	keyring_batch_note(ring, batch);
	keyring_drop(ring, bytes_of_str("nobody"));
	CU_ASSERT_EQUAL(keyring_verify(ring, kid, ALG_ES256, bytes_of_str("x"),
	                               buf_bytes(&sig)),
	                OK);
	CU_ASSERT_TRUE(keyring_batch_known(ring, batch));
	keyring_drop(ring, kid);
	CU_ASSERT_EQUAL(keyring_verify(ring, kid, ALG_ES256, bytes_of_str("x"),
	                               buf_bytes(&sig)),
	                E_NOT_FOUND);
	/* It may have been signed by the key that is gone. */
	CU_ASSERT_FALSE(keyring_batch_known(ring, batch));
	buf_reset(&sig);
	soft_key_sign(b, bytes_of_str("x"), &sig);
	CU_ASSERT_EQUAL(keyring_verify(ring, bytes_of_str(soft_key_kid(b)),
	                               ALG_ES256, bytes_of_str("x"),
	                               buf_bytes(&sig)),
	                OK);
}

static const struct harness_test tests[] = {
	{ "forgets a key and what it signed", test_drop },
	{ NULL, NULL },
};

HARNESS_MAIN("verifier_keys", tests)
