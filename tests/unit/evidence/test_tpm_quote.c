/*
 * test_tpm_quote.c - appraises quotes: each check and its reason.
 * tests/mutations names the test that fails if a check is removed.
 */
#include "evidence/tpm/attest.h"
#include "evidence/tpm/verify.h"
#include "evidence/tpm/ak.h"
#include "tests/unit/evidence/test_tpm_judge.h"

/* --- good ----------------------------------------------------------------- */

static void
check_good(struct soft_tpm *tpm)
{
	struct soft_quote q = good_quote();
	AUTO(buf_release) struct buf b = kit_public(tpm);
	AUTO(buf_release) struct buf why = buf_of(256);
	struct ak_identity id;
	struct appraisal a;

	CU_ASSERT_EQUAL(judge_quote(tpm, &q, NULL, &a), 0);
	CU_ASSERT_EQUAL(ak_identify(buf_bytes(&b), &why, &id), OK);
	CU_ASSERT(a.identified);
	CU_ASSERT(memcmp(a.identity, id.identity, HASH_SIZE) == 0);
	CU_ASSERT_EQUAL(a.vector[VECTOR_INSTANCE_IDENTITY], 2);
	CU_ASSERT_EQUAL(a.vector[VECTOR_HARDWARE], 2);
	CU_ASSERT_EQUAL(a.vector[VECTOR_EXECUTABLES], 0);
}

static void
test_good(void)
{
	AUTO(soft_tpm_free) struct soft_tpm *ecc = kit_tpm(SOFT_ECC);
	AUTO(soft_tpm_free) struct soft_tpm *rsa = kit_tpm(SOFT_RSA);

	check_good(ecc);
	check_good(rsa);
	rsa->scheme = rsa->sig_scheme = SOFT_RSAPSS;
	check_good(rsa);
	ecc->hash = SOFT_SHA384;
	struct soft_quote q = good_quote();
	struct appraisal a;
	/* The soft TPM's PCR digest stays SHA-256: not SHA-384's size. */
	CU_ASSERT_EQUAL(judge_quote(ecc, &q, NULL, &a),
	                BIT(EVIDENCE_MALFORMED));
}

/* --- structure ------------------------------------------------------------ */

static void
test_magic(void)
{
	struct soft_quote q = good_quote();

	q.magic = 0xff544346;
	CU_ASSERT_EQUAL(judge_changed(&q), BIT(EVIDENCE_MALFORMED));
}

static void
test_type(void)
{
	struct soft_quote q = good_quote();

	q.type = TPM_ATTEST_TIME;
	CU_ASSERT_EQUAL(judge_changed(&q), BIT(EVIDENCE_MALFORMED));
	q.type = TPM_ATTEST_CERTIFY;
	CU_ASSERT_EQUAL(judge_changed(&q), BIT(EVIDENCE_MALFORMED));
}

static void
test_trailing(void)
{
	struct soft_quote q = good_quote();

	q.trailer = bytes_of("", 1);
	CU_ASSERT_EQUAL(judge_changed(&q), BIT(EVIDENCE_MALFORMED));
}

static void
test_digest_size(void)
{
	static const uint8_t digest[33];

	for (size_t n = 1; n <= 33; n++) {
		struct soft_quote q = good_quote();

		q.digest = bytes_of(digest, n);
		CU_ASSERT_EQUAL(judge_changed(&q),
		                n == 32 ? BIT(PCR_MISMATCH)
		                        : BIT(EVIDENCE_MALFORMED));
	}
}

/* --- nonce ---------------------------------------------------------------- */

static void
test_nonce(void)
{
	uint8_t longer[HASH_SIZE + 1];
	const struct bytes wrong[] = {
		bytes_of(NULL, 0),
		bytes_of(kit_nonce, HASH_SIZE - 1),
		bytes_of(kit_nonce + 1, HASH_SIZE - 1),
		bytes_of(longer, sizeof(longer)),
		bytes_of(longer + 1, HASH_SIZE),
	};

	memcpy(longer, kit_nonce, HASH_SIZE);
	longer[HASH_SIZE] = 0;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct soft_quote q = soft_quote_of(wrong[i]);

		CU_ASSERT_EQUAL(judge_changed(&q), BIT(NONCE_MISMATCH));
	}
}

/* --- the key -------------------------------------------------------------- */

