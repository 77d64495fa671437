/*
 * test_algs.c - every algorithm on every device that has it: what the device
 * signs is a challenge and a result that our own verifier believes; and what a
 * device has not is refused in so many words.
 *
 * With ANCHORD_SAMPLES=<directory> the same is written there for strangers'
 * libraries: tests/interop/run.sh.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/base/foreign_leaks.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"
#include "tests/common/base/samples.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/fakes/soft_result.h"
#include "tests/common/devices/swtpm_kit.h"
#include "tests/common/devices/tpm2_pkcs11_kit.h"
#include "crypto/digest.h"

FOREIGN_LEAKS_QUICK

#define BATCH 3
#define SIGNATURES 5

/* Signs in the device, and ends the test when it does not. */
static void
sign(void *arg, struct bytes msg, struct buf *out)
{
	struct hsm_signature s;

	CU_ASSERT_EQUAL_FATAL(hsm_sign(arg, msg, &s), OK);
	buf_append(out, bytes_of(s.bytes, s.len));
}

static void
believes_challenges(const struct soft_key *key, const struct keyring *ring)
{
	struct challenge_claims claims[BATCH];

	for (size_t i = 0; i < BATCH; i++)
		claims[i] = soft_batch_claims(i);
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of(key, claims, BATCH);
	for (size_t i = 0; i < BATCH; i++) {
		AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
		struct challenge c;

		soft_batch_token(&b, i, &token);
		CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&token), &c),
		                      OK);
		CU_ASSERT_EQUAL(challenge_verify(&c, ring), OK);
	}
}

static void
believes_results(const struct soft_key *key, const struct keyring *ring)
{
	const struct ear_fields fields = soft_result_fields();
	AUTO(buf_release) struct buf jwt = buf_of(EAR_RESULT_MAX);
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);

	CU_ASSERT_EQUAL_FATAL(soft_result(key, &fields, &jwt), OK);
	CU_ASSERT_EQUAL(
	        ear_verify(buf_bytes(&jwt), ring, SOFT_BATCH_IAT, &payload),
	        OK);
}

/* The key as /v1/keys publishes it is enough to believe with. */
static struct keyring *
published(const struct soft_key *key)
{
	AUTO(keyring_free) struct keyring *own = soft_key_ring(key);
	AUTO(buf_release) struct buf text = buf_of(KEYRING_JSON_MAX);
	struct keyring *ring = NULL;

	CU_ASSERT_EQUAL_FATAL(keyring_to_jwks(own, &text), OK);
	CU_ASSERT_EQUAL_FATAL(keyring_of_jwks(buf_bytes(&text), &ring), OK);
	return ring;
}

/* Opens the device and lets it sign all that the service signs. */
static void
proves(const struct hsm_options *options, const struct secret *pin,
       enum alg alg, const char *device)
{
	const char *directory = getenv("ANCHORD_SAMPLES");
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	char name[64];

	err_t err = hsm_open(options, pin, &why, &hsm);
	if (err != OK)
		printf("  %s on %s: %s: %s\n", alg_jose_name(alg), device,
		       err_name(err), buf_str(&why));
	CU_ASSERT_EQUAL_FATAL(err, OK);
	CU_ASSERT_EQUAL(hsm_alg(hsm), alg);
	const struct soft_lender lender = { alg, hsm_public(hsm), sign, hsm };
	AUTO(soft_key_free) struct soft_key *key = soft_key_lent(&lender);
	AUTO(keyring_free) struct keyring *ring = published(key);
	for (uint32_t i = 0; i < SIGNATURES; i++) {
		struct hsm_signature s;

		CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of(&i, sizeof(i)), &s), OK);
		if (alg_signature_size(alg))
			CU_ASSERT_EQUAL(s.len, alg_signature_size(alg));
	}
	believes_challenges(key, ring);
	believes_results(key, ring);
	snprintf(name, sizeof(name), "%s-%s", alg_jose_name(alg), device);
	if (directory)
		samples_write(key, directory, name);
}

