/*
 * test_signature.c - signatures by keys that are a device's.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/common/base/harness.h"
#include "base/auto.h"
#include "base/buf.h"
#include "crypto/keys/signature.h"

DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);
DEFINE_AUTO(EVP_MD_CTX *, EVP_MD_CTX_free);

#define MAX 1024

static const struct bytes nonce = {
	(const uint8_t *)"a nonce of thirty-two bytes, so..", 32
};

static EVP_PKEY *
key_of(const char *kind)
{
	if (strncmp(kind, "P-", 2) == 0)
		return EVP_EC_gen(kind);
	if (strcmp(kind, "ED25519") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, kind);
	return EVP_RSA_gen((unsigned)strtoul(kind, NULL, 10));
}

static void
spki_of(EVP_PKEY *key, struct buf *out)
{
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	CU_ASSERT_FATAL(len > 0);
	buf_append(out, bytes_of(der, (size_t)len));
	OPENSSL_free(der);
}

/* padding 0: the key's default; salt as RSA_PSS_SALTLEN_*. */
static void
sign(EVP_PKEY *key, const char *digest, int padding, int salt, struct buf *out)
{
	AUTO(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	size_t len = MAX;

	buf_reset(out);
	CU_ASSERT_EQUAL_FATAL(EVP_DigestSignInit_ex(ctx, &pctx, digest, NULL,
	                                            NULL, key, NULL),
	                      1);
	if (padding)
		CU_ASSERT(EVP_PKEY_CTX_set_rsa_padding(pctx, padding) > 0);
	if (padding == RSA_PKCS1_PSS_PADDING)
		CU_ASSERT(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt) > 0);
	uint8_t *at = buf_extend(out, MAX);
	CU_ASSERT_EQUAL_FATAL(
	        EVP_DigestSign(ctx, at, &len, nonce.data, nonce.len), 1);
	out->len = len;
}

static const struct kind {
	const char *kind, *digest;
	int padding;
} kinds[] = {
	{ "P-256", "SHA256", 0 },
	{ "P-384", "SHA384", 0 },
	{ "ED25519", NULL, 0 },
	{ "2048", "SHA256", RSA_PKCS1_PADDING },
	{ "2048", "SHA256", RSA_PKCS1_PSS_PADDING },
	{ "4096", "SHA256", RSA_PKCS1_PADDING },
};

static void
test_good(void)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct kind *k = &kinds[i];
		AUTO(EVP_PKEY_free) EVP_PKEY *key = key_of(k->kind);
		AUTO(EVP_PKEY_free) EVP_PKEY *other = key_of(k->kind);
		AUTO(buf_release) struct buf spki = buf_of(MAX);
		AUTO(buf_release) struct buf wrong = buf_of(MAX);
		AUTO(buf_release) struct buf sig = buf_of(MAX);

		spki_of(key, &spki);
		spki_of(other, &wrong);
		sign(key, k->digest, k->padding, RSA_PSS_SALTLEN_DIGEST, &sig);
		CU_ASSERT_EQUAL(
		        signature_check_form(buf_bytes(&spki), buf_bytes(&sig)),
		        OK);
		CU_ASSERT_EQUAL(signature_verify(buf_bytes(&spki), nonce,
		                                 buf_bytes(&sig)),
		                OK);
		CU_ASSERT_EQUAL(signature_verify(buf_bytes(&wrong), nonce,
		                                 buf_bytes(&sig)),
		                E_DENIED);
		CU_ASSERT_EQUAL(
		        signature_verify(buf_bytes(&spki),
		                         bytes_of(nonce.data, nonce.len - 1),
		                         buf_bytes(&sig)),
		        E_DENIED);
		sig.data[sig.len - 1] ^= 1;
		CU_ASSERT_EQUAL(signature_verify(buf_bytes(&spki), nonce,
		                                 buf_bytes(&sig)),
		                E_DENIED);
	}
}

