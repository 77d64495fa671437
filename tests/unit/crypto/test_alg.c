/*
 * test_alg.c - names and ids of algorithms, both ways.
 */
#include "crypto/alg.h"
#include "tests/common/base/harness.h"

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

static const struct harness_test tests[] = {
	{ "every row, both ways", test_both_ways },
	{ "the ids of RFC 9864", test_rfc9864 },
	{ "unknown names", test_unknown },
	{ NULL, NULL },
};

HARNESS_MAIN("alg", tests)
