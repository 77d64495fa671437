/*
 * test_officer_sign.c - an officer's key in a token signs a message: by each kind
 * of key, also one that wants its PIN each time.  A kind of device that cannot do
 * this says so.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/secret.h"
#include "hsm/admin/sign.h"
#include "hsm/pkcs11/find.h"
#include "tests/common/base/foreign_leaks.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"

FOREIGN_LEAKS

static const char message[] = "the bytes that an officer signs";
static char why[512];

static err_t
sign_as(const struct softtoken *t, const char *uri, struct hsm_signed *ret)
{
	AUTO(buf_release) struct buf text = buf_of(sizeof(why) - 1);
	const struct hsm_key_name name = { t->module, uri };
	err_t err = hsm_token_sign(&name, t->pin, bytes_of_str(message), &text,
	                           ret);

	snprintf(why, sizeof(why), "%s", buf_str(&text));
	return err;
}

/* r || s as the DER that libcrypto verifies. */
static int
der_of_raw(const struct hsm_signed *s, unsigned char **ret_der)
{
	int half = (int)s->len / 2;
	ECDSA_SIG *sig = ECDSA_SIG_new();

	ECDSA_SIG_set0(sig, BN_bin2bn(s->bytes, half, NULL),
	               BN_bin2bn(s->bytes + half, half, NULL));
	int len = i2d_ECDSA_SIG(sig, ret_der);
	ECDSA_SIG_free(sig);
	return len;
}

static bool
verifies(const struct hsm_signed *s, struct bytes spki, const EVP_MD *md)
{
	const unsigned char *at = spki.data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	const unsigned char *sig = s->bytes;
	size_t len = s->len;

	if (key && EVP_PKEY_is_a(key, "EC")) {
		len = (size_t)der_of_raw(s, &der);
		sig = der;
	}
	bool good =
	        key && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
	        EVP_DigestVerify(ctx, sig, len, (const unsigned char *)message,
	                         strlen(message)) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return good;
}

static void
test_each_kind(void)
{
	const struct {
		enum alg alg;
		const EVP_MD *md;
	} rows[] = {
		{ ALG_ES256, EVP_sha256() },
		{ ALG_ES384, EVP_sha384() },
		{ ALG_ED25519, NULL },
		{ ALG_RS256, EVP_sha512() },
	};
	RIG(t);
	AUTO(buf_release) struct buf text = buf_of(512);
	const struct hsm_token_name name = { t.module, SOFTTOKEN_LABEL, "",
		                             NULL };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const uint8_t id = (uint8_t)(0x20 + i);
		const struct hsm_keygen wanted = { .alg = rows[i].alg,
			                           .label = alg_jose_name(
			                                   rows[i].alg),
			                           .id = bytes_of(&id, 1),
			                           .handle_label = "" };
		struct hsm_keygen_result made;
		struct hsm_signed out = { .len = 0 };

		CU_ASSERT_EQUAL_FATAL(
		        hsm_token_keygen(&name, t.pin, &wanted, &text, &made),
		        OK);
		CU_ASSERT_EQUAL(sign_as(&t, made.uri, &out), OK);
		CU_ASSERT_TRUE(verifies(
		        &out, bytes_of(made.spki, made.spki_len), rows[i].md));
	}
}

static void
test_pin_each_time(void)
{
	RIG(t);
	AUTO(buf_release) struct buf text = buf_of(512);
	const struct hsm_key_name name = { t.module, t.uri };
	struct hsm_public key = { .spki_len = 0 };
	struct hsm_signed out = { .len = 0 };

	liar_drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	liar_drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	liar_add_pair_with(&t, "anchord-sign", bytes_of(liar_id_1, 1),
	                   p11_in(CKA_ALWAYS_AUTHENTICATE, &liar_yes, 1));
	CU_ASSERT_EQUAL(sign_as(&t, t.uri, &out), OK);
	CU_ASSERT_EQUAL(hsm_token_public(&name, NULL, &text, &key), OK);
	CU_ASSERT_TRUE(
	        verifies(&out, bytes_of(key.spki, key.spki_len), EVP_sha256()));
}

static void
rename_public(const struct softtoken *t, const char *label)
{
	AUTO(buf_release) struct buf text = buf_of(256);
	CK_ATTRIBUTE changed = p11_in(CKA_LABEL, label, strlen(label));
	struct p11 *p11 = liar_meddle(t);
	struct p11_uri uri;
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n = ARRAY_LEN(found);

	CU_ASSERT_EQUAL_FATAL(p11_uri_parse(t->uri, &text, &uri), OK);
	CU_ASSERT_EQUAL_FATAL(p11_find_publics(p11, &uri, found, &n), OK);
	CU_ASSERT_EQUAL_FATAL(n, 1);
	CU_ASSERT_EQUAL(liar_honest.C_SetAttributeValue(p11->session, found[0],
	                                                &changed, 1),
	                CKR_OK);
	p11_unload(p11);
}

