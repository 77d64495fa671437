/*
 * test_tpm_public.c - public areas: their shape, their names, and what makes an
 * attestation key.
 */
#include "evidence/tpm/public.h"
#include "evidence/tpm/verify.h"
#include "tests/common/base/corpus.h"
#include "evidence/tpm/ak.h"
#include "base/encode.h"
#include "evidence/evidence.h"
#include "tests/unit/evidence/test_tpm_kit.h"

static err_t
identify(const struct buf *b, struct buf *why)
{
	struct ak_identity id;

	buf_reset(why);
	return ak_identify(buf_bytes(b), why, &id);
}

static void
test_good(void)
{
	static const enum soft_alg types[] = { SOFT_ECC, SOFT_RSA };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(types[i]);
		AUTO(buf_release) struct buf b = kit_public(tpm);
		AUTO(buf_release) struct buf why = buf_of(256);

		CU_ASSERT_EQUAL(identify(&b, &why), OK);
		for (size_t n = b.len; n > 0; n--) {
			b.len = n - 1;
			CU_ASSERT_EQUAL(identify(&b, &why), E_MALFORMED);
		}
	}
}

static void
test_name(void)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(SOFT_ECC);
	AUTO(buf_release) struct buf b = kit_public(tpm);
	AUTO(buf_release) struct buf why = buf_of(256);
	uint8_t digest[TPM_DIGEST_MAX];
	struct ak_identity id;

	CU_ASSERT_EQUAL(ak_identify(buf_bytes(&b), &why, &id), OK);
	CU_ASSERT_EQUAL(tpm_hash(TPM_ALG_SHA256,
	                         bytes_of(b.data + 2, b.len - 2), digest),
	                OK);
	CU_ASSERT_EQUAL(id.name_len, 34);
	CU_ASSERT_EQUAL(id.name[1], TPM_ALG_SHA256);
	CU_ASSERT(memcmp(id.name + 2, digest, 32) == 0);
	CU_ASSERT_EQUAL(tpm_hash(TPM_ALG_SHA256, bytes_of(id.name, 34), digest),
	                OK);
	CU_ASSERT(memcmp(id.identity, digest, 32) == 0);
}

struct refusal {
	struct kit_patch patch;
	err_t err;
};

static void
check_refusals(enum soft_alg type, const struct refusal *rows, size_t n)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(type);
	AUTO(buf_release) struct buf why = buf_of(256);

	for (size_t i = 0; i < n; i++) {
		AUTO(buf_release) struct buf b = kit_public(tpm);
		const struct kit_patch *p = &rows[i].patch;

		kit_set(&b, p->at, p->value, p->width);
		CU_ASSERT_EQUAL(identify(&b, &why), rows[i].err);
		CU_ASSERT(kit_says(&why, p->why));
		if (!kit_says(&why, p->why))
			printf("  row %zu says %s\n", i, buf_str(&why));
	}
}

#define AK SOFT_AK_ATTRIBUTES

static const struct refusal attributes[] = {
	{ { PUB_ATTRIBUTES, 4, AK & ~0x00010000u, "not restricted" },
	  E_DENIED },
	{ { PUB_ATTRIBUTES, 4, AK & ~0x00040000u, "not a signing key" },
	  E_DENIED },
	{ { PUB_ATTRIBUTES, 4, AK | 0x00020000u, "a decryption key" },
	  E_DENIED },
	{ { PUB_ATTRIBUTES, 4, AK & ~0x00000002u, "not fixedTPM" }, E_DENIED },
	{ { PUB_ATTRIBUTES, 4, AK & ~0x00000010u, "not fixedParent" },
	  E_DENIED },
	{ { PUB_ATTRIBUTES, 4, AK & ~0x00000020u, "not sensitiveDataOrigin" },
	  E_DENIED },
};

static void
test_attributes(void)
{
	check_refusals(SOFT_ECC, attributes, ARRAY_LEN(attributes));
	check_refusals(SOFT_RSA, attributes, ARRAY_LEN(attributes));
}