/* --- SoftHSM -------------------------------------------------------------- */

static err_t
softhsm_key(struct softtoken *t, enum alg alg)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	const struct hsm_token_name name = { t->module, SOFTTOKEN_LABEL, "",
		                             NULL };
	const struct hsm_keygen wanted = { .alg = alg,
		                           .label = "another",
		                           .id = bytes_of(liar_id_2, 1),
		                           .handle_label = "anchord-handle" };
	struct hsm_keygen_result r;

	err_t err = hsm_token_keygen(&name, t->pin, &wanted, &why, &r);
	snprintf(liar_why, sizeof(liar_why), "%s", buf_str(&why));
	TRY(err);
	CU_ASSERT_EQUAL(r.alg, alg);
	snprintf(t->uri, sizeof(t->uri), "%s", r.uri);
	digest_sha256(bytes_of(r.spki, r.spki_len), t->public_sha256);
	return OK;
}

static void
test_softhsm(void)
{
	for (enum alg alg = 0; alg < ALG_COUNT; alg++) {
		RIG(t);
		const struct hsm_options options = liar_options(&t);

		err_t err = softhsm_key(&t, alg);
		if (err != OK)
			printf("  %s: %s\n", alg_jose_name(alg), liar_why);
		CU_ASSERT_EQUAL_FATAL(err, OK);
		proves(&options, t.pin, alg, "softhsm");
	}
}

static const CK_MECHANISM_TYPE needed[ALG_COUNT] = {
	[ALG_ES256] = CKM_ECDSA,    [ALG_ES384] = CKM_ECDSA,
	[ALG_ED25519] = CKM_EDDSA,  [ALG_PS256] = CKM_RSA_PKCS_PSS,
	[ALG_RS256] = CKM_RSA_PKCS,
};

/* A token without the mechanism: keygen and the key holder both say which
 * algorithm it is that the token lacks. */
static void
test_lacking(void)
{
	for (enum alg alg = 0; alg < ALG_COUNT; alg++) {
		RIG(t);
		char says[48];

		snprintf(says, sizeof(says), "cannot sign by %s",
		         alg_jose_name(alg));
		lie.no_mechanism = needed[alg];
		CU_ASSERT_EQUAL(softhsm_key(&t, alg), E_LATCHED);
		CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, says));
		lie.no_mechanism = 0;
		CU_ASSERT_EQUAL_FATAL(softhsm_key(&t, alg), OK);
		if (alg == ALG_PS256)
			continue; /* RS256 is left: the next test */
		lie.no_mechanism = needed[alg];
		lie.signs = 0; /* what keygen proved */
		liar_refused(&t, E_LATCHED, says);
		CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, says));
		CU_ASSERT_EQUAL(lie.signs, 0);
	}
}

/* A token without PSS signs with an RSA key as it can. */
static void
test_no_pss(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;

	CU_ASSERT_EQUAL_FATAL(softhsm_key(&t, ALG_PS256), OK);
	lie.no_mechanism = CKM_RSA_PKCS_PSS;
	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_alg(hsm), ALG_RS256);
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
}

/* A key's own list is its word: one of encryption alone signs nothing. */
static void
test_list_without(void)
{
	static const CK_MECHANISM_TYPE oaep[] = { CKM_RSA_PKCS_OAEP };
	const CK_ATTRIBUTE list =
	        p11_in(CKA_ALLOWED_MECHANISMS, oaep, sizeof(oaep));
	RIG(t);

	CU_ASSERT_EQUAL_FATAL(softhsm_key(&t, ALG_PS256), OK);
	lie.instead = list;
	liar_refused(&t, E_LATCHED, "a list without signatures");
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "allowed mechanisms lack"));
}

/* CKA_EC_PARAMS that are empty name no curve, and neither do those of one that is
 * none of ours (secp256k1), whatever the point looks like. */