/* As OpenSC shows a PIV card: "SIGN key", "SIGN pubkey". */
static void
test_other_label(void)
{
	RIG(t);
	AUTO(buf_release) struct buf text = buf_of(512);
	const struct hsm_key_name name = { t.module, t.uri };
	struct hsm_public key = { .spki_len = 0 };
	struct hsm_signed out = { .len = 0 };

	rename_public(&t, "another label");
	CU_ASSERT_EQUAL_FATAL(hsm_token_public(&name, t.pin, &text, &key), OK);
	CU_ASSERT_EQUAL(key.private_half, HSM_HALF_SIGNS);
	CU_ASSERT_EQUAL(sign_as(&t, t.uri, &out), OK);
	CU_ASSERT_TRUE(
	        verifies(&out, bytes_of(key.spki, key.spki_len), EVP_sha256()));
	/* Two with the id: nobody knows which one belongs to the key. */
	liar_add_pair_with(&t, "a third label", bytes_of(liar_id_1, 1),
	                   p11_in(CKA_EXTRACTABLE, &liar_no, 1));
	CU_ASSERT_EQUAL(hsm_token_public(&name, t.pin, &text, &key),
	                E_CONFLICT);
	CU_ASSERT_EQUAL(sign_as(&t, t.uri, &out), E_CONFLICT);
}

static void
test_wrong_pin(void)
{
	RIG(t);
	AUTO(secret_free) struct secret *wrong = NULL;
	struct softtoken with_wrong = t;
	struct hsm_signed out = { .len = 0 };

	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str("not the PIN"), &wrong),
	                      OK);
	with_wrong.pin = wrong;
	lie.logins = 0;
	CU_ASSERT_EQUAL(sign_as(&with_wrong, t.uri, &out), E_LATCHED);
	CU_ASSERT_EQUAL(lie.logins, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(
	        why, "the PIN is wrong (C_Login: CKR_PIN_INCORRECT); the token "
	             "has counted it"));
	CU_ASSERT_EQUAL(out.len, 0);
}

static void
test_refusals(void)
{
	static const char object[] = "object=anchord-sign";
	char uri[sizeof(((struct softtoken *)NULL)->uri)];
	RIG(t);
	struct hsm_signed out = { .len = 0 };

	snprintf(uri, sizeof(uri), "%s", t.uri);
	char *at = strstr(uri, object);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[strlen("object=")] = 'x';
	CU_ASSERT_EQUAL(sign_as(&t, uri, &out), E_NOT_FOUND);
	lie.token_flags = CKF_USER_PIN_FINAL_TRY;
	lie.logins = 0;
	CU_ASSERT_EQUAL(sign_as(&t, t.uri, &out), E_LATCHED);
	CU_ASSERT_EQUAL(lie.logins, 0);
	lie.token_flags = 0;
	lie.sign = CKR_DEVICE_REMOVED;
	CU_ASSERT_EQUAL(sign_as(&t, t.uri, &out), E_DEVICE);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(why, "nothing was signed: the token failed or was "
	                    "removed (C_Sign: CKR_DEVICE_REMOVED"));
	CU_ASSERT_EQUAL(out.len, 0);
}

static CK_RV
boast(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG n, CK_BYTE *out,
      CK_ULONG *len)
{
	CK_RV rv = liar_honest.C_Sign(session, data, n, out, len);

	*len = 100000;
	return rv;
}

/* More bytes than there was room for would be read behind its end. */
static void
test_boast(void)
{
	RIG(t);
	struct hsm_signed out = { .len = 0 };
	struct p11 *p11 = liar_meddle(&t);
	CK_FUNCTION_LIST *fn = p11->fn;

	p11_unload(p11);
	CK_C_Sign honest = fn->C_Sign;
	fn->C_Sign = boast;
	CU_ASSERT_EQUAL(sign_as(&t, t.uri, &out), E_DEVICE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "100000 bytes"));
	fn->C_Sign = honest;
}

static void
test_no_such_verb(void)
{
	AUTO(buf_release) struct buf text = buf_of(512);
	const struct hsm_key_name tpm = { NULL, "tpm2:device:/dev/none" };
	struct hsm_signed out;

	CU_ASSERT_EQUAL(
	        hsm_token_sign(&tpm, NULL, bytes_of_str(message), &text, &out),
	        E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text), "do not support 'sign'"));
}

static const struct harness_test tests[] = {
	{ "each kind of key signs the message", test_each_kind },
	{ "a key that wants its PIN each time gets it", test_pin_each_time },
	{ "a public half with another label is found by its id",
	  test_other_label },
	{ "a wrong PIN is said, and what the token says of it",
	  test_wrong_pin },
	{ "no key, no try left, no device: nothing is signed", test_refusals },
	{ "a signature longer than its room is none", test_boast },
	{ "a TPM has no such verb and says so", test_no_such_verb },
	{ NULL, NULL },
};

HARNESS_MAIN("officer_sign", tests)
