/*
 * test_ssh_made.c - signatures that we make, by a device's raw bytes; those of
 * FIDO keys; and RSA's two algorithms.
 */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/ssh_kit.h"
#include "crypto/ecdsa.h"
#include "crypto/keys/signature.h"
#include "trust/chain.h"
#include "trust/ssh_wire.h"

DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);
DEFINE_AUTO(EVP_MD_CTX *, EVP_MD_CTX_free);

static const struct bytes message = { (const uint8_t *)"message", 7 };

static err_t
verify(const struct ssh_key *key, struct bytes text)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	err_t err =
	        ssh_sig_verify(key, ssh_kit_namespace(), message, text, &why);

	CU_ASSERT_EQUAL(why.len == 0, err == OK); /* whoever refuses says why */
	return err;
}

/* Often enough that r and s begin with every kind of byte. */
static void
test_put(void)
{
	static const enum alg algs[] = { ALG_ES256, ALG_ES384, ALG_ED25519 };

	for (size_t i = 0; i < 100 * ARRAY_LEN(algs); i++) {
		AUTO(soft_key_free)
		struct soft_key *soft =
		        soft_key_new(algs[i % ARRAY_LEN(algs)], "made");
		AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
		struct ssh_key key = ssh_kit_key_of(soft);

		ssh_kit_sign(soft, ssh_kit_namespace(), message, &text);
		CU_ASSERT_EQUAL(verify(&key, buf_bytes(&text)), OK);
	}
}

/* What no device gives for such a key. */
static void
test_put_refused(void)
{
	uint8_t raw[512];
	static const size_t sizes[] = {
		0, 1, 63, 64, 65, 95, 96, 97, 255, 256
	};
	static const struct {
		const char *key;
		size_t size;
	} keys[] = { { "ecdsa-256", 64 },
		     { "ecdsa-384", 96 },
		     { "ed25519", 64 },
		     { "rsa-2048", 256 },
		     { "rsa-3072", 384 } };

	/* No number is 0: that is refused, too. */
	memset(raw, 1, sizeof(raw));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct ssh_key key = ssh_kit_stock_key(keys[i].key);

		for (size_t n = 0; n < ARRAY_LEN(sizes); n++) {
			AUTO(buf_release) struct buf out = buf_of(SSH_KIT_MAX);

			if (sizes[n] == keys[i].size)
				continue;
			CU_ASSERT_EQUAL(ssh_sig_put(&key, ssh_kit_namespace(),
			                            bytes_of(raw, sizes[n]),
			                            &out),
			                E_MALFORMED);
			CU_ASSERT_EQUAL(out.len, 0);
		}
	}
}

/* A device that failed: s is 0. */
static void
test_put_zero(void)
{
	static const uint8_t raw[64] = { 1 };
	struct ssh_key key = ssh_kit_stock_key("ecdsa-256");
	AUTO(buf_release) struct buf out = buf_of(SSH_KIT_MAX);

	CU_ASSERT_EQUAL(
	        ssh_sig_put(&key, ssh_kit_namespace(), bytes_of(raw, 64), &out),
	        E_MALFORMED);
}

/* --- FIDO ----------------------------------------------------------------- */

#define BOTH (SSH_KIT_TOUCHED | SSH_KIT_PIN)

static const struct {
	const char *what;
	struct ssh_kit_fido say;
	err_t wanted;
} fido_rows[] = {
	{ "touch and PIN", { "ssh:", NULL, BOTH, BOTH, 7, 7 }, OK },
	{ "a counter of 0", { "ssh:", NULL, BOTH, BOTH, 0, 0 }, OK },
	{ "the last counter",
	  { "ssh:", NULL, BOTH, BOTH, UINT32_MAX, UINT32_MAX },
	  OK },
	{ "no PIN",
	  { "ssh:", NULL, SSH_KIT_TOUCHED, SSH_KIT_TOUCHED, 7, 7 },
	  E_DENIED },
	{ "no touch",
	  { "ssh:", NULL, SSH_KIT_PIN, SSH_KIT_PIN, 7, 7 },
	  E_DENIED },
	{ "neither", { "ssh:", NULL, 0, 0, 7, 7 }, E_DENIED },
	{ "other flags in their place",
	  { "ssh:", NULL, 0x1a, 0x1a, 7, 7 },
	  E_DENIED },
	{ "PIN claimed, not signed",
	  { "ssh:", NULL, SSH_KIT_TOUCHED | SSH_KIT_PIN, SSH_KIT_TOUCHED, 7,
	    7 },
	  E_DENIED },
	{ "touch claimed, not signed",
	  { "ssh:", NULL, BOTH, SSH_KIT_PIN, 7, 7 },
	  E_DENIED },
	{ "another counter", { "ssh:", NULL, BOTH, BOTH, 8, 7 }, E_DENIED },
	{ "signed for another application",
	  { "ssh:", "ssh:other", BOTH, BOTH, 7, 7 },
	  E_DENIED },
	{ "signed for a web site",
	  { "ssh:", "https://example.org", BOTH, BOTH, 7, 7 },
	  E_DENIED },
};

