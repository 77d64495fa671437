/*
 * test_verifier_keys.c - the verifier's ring when more keys come than it has
 * room for: after some sixty rotations in one life.
 */
#include <stdio.h>

#include "../../src/crypto/keyring_int.h"
#include "../../src/proc/role_int.h"
#include "../../src/verifier/verifier.h"

#include "../common/harness.h"
#include "../common/soft_key.h"
#include "clock.h"

#define NOW_S 1000

static struct role role;
static struct verifier verifier;

static void
know(const struct soft_key *k, uint64_t until_s)
{
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	const struct wire_key_known m = {
		.kid = bytes_of_str(soft_key_kid(k)),
		.spki = soft_key_spki(k),
		.alg = ALG_ES256,
		.until_s = until_s,
	};

	wire_put_key_known(&packet, &m);
	CU_ASSERT_EQUAL(verifier_key(&role, buf_bytes(&packet)), OK);
}

/* Does something signed by that key verify? */
static bool
knows(const struct soft_key *k)
{
	AUTO(buf_release) struct buf sig = buf_of(1024);
	struct bytes msg = bytes_of_str("x");

	soft_key_sign(k, msg, &sig);
	return keyring_verify(verifier.ring, bytes_of_str(soft_key_kid(k)),
	                      ALG_ES256, msg, buf_bytes(&sig)) == OK;
}

/* What the ring holds its challenges against. */
static uint64_t
until_of(const struct soft_key *k)
{
	struct key_terms terms = { 0 };

	CU_ASSERT_EQUAL(keyring_terms(verifier.ring,
	                              bytes_of_str(soft_key_kid(k)), &terms),
	                OK);
	return terms.until_s;
}

static void
test_full(void)
{
	struct soft_key *keys[KEYRING_MAX + 2];

	role.user = &verifier;
	clock_set_wall(NOW_S * 1000);
	CU_ASSERT_EQUAL_FATAL(keyring_new(&verifier.ring), OK);
	for (unsigned i = 0; i < ARRAY_LEN(keys); i++) {
		char name[16];

		snprintf(name, sizeof(name), "key-%u", i);
		keys[i] = soft_key_new(ALG_ES256, name);
	}
	/* The seventh is over for longest, the third too; the ninth is to be. */
	for (unsigned i = 0; i < KEYRING_MAX; i++)
		know(keys[i], i == 7   ? NOW_S - 9
		              : i == 3 ? NOW_S
		              : i == 9 ? NOW_S + 1
		                       : 0);
	CU_ASSERT_TRUE(knows(keys[7]));
	CU_ASSERT_EQUAL(until_of(keys[7]), NOW_S - 9);
	CU_ASSERT_EQUAL(until_of(keys[8]), 0);
	know(keys[KEYRING_MAX], 0);
	CU_ASSERT_TRUE(knows(keys[KEYRING_MAX]));
	CU_ASSERT_FALSE(knows(keys[7]));
	CU_ASSERT_TRUE(knows(keys[3]));
	know(keys[KEYRING_MAX + 1], 0);
	CU_ASSERT_TRUE(knows(keys[KEYRING_MAX + 1]));
	CU_ASSERT_FALSE(knows(keys[3]));
	/* Nobody else is over. */
	know(keys[7], 0);
	CU_ASSERT_FALSE(knows(keys[7]));
	for (unsigned i = 0; i < KEYRING_MAX; i++)
		CU_ASSERT_EQUAL(knows(keys[i]), i != 3 && i != 7);

	for (unsigned i = 0; i < ARRAY_LEN(keys); i++)
		soft_key_free(keys[i]);
	keyring_free(verifier.ring);
	clock_set_wall(0);
}

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
	{ "drops keys that are over, and no other", test_full },
	{ NULL, NULL },
};

HARNESS_MAIN("verifier_keys", tests)