static void
test_no_curve(void)
{
	static const uint8_t koblitz[] = { 0x06, 0x05, 0x2b, 0x81,
		                           0x04, 0x00, 0x0a };
	const CK_ATTRIBUTE lies[] = {
		p11_in(CKA_EC_PARAMS, koblitz, 0),
		p11_in(CKA_EC_PARAMS, koblitz, sizeof(koblitz)),
	};

	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		RIG(t);

		CU_ASSERT_EQUAL_FATAL(softhsm_key(&t, ALG_ES256), OK);
		lie.instead = lies[i];
		liar_refused(&t, E_LATCHED, "a curve without a name");
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(liar_why, "not one of P-256 P-384 Ed25519"));
	}
}

/* --- a TPM ---------------------------------------------------------------- */

static void
test_swtpm(void)
{
	static const enum alg algs[] = { ALG_ES256, ALG_ES384, ALG_PS256,
		                         ALG_RS256 };

	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		AUTO(swtpm_close) struct swtpm tpm;

		if (!swtpm_open(&tpm) || !swtpm_keys(&tpm, "", algs[i]))
			return;
		const struct hsm_options options = {
			.uri = tpm.uri, .spki_sha256 = tpm.public_sha256
		};
		proves(&options, tpm.pin, algs[i], "tpm");
	}
}

static void
test_swtpm_lacking(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(swtpm_close) struct swtpm tpm;
	struct hsm_keygen_result r;

	if (!swtpm_open(&tpm))
		return;
	const struct hsm_token_name wanted_in = { .uri = tpm.bare };
	const struct hsm_keygen wanted = { .alg = ALG_ED25519 };
	CU_ASSERT_EQUAL(
	        hsm_token_keygen(&wanted_in, tpm.pin, &wanted, &why, &r),
	        E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "EdDSA"));
}

/* --- PKCS#11 on a TPM ----------------------------------------------------- */

static void
test_tpm2_pkcs11(void)
{
	static const enum alg algs[] = { ALG_ES256, ALG_ES384 };

	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		AUTO(tpm2_pkcs11_close) struct tpm2_pkcs11 t;

		if (!tpm2_pkcs11_open(&t, algs[i]))
			return;
		const struct hsm_options options = tpm2_pkcs11_options(&t);
		proves(&options, t.tpm.pin, algs[i], "tpm2-pkcs11");
	}
}

/* The module offers PKCS#1 v1.5 over a digest for keys that decrypt, too, and
 * ours do not: keygen's signature shows it.  The module takes the key for one in
 * use then, and lets nobody destroy it in this life of its own. */
static void
test_tpm2_pkcs11_rsa(void)
{
	AUTO(tpm2_pkcs11_close) struct tpm2_pkcs11 t;
	AUTO(buf_release) struct buf why = buf_of(512);

	if (!tpm2_pkcs11_open_empty(&t))
		return;
	CU_ASSERT_EQUAL(tpm2_pkcs11_key(&t, ALG_RS256, &why), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&why), "C_SignInit: CKR_MECHANISM_INVALID"));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why),
	                              "it is still in the token: "
	                              "C_DestroyObject"));
}

static const struct harness_test tests[] = {
	{ "SoftHSM: all five", test_softhsm },
	{ "SoftHSM: says what it lacks", test_lacking },
	{ "SoftHSM: RS256 where there is no PSS", test_no_pss },
	{ "SoftHSM: keeps to a key's own list", test_list_without },
	{ "SoftHSM: a key's curve has one of our names", test_no_curve },
	{ "TPM: ES256, ES384, PS256, RS256", test_swtpm },
	{ "TPM: has no EdDSA", test_swtpm_lacking },
	{ "PKCS#11 on a TPM: ES256, ES384", test_tpm2_pkcs11 },
	{ "PKCS#11 on a TPM: refuses RSA", test_tpm2_pkcs11_rsa },
	{ NULL, NULL },
};

HARNESS_MAIN("algs", tests)