static void
test_fido(void)
{
	static const enum alg algs[] = { ALG_ES256, ALG_ED25519 };

	for (size_t i = 0; i < 2 * ARRAY_LEN(fido_rows); i++) {
		AUTO(soft_key_free)
		struct soft_key *soft = soft_key_new(algs[i % 2], "fido");
		AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);
		AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
		const struct ssh_kit_fido *say = &fido_rows[i / 2].say;
		struct ssh_key key = ssh_kit_fido_key(soft, say->application);

		ssh_kit_fido_sign(soft, say, message, &blob);
		ssh_kit_armour(buf_bytes(&blob), 70, &text);
		err_t err = verify(&key, buf_bytes(&text));
		CU_ASSERT_EQUAL(err, fido_rows[i / 2].wanted);
		if (err != fido_rows[i / 2].wanted)
			printf("%s: %s\n", fido_rows[i / 2].what,
			       err_name(err));
	}
}

/* Touch and PIN do not help when a bit is changed. */
static void
test_fido_bytes(void)
{
	const struct ssh_kit_fido say = {
		"ssh:", NULL, SSH_KIT_TOUCHED | SSH_KIT_PIN, BOTH, 7, 7
	};
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ED25519, "fido");
	struct ssh_key key = ssh_kit_fido_key(soft, say.application);
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);

	ssh_kit_fido_sign(soft, &say, message, &blob);
	for (size_t i = 0; i <= blob.len; i++) {
		AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
		AUTO(buf_release) struct buf cut = buf_of(SSH_KIT_MAX);

		blob.data[i < blob.len ? i : 0] ^= i < blob.len;
		ssh_kit_armour(buf_bytes(&blob), 70, &text);
		ssh_kit_armour(bytes_of(blob.data, i), 70, &cut);
		blob.data[i < blob.len ? i : 0] ^= i < blob.len;
		CU_ASSERT_EQUAL(verify(&key, buf_bytes(&text)) == OK,
		                i == blob.len);
		CU_ASSERT_EQUAL(verify(&key, buf_bytes(&cut)) == OK,
		                i == blob.len);
	}
}

/* The same key outside its authenticator is another key. */
static void
test_fido_plain(void)
{
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ED25519, "fido");
	AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf out = buf_of(SSH_KIT_MAX);
	static const uint8_t raw[64] = { 1 };
	struct ssh_key fido = ssh_kit_fido_key(soft, "ssh:");

	ssh_kit_sign(soft, ssh_kit_namespace(), message, &text);
	CU_ASSERT_EQUAL(verify(&fido, buf_bytes(&text)), E_DENIED);
	CU_ASSERT_EQUAL(ssh_sig_put(&fido, ssh_kit_namespace(),
	                            bytes_of(raw, 64), &out),
	                E_MALFORMED);
}

/* --- RSA ------------------------------------------------------------------ */

static void
rsa_sign(EVP_PKEY *pkey, const char *digest, int padding, struct buf *raw)
{
	AUTO(buf_release) struct buf sign = buf_of(SSH_KIT_MAX);
	AUTO(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	size_t len = 512;

	ssh_sig_signed(ssh_kit_namespace(), message, &sign);
	CU_ASSERT_EQUAL_FATAL(EVP_DigestSignInit_ex(ctx, &pctx, digest, NULL,
	                                            NULL, pkey, NULL),
	                      1);
	CU_ASSERT(EVP_PKEY_CTX_set_rsa_padding(pctx, padding) > 0);
	uint8_t *at = buf_extend(raw, len);
	CU_ASSERT_EQUAL_FATAL(
	        EVP_DigestSign(ctx, at, &len, sign.data, sign.len), 1);
	raw->len = len;
}

static const struct rsa_row {
	const char *name, *digest;
	int padding;
	bool verifies, is_form;
} rsa_rows[] = {
	{ "rsa-sha2-512", "SHA512", RSA_PKCS1_PADDING, true, true },
	{ "rsa-sha2-256", "SHA256", RSA_PKCS1_PADDING, true, true },
	{ "rsa-sha2-512", "SHA256", RSA_PKCS1_PADDING, false, true },
	{ "rsa-sha2-256", "SHA512", RSA_PKCS1_PADDING, false, true },
	{ "rsa-sha2-256", "SHA256", RSA_PKCS1_PSS_PADDING, false, true },
	{ "rsa-sha2-512", "SHA512", RSA_PKCS1_PSS_PADDING, false, true },
	{ "ssh-rsa", "SHA1", RSA_PKCS1_PADDING, false, false },
	{ "rsa-sha2-384", "SHA384", RSA_PKCS1_PADDING, false, false },
};

/* The text of a signature by these bytes under that name. */
static void
put_rsa_text(const struct ssh_key *key, const char *name, struct bytes raw,
             struct buf *text)
{
	AUTO(buf_release) struct buf field = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);

	ssh_put_string(&field, bytes_of_str(name));
	ssh_put_string(&field, raw);
	buf_append_str(&blob, "SSHSIG");
	buf_u32(&blob, 1);
	ssh_put_string(&blob, bytes_of(key->blob, key->blob_len));
	ssh_put_string(&blob, ssh_kit_namespace());
	ssh_put_string(&blob, bytes_of(NULL, 0));
	ssh_put_string(&blob, bytes_of_str("sha512"));
	ssh_put_string(&blob, buf_bytes(&field));
	ssh_kit_armour(buf_bytes(&blob), 70, text);
}

