/*
 * test_tpm_attest.c - TPMS_ATTEST and TPMT_SIGNATURE, field by field.
 */
#include "evidence/tpm/attest.h"
#include "evidence/tpm/signature.h"
#include "tests/common/base/corpus.h"
#include "tests/unit/evidence/test_tpm_kit.h"

static err_t
parse(struct bytes in, struct buf *why)
{
	struct tpm_attest a;

	buf_reset(why);
	return tpm_attest_parse(in, why, &a);
}

static void
test_good(void)
{
	AUTO(buf_release) struct buf b = kit_attest();
	AUTO(buf_release) struct buf why = buf_of(256);
	struct tpm_attest a;

	CU_ASSERT_EQUAL_FATAL(tpm_attest_parse(buf_bytes(&b), &why, &a), OK);
	CU_ASSERT_EQUAL(a.type, TPM_ATTEST_QUOTE);
	CU_ASSERT(bytes_equal(a.extra_data, bytes_of(kit_nonce, HASH_SIZE)));
	CU_ASSERT_EQUAL(a.clock, 123456);
	CU_ASSERT_EQUAL(a.reset_count, 7);
	CU_ASSERT_EQUAL(a.restart_count, 0);
	CU_ASSERT(a.safe);
	CU_ASSERT_EQUAL(a.firmware_version, 0x2023080100000000u);
	CU_ASSERT_EQUAL(a.n_select, 1);
	CU_ASSERT_EQUAL(a.select[0].hash, TPM_ALG_SHA256);
	CU_ASSERT_EQUAL(a.select[0].mask, 1u << 0 | 1u << 7);
	CU_ASSERT_EQUAL(a.pcr_digest.len, 32);
	CU_ASSERT_EQUAL(a.qualified_signer.len, 34);
}

static void
test_every_truncation(void)
{
	AUTO(buf_release) struct buf b = kit_attest();
	AUTO(buf_release) struct buf why = buf_of(256);

	for (size_t n = 0; n < b.len; n++)
		CU_ASSERT_EQUAL(parse(bytes_of(b.data, n), &why), E_MALFORMED);
}

static void
test_trailing(void)
{
	AUTO(buf_release) struct buf b = kit_attest();
	AUTO(buf_release) struct buf why = buf_of(256);

	buf_u8(&b, 0);
	CU_ASSERT_EQUAL(parse(buf_bytes(&b), &why), E_MALFORMED);
	CU_ASSERT(kit_says(&why, "trailing"));
}

static const struct kit_patch patches[] = {
	{ AT_MAGIC, 4, 0xff544346, "magic" },
	{ AT_MAGIC, 4, 0, "magic" },
	{ AT_TYPE, 2, 0x801b, "type" },
	{ AT_TYPE, 2, 0x0018, "type" },
	{ AT_SIGNER_SIZE, 2, 33, "qualifiedSigner" },
	{ AT_SIGNER_SIZE, 2, 35, "qualifiedSigner" },
	{ AT_SIGNER, 2, 0x0019, "qualifiedSigner" },
	{ AT_EXTRA_SIZE, 2, 31, "" },
	{ AT_EXTRA_SIZE, 2, 33, "" },
	{ AT_EXTRA_SIZE, 2, 67, "extraData" },
	{ AT_EXTRA_SIZE, 2, 0xffff, "" },
	{ AT_SAFE, 1, 2, "safe" },
	{ AT_SAFE, 1, 255, "safe" },
	{ AT_BANKS, 4, 0, "" },
	{ AT_BANKS, 4, 2, "" },
	{ AT_BANKS, 4, 17, "16 banks" },
	{ AT_BANKS, 4, 0xffffffff, "16 banks" },
	{ AT_BANK, 2, 0x0099, "unknown hash" },
	{ AT_BANK, 2, TPM_ALG_RSA, "unknown hash" },
	{ AT_BITMAP_SIZE, 1, 2, "bitmap" },
	{ AT_BITMAP_SIZE, 1, 5, "bitmap" },
	{ AT_BITMAP_SIZE, 1, 4, "" },
	{ AT_DIGEST_SIZE, 2, 31, "trailing" },
	{ AT_DIGEST_SIZE, 2, 33, "" },
	{ AT_DIGEST_SIZE, 2, 65, "" },
};

static void
test_patches(void)
{
	for (size_t i = 0; i < ARRAY_LEN(patches); i++) {
		AUTO(buf_release) struct buf b = kit_attest();
		AUTO(buf_release) struct buf why = buf_of(256);

		kit_set(&b, patches[i].at, patches[i].value, patches[i].width);
		CU_ASSERT_EQUAL(parse(buf_bytes(&b), &why), E_MALFORMED);
		CU_ASSERT(kit_says(&why, patches[i].why));
	}
}

/* Two banks, the second given; both bitmaps empty. */
static err_t
parse_two_banks(uint16_t second)
{
	AUTO(buf_release) struct buf b = kit_attest();
	AUTO(buf_release) struct buf two = buf_of(4096);
	AUTO(buf_release) struct buf why = buf_of(256);

	kit_set(&b, AT_BANKS, 2, 4);
	buf_append(&two, bytes_of(b.data, AT_DIGEST_SIZE));
	buf_u16(&two, second);
	buf_u32(&two, 3u << 24);
	buf_append(&two,
	           bytes_of(b.data + AT_DIGEST_SIZE, b.len - AT_DIGEST_SIZE));
	return parse(buf_bytes(&two), &why);
}

