/*
 * test_confirmation.c - keys as values of the claim "cnf", and read again.
 */
#include <string.h>

#include "crypto/keys/confirmation.h"
#include "crypto/keys/keyring_int.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_key.h"

#include "crypto/codec/cbor.h"
#include "crypto/codec/json_auto.h"

/* The value of "cnf" of a key; the caller frees it. */
static json_t *
cnf_of(const struct soft_key *key)
{
	json_t *cnf = NULL;

	CU_ASSERT_EQUAL_FATAL(confirmation_json(soft_key_spki(key), &cnf), OK);
	return cnf;
}

static void
test_each_algorithm(void)
{
	for (enum alg alg = 0; alg < ALG_COUNT; alg++) {
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(alg, "c");
		AUTO(json_decref) json_t *cnf = cnf_of(key);
		const json_t *jwk = json_object_get(cnf, "jwk");
		bool rsa = alg_key(alg) == ALG_KEY_RSA;
		char jkt[KID_SIZE] = "";

		CU_ASSERT_EQUAL(json_object_size(cnf), 1);
		CU_ASSERT_EQUAL(confirmation_of_cnf(cnf, jkt), OK);
		CU_ASSERT_STRING_EQUAL(jkt, soft_key_kid(key));
		CU_ASSERT_EQUAL(jwk == NULL, rsa);
		if (rsa)
			continue;
		/* RFC 7638 section 3.2: and nothing else. */
		CU_ASSERT_EQUAL(json_object_size(jwk),
		                alg_key(alg) == ALG_KEY_ED25519 ? 3 : 4);
		AUTO(buf_release) struct buf spki = buf_of(KEY_SPKI_MAX);
		CU_ASSERT_EQUAL(confirmation_of_jwk(jwk, &spki, jkt), OK);
		CU_ASSERT(bytes_equal(buf_bytes(&spki), soft_key_spki(key)));
	}
}

static void
test_set(void)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES384, "c");
	struct confirmation c = { .len = 0 };
	enum alg alg = ALG_COUNT;
	struct bytes spki = soft_key_spki(key);
	uint8_t long_one[CONFIRMATION_MAX + 1] = { 0 };
	json_t *cnf = NULL;

	CU_ASSERT_EQUAL(confirmation_set(&c, spki, &alg), OK);
	CU_ASSERT_EQUAL(alg, ALG_ES384);
	CU_ASSERT(bytes_equal(confirmation_spki(&c), spki));
	spki.len--;
	CU_ASSERT_EQUAL(confirmation_set(&c, spki, &alg), E_MALFORMED);
	CU_ASSERT_EQUAL(c.len, spki.len + 1);
	CU_ASSERT_EQUAL(confirmation_set(
	                        &c, bytes_of(long_one, sizeof(long_one)), &alg),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(confirmation_json(spki, &cnf), E_MALFORMED);
	CU_ASSERT_EQUAL(
	        confirmation_json(bytes_of(long_one, sizeof(long_one)), &cnf),
	        E_MALFORMED);
	CU_ASSERT_PTR_NULL(cnf);
}

/* The largest key that a device may have fits. */
static void
test_largest(void)
{
	AUTO(buf_release) struct buf spki = buf_of(KEY_SPKI_MAX);
	struct confirmation c = { .len = 0 };
	enum alg alg = ALG_COUNT;

	soft_rsa_spki(4096, 65537, &spki);
	CU_ASSERT_EQUAL(confirmation_set(&c, buf_bytes(&spki), &alg), OK);
	CU_ASSERT(alg_key(alg) == ALG_KEY_RSA && c.len + 5 <= CONFIRMATION_MAX);
}