static struct ssh_key
rsa_key_of(EVP_PKEY *pkey)
{
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(pkey, &der);
	struct ssh_key key;

	CU_ASSERT_FATAL(len > 0);
	CU_ASSERT_EQUAL_FATAL(ssh_key_of_spki(bytes_of(der, (size_t)len), &key),
	                      OK);
	OPENSSL_free(der);
	return key;
}

static void
test_rsa(void)
{
	AUTO(EVP_PKEY_free) EVP_PKEY *pkey = EVP_RSA_gen(2048);
	struct ssh_key key = rsa_key_of(pkey);

	for (size_t i = 0; i < ARRAY_LEN(rsa_rows); i++) {
		const struct rsa_row *row = &rsa_rows[i];
		AUTO(buf_release) struct buf raw = buf_of(SSH_KIT_MAX);
		AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
		AUTO(buf_release) struct buf shorter = buf_of(SSH_KIT_MAX);

		rsa_sign(pkey, row->digest, row->padding, &raw);
		put_rsa_text(&key, row->name, buf_bytes(&raw), &text);
		CU_ASSERT_EQUAL(verify(&key, buf_bytes(&text)),
		                row->verifies  ? OK
		                : row->is_form ? E_DENIED
		                               : E_MALFORMED);
		put_rsa_text(&key, row->name, bytes_of(raw.data, raw.len - 1),
		             &shorter);
		CU_ASSERT_EQUAL(verify(&key, buf_bytes(&shorter)), E_MALFORMED);
	}
}

static void
test_rsa_put(void)
{
	AUTO(EVP_PKEY_free) EVP_PKEY *pkey = EVP_RSA_gen(2048);
	AUTO(buf_release) struct buf raw = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);
	struct ssh_key key = rsa_key_of(pkey);

	rsa_sign(pkey, "SHA512", RSA_PKCS1_PADDING, &raw);
	CU_ASSERT_EQUAL(
	        ssh_sig_put(&key, ssh_kit_namespace(), buf_bytes(&raw), &text),
	        OK);
	CU_ASSERT_EQUAL(verify(&key, buf_bytes(&text)), OK);
}

/* PKCS #1 v1.5 is RSA's alone, however good another key's signature is. */
static void
test_pkcs1_key(void)
{
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ES256, "made");
	AUTO(buf_release) struct buf raw = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf der = buf_of(SSH_KIT_MAX);

	soft_key_sign(soft, message, &raw);
	CU_ASSERT_EQUAL(ecdsa_to_der(buf_bytes(&raw), &der), OK);
	CU_ASSERT_EQUAL(
	        signature_verify(soft_key_spki(soft), message, buf_bytes(&der)),
	        OK);
	CU_ASSERT_EQUAL(signature_verify_pkcs1(soft_key_spki(soft),
	                                       SIGNATURE_SHA256, message,
	                                       buf_bytes(&der)),
	                E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "what we make verifies", test_put },
	{ "raw bytes that do not fit the key", test_put_refused },
	{ "a number that is 0", test_put_zero },
	{ "FIDO: touch, PIN and application", test_fido },
	{ "FIDO: one byte changed, or cut off", test_fido_bytes },
	{ "FIDO: not without the authenticator", test_fido_plain },
	{ "RSA by two algorithms", test_rsa },
	{ "RSA by a device's bytes", test_rsa_put },
	{ "PKCS #1 is RSA's", test_pkcs1_key },
	{ NULL, NULL },
};
HARNESS_MAIN("ssh_made", tests)