/* What the key's type does not fix is not looked for. */
static void
test_other_algorithms(void)
{
	static const struct {
		const char *kind, *digest;
		int padding, salt;
	} rows[] = {
		{ "P-256", "SHA384", 0, 0 },
		{ "P-256", "SHA1", 0, 0 },
		{ "P-384", "SHA256", 0, 0 },
		{ "2048", "SHA1", RSA_PKCS1_PADDING, 0 },
		{ "2048", "SHA512", RSA_PKCS1_PADDING, 0 },
		{ "2048", "SHA1", RSA_PKCS1_PSS_PADDING,
		  RSA_PSS_SALTLEN_DIGEST },
		{ "2048", "SHA256", RSA_PKCS1_PSS_PADDING, 20 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(EVP_PKEY_free) EVP_PKEY *key = key_of(rows[i].kind);
		AUTO(buf_release) struct buf spki = buf_of(MAX);
		AUTO(buf_release) struct buf sig = buf_of(MAX);

		spki_of(key, &spki);
		sign(key, rows[i].digest, rows[i].padding, rows[i].salt, &sig);
		CU_ASSERT_EQUAL(signature_verify(buf_bytes(&spki), nonce,
		                                 buf_bytes(&sig)),
		                E_DENIED);
	}
}

/* Keys that are refused whatever they sign. */
static void
test_keys(void)
{
	static const char *const kindless[] = { "P-521", "P-224", "1024" };

	for (size_t i = 0; i < ARRAY_LEN(kindless); i++) {
		AUTO(EVP_PKEY_free) EVP_PKEY *key = key_of(kindless[i]);
		AUTO(buf_release) struct buf spki = buf_of(MAX);
		AUTO(buf_release) struct buf sig = buf_of(MAX);

		spki_of(key, &spki);
		sign(key, "SHA256", 0, 0, &sig);
		CU_ASSERT_EQUAL(
		        signature_check_form(buf_bytes(&spki), buf_bytes(&sig)),
		        E_MALFORMED);
		CU_ASSERT_EQUAL(signature_verify(buf_bytes(&spki), nonce,
		                                 buf_bytes(&sig)),
		                E_MALFORMED);
	}
}

static void
expect_malformed(struct bytes spki, struct bytes sig)
{
	CU_ASSERT_EQUAL(signature_check_form(spki, sig), E_MALFORMED);
	CU_ASSERT_EQUAL(signature_verify(spki, nonce, sig), E_MALFORMED);
}

/* One spelling of the key and of the signature. */
static void
test_form(void)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO(EVP_PKEY_free) EVP_PKEY *key = key_of(kinds[i].kind);
		AUTO(buf_release) struct buf spki = buf_of(MAX);
		AUTO(buf_release) struct buf sig = buf_of(MAX);

		spki_of(key, &spki);
		sign(key, kinds[i].digest, kinds[i].padding,
		     RSA_PSS_SALTLEN_DIGEST, &sig);
		expect_malformed(buf_bytes(&spki), bytes_of(NULL, 0));
		expect_malformed(buf_bytes(&spki),
		                 bytes_of(sig.data, sig.len - 1));
		expect_malformed(bytes_of(spki.data, spki.len - 1),
		                 buf_bytes(&sig));
		expect_malformed(bytes_of(NULL, 0), buf_bytes(&sig));
		buf_u8(&sig, 0);
		expect_malformed(buf_bytes(&spki), buf_bytes(&sig));
		sig.len--;
		buf_u8(&spki, 0);
		expect_malformed(buf_bytes(&spki), buf_bytes(&sig));
	}
}

static const struct harness_test tests[] = {
	{ "each kind of key", test_good },
	{ "algorithms that the key does not fix", test_other_algorithms },
	{ "keys of other kinds", test_keys },
	{ "one spelling of key and signature", test_form },
	{ NULL, NULL },
};
HARNESS_MAIN("signature", tests)