static const struct refusal ecc[] = {
	{ { PUB_SIZE, 2, 89, "size" }, E_MALFORMED },
	{ { PUB_SIZE, 2, 87, "size" }, E_MALFORMED },
	{ { PUB_TYPE, 2, TPM_ALG_KEYEDHASH, "neither" }, E_MALFORMED },
	{ { PUB_TYPE, 2, TPM_ALG_RSA, "RSA parameters" }, E_MALFORMED },
	{ { PUB_NAME_ALG, 2, 0x0099, "nameAlg" }, E_MALFORMED },
	{ { PUB_NAME_ALG, 2, TPM_ALG_SHA1, "nameAlg" }, E_DENIED },
	{ { PUB_NAME_ALG, 2, TPM_ALG_NULL, "nameAlg" }, E_DENIED },
	{ { PUB_ATTRIBUTES, 4, AK | 0x00000001u, "reserved" }, E_MALFORMED },
	{ { PUB_ATTRIBUTES, 4, AK | 0x00000008u, "reserved" }, E_MALFORMED },
	{ { PUB_ATTRIBUTES, 4, AK | 0x00001000u, "reserved" }, E_MALFORMED },
	{ { PUB_ATTRIBUTES, 4, AK | 0x80000000u, "reserved" }, E_MALFORMED },
	{ { PUB_POLICY_SIZE, 2, 1, "authPolicy" }, E_MALFORMED },
	{ { PUB_SYMMETRIC, 2, TPM_ALG_ECC, "parameters" }, E_MALFORMED },
	{ { PUB_SCHEME, 2, TPM_ALG_RSASSA, "parameters" }, E_MALFORMED },
	{ { PUB_HASH, 2, TPM_ALG_AES, "parameters" }, E_MALFORMED },
	{ { PUB_CURVE, 2, 0x0099, "parameters" }, E_MALFORMED },
	{ { PUB_CURVE, 2, 0x0020, "curve" }, E_DENIED },
	{ { PUB_CURVE, 2, 0x0001, "coordinate" }, E_MALFORMED },
	{ { PUB_X_SIZE, 2, 0, "" }, E_MALFORMED },
};

static void
test_ecc(void)
{
	check_refusals(SOFT_ECC, ecc, ARRAY_LEN(ecc));
}

static const struct refusal rsa[] = {
	{ { PUB_BITS, 2, 2047, "keyBits" }, E_MALFORMED },
	{ { PUB_BITS, 2, 4096, "keyBits" }, E_MALFORMED },
	{ { PUB_BITS, 2, 0, "keyBits" }, E_MALFORMED },
	{ { PUB_EXPONENT, 4, 1, "exponent" }, E_DENIED },
	{ { PUB_EXPONENT, 4, 2, "exponent" }, E_DENIED },
	{ { PUB_EXPONENT, 4, 65536, "exponent" }, E_DENIED },
	{ { PUB_MODULUS, 1, 0x7f, "keyBits" }, E_MALFORMED },
	{ { PUB_MODULUS + 255, 1, 2, "even" }, E_DENIED },
	{ { PUB_SCHEME, 2, TPM_ALG_ECDSA, "parameters" }, E_MALFORMED },
};

static void
test_rsa(void)
{
	check_refusals(SOFT_RSA, rsa, ARRAY_LEN(rsa));
}

/* A good RSA area, cut down to 1024 bits. */
static void
test_rsa_short(void)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(SOFT_RSA);
	AUTO(buf_release) struct buf b = kit_public(tpm);
	AUTO(buf_release) struct buf why = buf_of(256);

	b.len -= 128;
	kit_set(&b, PUB_SIZE, b.len - 2, 2);
	kit_set(&b, PUB_BITS, 1024, 2);
	kit_set(&b, PUB_MODULUS - 2, 128, 2);
	b.data[b.len - 1] |= 1;
	CU_ASSERT_EQUAL(identify(&b, &why), E_DENIED);
	CU_ASSERT(kit_says(&why, "2048"));
}

static void
test_point_off_curve(void)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(SOFT_ECC);
	AUTO(buf_release) struct buf why = buf_of(256);

	for (unsigned bit = 0; bit < 8; bit++) {
		AUTO(buf_release) struct buf b = kit_public(tpm);

		b.data[PUB_Y + 31] ^= (uint8_t)(1u << bit);
		CU_ASSERT_EQUAL(identify(&b, &why), E_DENIED);
		CU_ASSERT(kit_says(&why, "not a valid key"));
	}
}

/* One byte more than the field has, in x or in y. */
static void
test_long_coordinate(void)
{
	static const size_t sizes[] = { PUB_X_SIZE, PUB_Y - 2 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(SOFT_ECC);
		AUTO(buf_release) struct buf b = kit_public(tpm);
		AUTO(buf_release) struct buf longer = buf_of(4096);
		AUTO(buf_release) struct buf why = buf_of(256);

		buf_append(&longer, bytes_of(b.data, sizes[i]));
		buf_u16(&longer, 33);
		buf_u8(&longer, 0);
		buf_append(&longer, bytes_of(b.data + sizes[i] + 2,
		                             b.len - sizes[i] - 2));
		kit_set(&longer, PUB_SIZE, longer.len - 2, 2);
		CU_ASSERT_EQUAL(identify(&longer, &why), E_MALFORMED);
		CU_ASSERT(kit_says(&why, "coordinate"));
	}
}