static void
test_bank_twice(void)
{
	CU_ASSERT_EQUAL(parse_two_banks(TPM_ALG_SHA384), OK);
	CU_ASSERT_EQUAL(parse_two_banks(TPM_ALG_SHA256), E_MALFORMED);
}

static void
test_other_types(void)
{
	AUTO(buf_release) struct buf b = kit_attest();
	AUTO(buf_release) struct buf why = buf_of(256);
	struct tpm_attest a;

	kit_set(&b, AT_TYPE, TPM_ATTEST_TIME, 2);
	CU_ASSERT_EQUAL(tpm_attest_parse(buf_bytes(&b), &why, &a), OK);
	CU_ASSERT_STRING_EQUAL(tpm_attest_type_name(a.type), "TIME");
	CU_ASSERT_EQUAL(a.body.len, ATTEST_SIZE - AT_BANKS);
	CU_ASSERT_PTR_NULL(tpm_attest_type_name(0x801b));
}

/* --- signatures ----------------------------------------------------------- */

static err_t
parse_signature(const struct buf *b)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct tpm_signature s;

	return tpm_signature_parse(buf_bytes(b), &why, &s);
}

static struct buf
ecdsa(uint16_t scheme, uint16_t hash, uint16_t r, uint16_t s)
{
	struct buf b = buf_of(4096);

	buf_u16(&b, scheme);
	buf_u16(&b, hash);
	buf_u16(&b, r);
	for (unsigned i = 0; i < r; i++)
		buf_u8(&b, 1);
	buf_u16(&b, s);
	for (unsigned i = 0; i < s; i++)
		buf_u8(&b, 2);
	return b;
}

static void
check_ecdsa(uint16_t scheme, uint16_t hash, uint16_t r, uint16_t s, err_t err)
{
	AUTO(buf_release) struct buf b = ecdsa(scheme, hash, r, s);

	CU_ASSERT_EQUAL(parse_signature(&b), err);
	for (size_t n = b.len; n > 0; n--) {
		b.len = n - 1;
		CU_ASSERT_EQUAL(parse_signature(&b), E_MALFORMED);
	}
}

static void
test_signature_shapes(void)
{
	check_ecdsa(TPM_ALG_ECDSA, TPM_ALG_SHA256, 32, 32, OK);
	check_ecdsa(TPM_ALG_ECDAA, TPM_ALG_SHA256, 32, 32, OK);
	check_ecdsa(TPM_ALG_ECDSA, TPM_ALG_SHA256, 0, 32, E_MALFORMED);
	check_ecdsa(TPM_ALG_ECDSA, TPM_ALG_SHA256, 32, 0, E_MALFORMED);
	check_ecdsa(TPM_ALG_ECDSA, TPM_ALG_SHA256, 67, 32, E_MALFORMED);
	check_ecdsa(TPM_ALG_ECDSA, TPM_ALG_RSA, 32, 32, E_MALFORMED);
	check_ecdsa(TPM_ALG_HMAC, TPM_ALG_SHA256, 32, 32, E_MALFORMED);
	check_ecdsa(TPM_ALG_NULL, TPM_ALG_SHA256, 32, 32, E_MALFORMED);
}

static void
test_signature_trailing(void)
{
	AUTO(buf_release)
	struct buf b = ecdsa(TPM_ALG_ECDSA, TPM_ALG_SHA256, 32, 32);

	buf_u8(&b, 0);
	CU_ASSERT_EQUAL(parse_signature(&b), E_MALFORMED);
}

/* --- real ones ------------------------------------------------------------ */

/* One public suite made its certifications up, with values that no TPM signs:
 * those, and only those, do not parse. */
static void
visit_attest(const char *name)
{
	AUTO(buf_release) struct buf b = buf_of(65536);
	AUTO(buf_release) struct buf why = buf_of(256);

	bool made_up = strstr(name, "RegistrationTestData") != NULL;
	CU_ASSERT(corpus_read(name, &b));
	CU_ASSERT_EQUAL(parse(buf_bytes(&b), &why) != OK, made_up);
}

static void
test_corpus(void)
{
	if (corpus_walk("tpm2/quotes", "attest.bin", visit_attest) == 0)
		harness_skip("no corpus beside the checkout");
	else
		corpus_walk("tpm2/webauthn", "certInfo.bin", visit_attest);
}

static const struct harness_test tests[] = {
	{ "a good quote parses, every field", test_good },
	{ "every truncation is refused", test_every_truncation },
	{ "a trailing byte is refused", test_trailing },
	{ "every field out of its bounds is refused", test_patches },
	{ "a bank selected twice is refused", test_bank_twice },
	{ "other types are named", test_other_types },
	{ "signatures: only known shapes and sizes", test_signature_shapes },
	{ "signatures: a trailing byte is refused", test_signature_trailing },
	{ "quotes and certifications of real TPMs parse", test_corpus },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_attest", tests)