static void
test_key_attributes(void)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(SOFT_ECC);
	static const uint32_t wrong[] = {
		SOFT_AK_ATTRIBUTES & ~0x00010000u,
		SOFT_AK_ATTRIBUTES & ~0x00040000u,
		SOFT_AK_ATTRIBUTES & ~0x00000002u,
		SOFT_AK_ATTRIBUTES & ~0x00000010u,
		SOFT_AK_ATTRIBUTES & ~0x00000020u,
		SOFT_AK_ATTRIBUTES | 0x00020000u,
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct soft_quote q = good_quote();
		struct appraisal a;

		tpm->attributes = wrong[i];
		CU_ASSERT_EQUAL(judge_quote(tpm, &q, NULL, &a),
		                BIT(KEY_ORIGIN));
		CU_ASSERT_FALSE(a.identified);
		CU_ASSERT_EQUAL(a.vector[VECTOR_HARDWARE], 97);
	}
}

/* --- parts changed by hand ------------------------------------------------ */

static void
flip_all(struct parts *p, struct buf *part)
{
	for (size_t bit = 0; bit < part->len * 8; bit++) {
		part->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CU_ASSERT_NOT_EQUAL(judge_parts(p, ""), 0);
		part->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CU_ASSERT_EQUAL(judge_parts(p, ""), 0);
}

/* Of the public area, bits that change nothing for the signature change the
 * name, and so the enrolled identity: refused or another device. */
static void
flip_public(struct parts *p)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	struct ak_identity own, id;

	CU_ASSERT_EQUAL(ak_identify(buf_bytes(&p->public), &why, &own), OK);
	for (size_t bit = 0; bit < p->public.len * 8; bit++) {
		p->public.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (judge_parts(p, "") == 0) {
			CU_ASSERT_EQUAL(
			        ak_identify(buf_bytes(&p->public), &why, &id),
			        OK);
			CU_ASSERT(memcmp(id.identity, own.identity,
			                 HASH_SIZE) != 0);
		}
		p->public.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void
test_every_bit(void)
{
	AUTO(parts_release) struct parts ecc = parts_of(SOFT_ECC);
	AUTO(parts_release) struct parts rsa = parts_of(SOFT_RSA);

	flip_all(&ecc, &ecc.quote);
	flip_all(&ecc, &ecc.signature);
	flip_public(&ecc);
	flip_all(&rsa, &rsa.quote);
	flip_all(&rsa, &rsa.signature);
	flip_public(&rsa);
}

/* Numbers of an ECDSA signature that no signature has. */
static void
test_ecdsa_numbers(void)
{
	for (unsigned which = 0; which < 2; which++) {
		AUTO(parts_release) struct parts p = parts_of(SOFT_ECC);
		uint8_t *number = p.signature.data + 6 + 34 * which;

		memset(number, 0, 32);
		CU_ASSERT_EQUAL(judge_parts(&p, ""), BIT(EVIDENCE_SIGNATURE));
		memset(number, 0xff, 32);
		CU_ASSERT_EQUAL(judge_parts(&p, ""), BIT(EVIDENCE_SIGNATURE));
	}
}

/* A leading zero makes another spelling of the same signature. */
static void
test_ecdsa_padding(void)
{
	AUTO(parts_release) struct parts p = parts_of(SOFT_ECC);
	AUTO(buf_release) struct buf longer = buf_of(4096);

	buf_append(&longer, bytes_of(p.signature.data, 4));
	buf_u16(&longer, 33);
	buf_u8(&longer, 0);
	buf_append(&longer,
	           bytes_of(p.signature.data + 6, p.signature.len - 6));
	buf_reset(&p.signature);
	buf_append(&p.signature, buf_bytes(&longer));
	CU_ASSERT_EQUAL(judge_parts(&p, ""), BIT(EVIDENCE_SIGNATURE));
}

static void
test_signature_trailing(void)
{
	AUTO(parts_release) struct parts p = parts_of(SOFT_ECC);

	buf_u8(&p.signature, 0);
	CU_ASSERT_EQUAL(judge_parts(&p, ""), BIT(EVIDENCE_MALFORMED));
}

static void
test_exponent_one(void)
{
	AUTO(parts_release) struct parts p = parts_of(SOFT_RSA);

	kit_set(&p.public, PUB_EXPONENT, 1, 4);
	CU_ASSERT_EQUAL(judge_parts(&p, ""), BIT(KEY_ORIGIN));
}

static void
test_off_curve(void)
{
	AUTO(parts_release) struct parts p = parts_of(SOFT_ECC);

	p.public.data[PUB_Y + 31] ^= 1;
	CU_ASSERT_EQUAL(judge_parts(&p, ""), BIT(KEY_ORIGIN));
}

/* Signed with one padding, said to be the other. */
static void
test_wrong_padding(void)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(SOFT_RSA);
	struct soft_quote q = good_quote();
	struct appraisal a;

	tpm->scheme = SOFT_RSAPSS;
	tpm->sig_scheme = SOFT_RSASSA;
	CU_ASSERT_EQUAL(judge_quote(tpm, &q, NULL, &a),
	                BIT(EVIDENCE_SIGNATURE));
	CU_ASSERT_EQUAL(a.vector[VECTOR_INSTANCE_IDENTITY], 99);
	CU_ASSERT_FALSE(a.identified);
}

/* A good signature in a scheme that the key's area does not have. */
static void
test_scheme_of_key(void)
{
	AUTO(parts_release) struct parts p = parts_of(SOFT_RSA);

	kit_set(&p.public, PUB_SCHEME, TPM_ALG_RSAPSS, 2);
	CU_ASSERT_EQUAL(judge_parts(&p, ""), BIT(EVIDENCE_SIGNATURE));
	kit_set(&p.public, PUB_SCHEME, TPM_ALG_RSASSA, 2);
	kit_set(&p.public, PUB_HASH, TPM_ALG_SHA384, 2);
	CU_ASSERT_EQUAL(judge_parts(&p, ""), BIT(EVIDENCE_SIGNATURE));
}

static void
test_unsupported(void)
{
	static const struct {
		uint16_t scheme, hash;
	} rows[] = {
		{ TPM_ALG_ECDAA, TPM_ALG_SHA256 },
		{ TPM_ALG_SM2, TPM_ALG_SM3_256 },
		{ TPM_ALG_ECSCHNORR, TPM_ALG_SHA256 },
		{ TPM_ALG_ECDSA, TPM_ALG_SHA3_256 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(parts_release) struct parts p = parts_of(SOFT_ECC);

		kit_set(&p.signature, 0, rows[i].scheme, 2);
		kit_set(&p.signature, 2, rows[i].hash, 2);
		CU_ASSERT_EQUAL(judge_parts(&p, ""), BIT(EVIDENCE_UNSUPPORTED));
	}
}

/* A key of another type than the signature's scheme. */
static void
test_other_key(void)
{
	AUTO(parts_release) struct parts p = parts_of(SOFT_ECC);
	AUTO(parts_release) struct parts other = parts_of(SOFT_ECC);
	AUTO(parts_release) struct parts rsa = parts_of(SOFT_RSA);

	buf_reset(&p.public);
	buf_append(&p.public, buf_bytes(&other.public));
	CU_ASSERT_EQUAL(judge_parts(&p, ""), BIT(EVIDENCE_SIGNATURE));
	buf_reset(&p.public);
	buf_append(&p.public, buf_bytes(&rsa.public));
	CU_ASSERT_EQUAL(judge_parts(&p, ""), BIT(EVIDENCE_SIGNATURE));
}

/* ECDSA's DER handed over as if it were an RSA signature. */
static void
test_scheme_of_type(void)
{
	AUTO(parts_release) struct parts p = parts_of(SOFT_ECC);
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(tpm_key_free) struct tpm_key *key = NULL;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	struct tpm_public public;
	uint8_t der[128];
	size_t len = sizeof(der);

	CU_ASSERT_EQUAL(tpm2b_public_parse(buf_bytes(&p.public), &why, &public),
	                OK);
	CU_ASSERT_EQUAL_FATAL(tpm_key_of_public(&public, &key), OK);
	CU_ASSERT(
	        EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, p.tpm->key) ==
	                1 &&
	        EVP_DigestSign(md, der, &len, p.quote.data, p.quote.len) == 1);
	EVP_MD_CTX_free(md);
	const struct tpm_signature s = { .scheme = TPM_ALG_RSASSA,
		                         .hash = TPM_ALG_SHA256,
		                         .rsa = bytes_of(der, len) };
	CU_ASSERT_FALSE(tpm_key_verify(key, &s, buf_bytes(&p.quote)));
}

static const struct harness_test tests[] = {
	{ "good quotes: ECDSA, RSASSA, RSAPSS", test_good },
	{ "magic is not TPM_GENERATED", test_magic },
	{ "not a quote", test_type },
	{ "trailing bytes in the quote", test_trailing },
	{ "a PCR digest of another size", test_digest_size },
	{ "nonce empty, prefix, suffix, longer, shifted", test_nonce },
	{ "key not restricted, signing, fixed, made inside",
	  test_key_attributes },
	{ "every bit of quote, signature and key counts", test_every_bit },
	{ "ECDSA: r or s zero or too large", test_ecdsa_numbers },
	{ "ECDSA: a padded number", test_ecdsa_padding },
	{ "trailing bytes in the signature", test_signature_trailing },
	{ "RSA: exponent one", test_exponent_one },
	{ "ECC: point off the curve", test_off_curve },
	{ "RSA: wrong padding", test_wrong_padding },
	{ "a scheme or hash that is not the key's", test_scheme_of_key },
	{ "schemes and hashes without support", test_unsupported },
	{ "a scheme that the key's type has not", test_scheme_of_type },
	{ "a signature by another key", test_other_key },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_quote", tests)