static void
test_no_scheme(void)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(SOFT_ECC);
	AUTO(buf_release) struct buf b = kit_public(tpm);
	AUTO(buf_release) struct buf short_one = buf_of(4096);
	AUTO(buf_release) struct buf why = buf_of(256);

	kit_set(&b, PUB_SCHEME, TPM_ALG_NULL, 2);
	buf_append(&short_one, bytes_of(b.data, PUB_HASH));
	buf_append(&short_one, bytes_of(b.data + PUB_CURVE, b.len - PUB_CURVE));
	kit_set(&short_one, PUB_SIZE, short_one.len - 2, 2);
	CU_ASSERT_EQUAL(identify(&short_one, &why), E_DENIED);
	CU_ASSERT(kit_says(&why, "without a scheme"));
}

static void
test_trailing(void)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(SOFT_ECC);
	AUTO(buf_release) struct buf b = kit_public(tpm);
	AUTO(buf_release) struct buf why = buf_of(256);

	buf_u8(&b, 0);
	CU_ASSERT_EQUAL(identify(&b, &why), E_MALFORMED);
	kit_set(&b, PUB_SIZE, b.len - 2, 2);
	CU_ASSERT_EQUAL(identify(&b, &why), E_MALFORMED);
	CU_ASSERT(kit_says(&why, "trailing"));
}

/* --- real ones ------------------------------------------------------------ */

/* "000b..." of a public area, as hex. */
static void
name_of(const struct tpm_public *p, struct buf *hex)
{
	uint8_t name[2 + TPM_DIGEST_MAX] = { (uint8_t)(p->name_alg >> 8),
		                             (uint8_t)p->name_alg };

	CU_ASSERT_EQUAL(tpm_hash(p->name_alg, p->area, name + 2), OK);
	encode_hex(hex, bytes_of(name, 2 + tpm_hash_size(p->name_alg)));
}

static unsigned refused;

/* A public area of the corpus, and the expected.json beside it.  Two of the
 * public suites carry areas with bytes behind them: said so, and refused. */
static void
visit_public(const char *name)
{
	AUTO(buf_release) struct buf b = buf_of(65536);
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(buf_release) struct buf hex = buf_of(256);
	AUTO(buf_release) struct buf expected = buf_of(1024);
	AUTO(buf_release) struct buf text = buf_of(1024 * 1024);
	struct tpm_public p;
	const char *slash = strrchr(name, '/');

	buf_append(&expected, bytes_of(name, (size_t)(slash + 1 - name)));
	buf_append_str(&expected, "expected.json");
	CU_ASSERT(corpus_read(name, &b));
	CU_ASSERT(corpus_read(buf_str(&expected), &text));
	if (tpmt_public_parse(buf_bytes(&b), &why, &p) != OK) {
		CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text), "trailingBytes"));
		refused++;
		return;
	}
	name_of(&p, &hex);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text), buf_str(&hex)));
}

static void
test_corpus(void)
{
	refused = 0;
	if (corpus_walk("tpm2/quotes", "ak.tpmt_public", visit_public) == 0) {
		harness_skip("no corpus beside the checkout");
		return;
	}
	CU_ASSERT(corpus_walk("tpm2/webauthn", "pubArea.bin", visit_public) >
	          10);
	CU_ASSERT_EQUAL(refused, 2);
}

static const struct harness_test tests[] = {
	{ "good areas parse, every truncation is refused", test_good },
	{ "name and identity", test_name },
	{ "every attribute of an attestation key is needed", test_attributes },
	{ "ECC: every field out of its bounds is refused", test_ecc },
	{ "RSA: every field out of its bounds is refused", test_rsa },
	{ "RSA: 1024 bits are refused", test_rsa_short },
	{ "ECC: a point off its curve is refused", test_point_off_curve },
	{ "ECC: a coordinate longer than the field", test_long_coordinate },
	{ "a restricted key without a scheme is refused", test_no_scheme },
	{ "trailing bytes are refused", test_trailing },
	{ "areas of real TPMs parse to their names", test_corpus },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_public", tests)
