/*
 * test_crypto_vectors.c - other people's vectors, where they are: Wycheproof's
 * signatures and COSE receipts of transparency services.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/common/base/corpus.h"
#include "tests/common/base/harness.h"
#include "crypto/token/challenge.h"
#include "base/encode.h"

/* --- COSE receipts -------------------------------------------------------- */

#define SCITT "cose-cwt-eat/action-state-group+scitt-cose/test-vectors/v1/"

/* A proof as an argument. */
#define PROOF(i, n, hashes, len)                               \
	(&(const struct merkle_proof){                         \
	        .index = (i),                                  \
	        .size = (n),                                   \
	        .path = (const uint8_t(*)[HASH_SIZE])(hashes), \
	        .path_len = (len) })

static bool
read_vector(const char *name, const char *file, struct buf *out)
{
	char path[256];

	(void)snprintf(path, sizeof(path), SCITT "%s/%s", name, file);
	return corpus_read(path, out);
}

static void
hash_of(const json_t *text, uint8_t out[static HASH_SIZE])
{
	CU_ASSERT_EQUAL_FATAL(
	        decode_hex_exact(bytes_of_str(json_string_value(text)), out,
	                         HASH_SIZE),
	        OK);
}

/* The root that a vector's path leads to. */
static void
vector_root(const char *name, uint8_t root[static HASH_SIZE])
{
	char path[256];
	uint8_t leaf[HASH_SIZE], hashes[MERKLE_PATH_MAX][HASH_SIZE];

	(void)snprintf(path, sizeof(path), SCITT "%s/expected.json", name);
	json_t *v = corpus_json(path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	const json_t *steps = json_object_get(v, "inclusion_path");
	CU_ASSERT_FATAL(json_array_size(steps) <= MERKLE_PATH_MAX);
	for (size_t i = 0; i < json_array_size(steps); i++)
		hash_of(json_array_get(steps, i), hashes[i]);
	hash_of(json_object_get(v, "leaf_entry"), leaf);
	merkle_leaf(bytes_of(leaf, HASH_SIZE), leaf);

	json_int_t i = json_integer_value(json_object_get(v, "leaf_index"));
	json_int_t n = json_integer_value(json_object_get(v, "tree_size"));
	CU_ASSERT_EQUAL(
	        merkle_root_of_path(leaf,
	                            PROOF((uint64_t)i, (uint64_t)n, hashes,
	                                  json_array_size(steps)),
	                            root),
	        OK);
	json_decref(v);
}

/* A receipt there: d2 84, the protected bucket, ..., and the signature. */
static err_t
verify_vector(const char *name)
{
	enum alg alg;
	char kid[KID_SIZE];
	uint8_t root[HASH_SIZE];
	AUTO(buf_release) struct buf receipt = buf_of(4096);
	AUTO(buf_release) struct buf pem = buf_of(4096);
	AUTO(buf_release) struct buf spki = buf_of(4096);
	AUTO(buf_release) struct buf tbs = buf_of(4096);
	AUTO(keyring_free) struct keyring *ring = NULL;

	CU_ASSERT_FATAL(read_vector(name, "receipt.cose", &receipt));
	CU_ASSERT_FATAL(read_vector(name, "log-key.pub", &pem));
	CU_ASSERT_FATAL(corpus_pem(buf_bytes(&pem), &spki));
	vector_root(name, root);

	TRY(key_identify(buf_bytes(&spki), &alg, kid));
	TRY(keyring_new(&ring));
	TRY(keyring_add(ring, bytes_of_str(kid), buf_bytes(&spki), alg));
	size_t head_len = receipt.data[2] - 0x40u;
	receipt_put_tbs(&tbs, bytes_of(receipt.data + 3, head_len), root);
	return keyring_verify(ring, bytes_of_str(kid), alg, buf_bytes(&tbs),
	                      bytes_of(receipt.data + receipt.len - 64, 64));
}

static void
test_foreign_receipts(void)
{
	AUTO(buf_release) struct buf probe = buf_of(4096);

	if (!read_vector("valid-es256", "receipt.cose", &probe)) {
		harness_skip("no corpus beside the checkout");
		return;
	}
	CU_ASSERT_EQUAL(verify_vector("valid-es256"), OK);
	CU_ASSERT_EQUAL(verify_vector("valid-eddsa"), OK);
	CU_ASSERT_EQUAL(verify_vector("fail-tampered-path"), E_DENIED);
}

/* --- Wycheproof ----------------------------------------------------------- */

#define WYCHEPROOF "crypto/C2SP+wycheproof/testvectors_v1/"

static bool
vector_verifies(const struct keyring *ring, struct bytes kid, enum alg alg,
                const json_t *test)
{
	AUTO(buf_release) struct buf msg = buf_of(65536);
	AUTO(buf_release) struct buf sig = buf_of(65536);
	const char *m = json_string_value(json_object_get(test, "msg"));
	const char *s = json_string_value(json_object_get(test, "sig"));

	CU_ASSERT_FATAL(decode_hex(&msg, bytes_of_str(m)) == OK &&
	                decode_hex(&sig, bytes_of_str(s)) == OK);
	return keyring_verify(ring, kid, alg, buf_bytes(&msg),
	                      buf_bytes(&sig)) == OK;
}

static size_t
check_group(const json_t *group, enum alg wanted_alg)
{
	AUTO(keyring_free) struct keyring *ring = NULL;
	AUTO(buf_release) struct buf spki = buf_of(4096);
	const json_t *tests = json_object_get(group, "tests");
	const char *der =
	        json_string_value(json_object_get(group, "publicKeyDer"));
	char kid[KID_SIZE];
	enum alg alg;

	CU_ASSERT_EQUAL_FATAL(decode_hex(&spki, bytes_of_str(der)), OK);
	err_t err = key_identify(buf_bytes(&spki), &alg, kid);
	if (err != OK && wanted_alg == ALG_RS256)
		return 0; /* an exponent that we do not take */
	CU_ASSERT_EQUAL_FATAL(err, OK);
	CU_ASSERT_EQUAL_FATAL(keyring_new(&ring), OK);
	CU_ASSERT_EQUAL_FATAL(keyring_add(ring, bytes_of_str(kid),
	                                  buf_bytes(&spki), wanted_alg),
	                      OK);
	for (size_t i = 0; i < json_array_size(tests); i++) {
		const json_t *t = json_array_get(tests, i);
		const char *wanted =
		        json_string_value(json_object_get(t, "result"));
		bool good =
		        vector_verifies(ring, bytes_of_str(kid), wanted_alg, t);
		if (strcmp(wanted, "acceptable") != 0)
			CU_ASSERT_EQUAL(good, strcmp(wanted, "valid") == 0);
	}
	return json_array_size(tests);
}

static void
check_wycheproof(const char *name, enum alg alg)
{
	json_t *file = corpus_json(name);
	size_t n = 0;

	if (!file) {
		harness_skip("no corpus beside the checkout");
		return;
	}
	const json_t *groups = json_object_get(file, "testGroups");
	for (size_t i = 0; i < json_array_size(groups); i++)
		n += check_group(json_array_get(groups, i), alg);
	CU_ASSERT(n > 100);
	printf("  %zu vectors\n", n);
	json_decref(file);
}

static void
test_wycheproof_p256(void)
{
	check_wycheproof(WYCHEPROOF "ecdsa_secp256r1_sha256_p1363_test.json",
	                 ALG_ES256);
}

static void
test_wycheproof_p384(void)
{
	check_wycheproof(WYCHEPROOF "ecdsa_secp384r1_sha384_p1363_test.json",
	                 ALG_ES384);
}

static void
test_wycheproof_ed25519(void)
{
	check_wycheproof(WYCHEPROOF "ed25519_test.json", ALG_ED25519);
}

static void
test_wycheproof_pss(void)
{
	check_wycheproof(WYCHEPROOF "rsa_pss_2048_sha256_mgf1_32_test.json",
	                 ALG_PS256);
}

static void
test_wycheproof_rsa(void)
{
	check_wycheproof(WYCHEPROOF "rsa_signature_2048_sha256_test.json",
	                 ALG_RS256);
}

static const struct harness_test tests[] = {
	{ "COSE receipts of others", test_foreign_receipts },
	{ "Wycheproof ECDSA P-256", test_wycheproof_p256 },
	{ "Wycheproof ECDSA P-384", test_wycheproof_p384 },
	{ "Wycheproof Ed25519", test_wycheproof_ed25519 },
	{ "Wycheproof RSA-PSS", test_wycheproof_pss },
	{ "Wycheproof RSA PKCS #1", test_wycheproof_rsa },
	{ NULL, NULL },
};

HARNESS_MAIN("crypto_vectors", tests)