/* Each private member alone, also on a key of a kind that is unknown. */
static void
test_private(void)
{
	static const char *const members[] = { "d",  "p",  "q",   "dp",
		                               "dq", "qi", "oth", "k" };
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "c");

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		AUTO(json_decref) json_t *cnf = cnf_of(key);
		json_t *jwk = json_object_get(cnf, "jwk");
		AUTO(buf_release) struct buf spki = buf_of(KEY_SPKI_MAX);
		char jkt[KID_SIZE];

		CU_ASSERT_TRUE(json_put(jwk, members[i], json_string("AA")));
		CU_ASSERT_EQUAL(confirmation_of_jwk(jwk, &spki, jkt), E_DENIED);
		CU_ASSERT_EQUAL(confirmation_of_cnf(cnf, jkt), E_MALFORMED);
		CU_ASSERT_TRUE(json_put(jwk, "kty", json_string("oct")));
		CU_ASSERT_EQUAL(confirmation_of_jwk(jwk, &spki, jkt), E_DENIED);
		CU_ASSERT_EQUAL(spki.len, 0);
	}
}

static void
test_no_key(void)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"{\"jkt\":\"short\"}",
		"{\"jkt\":1}",
		"{\"kid\":\"x\"}",
		"{\"jwk\":{}}",
		"{\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AA\","
		"\"y\":\"AA\"}}",
		"{\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\"}}",
		/* not on the curve */
		"{\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
		"\"eekIvMHfqBpRvXQBVUfC3OzXbO4Vjvjxkca83tgdWVg\",\"y\":"
		"\"eekIvMHfqBpRvXQBVUfC3OzXbO4Vjvjxkca83tgdWVg\"}}",
		/* two answers */
		"{\"jkt\":\"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs\","
		"\"kid\":\"x\"}",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(json_decref) json_t *cnf = json_loads(texts[i], 0, NULL);
		char jkt[KID_SIZE];

		CU_ASSERT_PTR_NOT_NULL(cnf);
		CU_ASSERT_EQUAL(confirmation_of_cnf(cnf, jkt), E_MALFORMED);
	}
}

static err_t
take_cose(struct bytes in, struct confirmation *ret)
{
	struct cbor_cursor c = cbor_cursor_of(in);

	TRY(confirmation_of_cose(&c, ret));
	return cbor_done(&c) ? OK : E_BUG;
}

static void
test_cose(void)
{
	for (enum alg alg = 0; alg < ALG_COUNT; alg++) {
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(alg, "c");
		AUTO(buf_release) struct buf cose = buf_of(KEY_SPKI_MAX);
		struct bytes spki = soft_key_spki(key);
		struct confirmation c = { .len = 0 };

		CU_ASSERT_EQUAL_FATAL(confirmation_to_cose(spki, &cose), OK);
		CU_ASSERT_EQUAL(take_cose(buf_bytes(&cose), &c), OK);
		CU_ASSERT(bytes_equal(confirmation_spki(&c), spki));
		/* Cut off, with a label of another's, of another type. */
		for (size_t n = 0; n < cose.len; n++)
			CU_ASSERT_EQUAL(take_cose(bytes_of(cose.data, n), &c),
			                E_MALFORMED);
		cose.data[1] = 0x02; /* kid in the place of kty */
		CU_ASSERT_EQUAL(take_cose(buf_bytes(&cose), &c), E_MALFORMED);
		cose.data[1] = 0x01;
		cose.data[2] = 0x04; /* a symmetric key */
		CU_ASSERT_EQUAL(take_cose(buf_bytes(&cose), &c), E_MALFORMED);
	}
	AUTO(buf_release) struct buf none = buf_of(64);
	CU_ASSERT_EQUAL(confirmation_to_cose(bytes_of_str("x"), &none),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(none.len, 0);
}

static const struct harness_test tests[] = {
	{ "each algorithm's key, and back", test_each_algorithm },
	{ "keys that can confirm", test_set },
	{ "the largest key", test_largest },
	{ "no private member", test_private },
	{ "what is no key", test_no_key },
	{ "in CBOR, and back", test_cose },
	{ NULL, NULL },
};
HARNESS_MAIN("confirmation", tests)
