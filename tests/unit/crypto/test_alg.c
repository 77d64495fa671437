/*
 * test_alg.c - names and ids of algorithms, both ways.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_key.h"
#include "crypto/alg.h"
#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "hsm/core/hsm.h"
#include "crypto/keys/signature.h"

static void
test_both_ways(void)
{
	for (enum alg a = 0; a < ALG_COUNT; a++) {
		CU_ASSERT_EQUAL(alg_of_jose(bytes_of_str(alg_jose_name(a))), a);
		CU_ASSERT_EQUAL(alg_of_cose(alg_cose_id(a)), a);
	}
	CU_ASSERT_EQUAL(alg_cose_id(ALG_ES256), -7);
	CU_ASSERT_EQUAL(alg_signature_size(ALG_ES384), 96);
	CU_ASSERT_EQUAL(alg_signature_size(ALG_PS256), 0);
	CU_ASSERT_PTR_NULL(alg_digest_name(ALG_ED25519));
	CU_ASSERT_STRING_EQUAL(alg_digest_name(ALG_ES384), "SHA384");
}

static void
test_rfc9864(void)
{
	CU_ASSERT_EQUAL(alg_of_cose(-9), ALG_ES256);
	CU_ASSERT_EQUAL(alg_of_cose(-51), ALG_ES384);
	CU_ASSERT_EQUAL(alg_of_cose(-19), ALG_ED25519);
}

/* "none" and a MAC are what a forger would name. */
static void
test_unknown(void)
{
	static const char *const names[] = { "",      "none",   "HS256",
		                             "es256", "ES2567", "ES512" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CU_ASSERT_EQUAL(alg_of_jose(bytes_of_str(names[i])), ALG_COUNT);
	CU_ASSERT_EQUAL(alg_of_cose(0), ALG_COUNT);
	CU_ASSERT_EQUAL(alg_of_cose(5), ALG_COUNT); /* HMAC 256/256 */
	CU_ASSERT_STRING_EQUAL(alg_jose_name(ALG_COUNT), "?");
	CU_ASSERT_EQUAL(alg_cose_id(ALG_COUNT), 0);
}

/* --- what each row promises: tests/drills/algorithm.sh adds one ------------ */

/* A device's spelling of the same signature: ECDSA in DER. */
static void
device_spelling(enum alg alg, struct bytes raw, struct buf *out)
{
	err_t err = OK;

	if (alg_form(alg) == ALG_FORM_ECDSA)
		err = ecdsa_to_der(raw, out);
	else
		buf_append(out, raw);
	CU_ASSERT_EQUAL_FATAL(err, OK);
}

static void
test_signs(void)
{
	const struct bytes msg = bytes_of_str("a message");
	const struct bytes other = bytes_of_str("another one");

	for (enum alg a = 0; a < ALG_COUNT; a++) {
		AUTO(soft_key_free) struct soft_key *key = soft_key_new(a, "s");
		AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);
		AUTO(buf_release) struct buf raw = buf_of(HSM_SIGNATURE_MAX);
		AUTO(buf_release) struct buf der = buf_of(HSM_SIGNATURE_MAX);
		struct bytes kid = bytes_of_str(soft_key_kid(key));
		struct bytes spki = soft_key_spki(key);

		soft_key_sign(key, msg, &raw);
		if (alg_signature_size(a))
			CU_ASSERT_EQUAL(raw.len, alg_signature_size(a));
		CU_ASSERT_EQUAL(
		        keyring_verify(ring, kid, a, msg, buf_bytes(&raw)), OK);
		CU_ASSERT_EQUAL(
		        keyring_verify(ring, kid, a, other, buf_bytes(&raw)),
		        E_DENIED);
		for (enum alg b = 0; b < ALG_COUNT; b++)
			if (b != a)
				CU_ASSERT_EQUAL(keyring_verify(ring, kid, b,
				                               msg,
				                               buf_bytes(&raw)),
				                E_DENIED);
		device_spelling(a, buf_bytes(&raw), &der);
		CU_ASSERT_EQUAL(signature_verify(spki, msg, buf_bytes(&der)),
		                OK);
		CU_ASSERT_EQUAL(signature_verify(spki, other, buf_bytes(&der)),
		                E_DENIED);
	}
}

/* The key's algorithm, its JWK there and back, its COSE_Key. */
static void
test_keys(void)
{
	for (enum alg a = 0; a < ALG_COUNT; a++) {
		AUTO(soft_key_free) struct soft_key *key = soft_key_new(a, "k");
		AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);
		AUTO(keyring_free) struct keyring *again = NULL;
		AUTO(buf_release) struct buf text = buf_of(KEYRING_JSON_MAX);
		AUTO(buf_release) struct buf back = buf_of(KEYRING_JSON_MAX);
		AUTO(buf_release) struct buf cose = buf_of(KEYRING_JSON_MAX);
		char kid[KID_SIZE];
		enum alg usual = ALG_COUNT;

		CU_ASSERT_EQUAL(key_identify(soft_key_spki(key), &usual, kid),
		                OK);
		CU_ASSERT_EQUAL(usual, alg_usual(alg_key(a)));
		CU_ASSERT_EQUAL(keyring_to_jwks(ring, &text), OK);
		CU_ASSERT_EQUAL(keyring_of_jwks(buf_bytes(&text), &again), OK);
		CU_ASSERT_EQUAL(keyring_to_jwks(again, &back), OK);
		CU_ASSERT_TRUE(bytes_equal(buf_bytes(&text), buf_bytes(&back)));
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(buf_str(&text), alg_jose_name(a)));
		CU_ASSERT_EQUAL(key_to_cose(soft_key_spki(key), a, &cose), OK);
		CU_ASSERT_TRUE(cose.len > 0);
	}
}

/* Room is made of the list: no digest is longer, every signature fits. */
static void
test_sizes(void)
{
	for (enum alg a = 0; a < ALG_COUNT; a++) {
		uint8_t digest[DIGEST_MAX];

		CU_ASSERT_TRUE(alg_digest_size(a) <= DIGEST_MAX);
		CU_ASSERT_EQUAL(digest_of_alg(a, bytes_of_str(""), digest),
		                alg_digest_size(a));
		CU_ASSERT_EQUAL(alg_digest_name(a) == NULL,
		                alg_digest_size(a) == 0);
		CU_ASSERT_TRUE(alg_signature_size(a) <= HSM_SIGNATURE_MAX);
		if (alg_form(a) == ALG_FORM_ECDSA)
			CU_ASSERT_TRUE(alg_signature_size(a) <= ECDSA_RAW_MAX);
	}
}

static const struct harness_test tests[] = {
	{ "every row, both ways", test_both_ways },
	{ "every row signs and is believed", test_signs },
	{ "every row's key is published and read again", test_keys },
	{ "every row fits", test_sizes },
	{ "the ids of RFC 9864", test_rfc9864 },
	{ "unknown names", test_unknown },
	{ NULL, NULL },
};

HARNESS_MAIN("alg", tests)
