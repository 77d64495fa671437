/*
 * test_certificates.c - certificates on their way: only what the bundle names
 * counts, and only by its digest.
 */
#include <string.h>

#include "crypto/digest.h"
#include "governance/certificates.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"

/* The certificate number i is the four bytes of i. */
static struct bytes
der_of(const uint32_t *i)
{
	return bytes_of(i, sizeof(*i));
}

static err_t
add_number(struct certificates *c, const struct bundle *b, uint32_t i)
{
	uint8_t digest[HASH_SIZE];

	digest_sha256(der_of(&i), digest);
	return certificates_add(c, b, digest, der_of(&i));
}

static bool
has_number(const struct certificates *c, uint32_t i)
{
	uint8_t digest[HASH_SIZE];

	digest_sha256(der_of(&i), digest);
	return bytes_equal(certificates_find(c, digest), der_of(&i));
}

/* Names 1 and, as an intermediate of the second anchor, 2. */
static struct bundle *
naming_two(void)
{
	struct bundle *b = bundle_kit_whole();
	uint32_t one = 1;
	uint32_t two = 2;

	digest_sha256(der_of(&one), b->anchors[0].self.certificate);
	digest_sha256(der_of(&two), b->anchors[1].intermediates[1].certificate);
	return b;
}

static void
test_named(void)
{
	AUTO(certificates_release) struct certificates c = { .n = 0 };
	AUTO(bundle_free) struct bundle *b = naming_two();

	CU_ASSERT_STRING_EQUAL(certificates_missing(&c, b), "google-ec");
	CU_ASSERT_EQUAL(add_number(&c, b, 1), OK);
	CU_ASSERT_STRING_EQUAL(certificates_missing(&c, b), "maker-tpm");
	CU_ASSERT_EQUAL(add_number(&c, b, 2), OK);
	CU_ASSERT_EQUAL(add_number(&c, b, 2), E_CONFLICT);
	CU_ASSERT_EQUAL(add_number(&c, b, 3), E_NOT_FOUND);
	CU_ASSERT_TRUE(has_number(&c, 1));
	CU_ASSERT_TRUE(has_number(&c, 2));
	CU_ASSERT_FALSE(has_number(&c, 3));
	CU_ASSERT_EQUAL(c.n, 2);
	/* without officers nothing is missing */
	CU_ASSERT_PTR_NULL(certificates_missing(&c, NULL));
}

/* Named, but other bytes. */
static void
test_digest(void)
{
	static const uint8_t big[CERTIFICATES_DER_MAX + 1];
	AUTO(certificates_release) struct certificates c = { .n = 0 };
	AUTO(bundle_free) struct bundle *b = naming_two();
	const uint8_t *digest = b->anchors[0].self.certificate;
	uint8_t its[HASH_SIZE];
	uint32_t rogue = 9;

	CU_ASSERT_EQUAL(certificates_add(&c, b, digest, der_of(&rogue)),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(certificates_add(&c, b, digest, bytes_of(NULL, 0)),
	                E_MALFORMED);
	digest_sha256(bytes_of(big, sizeof(big)), its);
	CU_ASSERT_EQUAL(
	        certificates_add(&c, b, its, bytes_of(big, sizeof(big))),
	        E_MALFORMED);
	CU_ASSERT_EQUAL(c.n + c.n_early, 0);
	/* nor when the true one is known */
	CU_ASSERT_EQUAL(add_number(&c, b, 1), OK);
	CU_ASSERT_EQUAL(certificates_add(&c, b, digest, der_of(&rogue)),
	                E_MALFORMED);
	CU_ASSERT_TRUE(has_number(&c, 1));
}

/* Before the bundle that names it, and in a crowd of others. */
static void
test_early(void)
{
	AUTO(certificates_release) struct certificates c = { .n = 0 };
	AUTO(bundle_free) struct bundle *b = naming_two();

	CU_ASSERT_EQUAL(add_number(&c, NULL, 2), E_NOT_FOUND);
	CU_ASSERT_EQUAL(add_number(&c, NULL, 1), E_NOT_FOUND);
	for (uint32_t i = 0; i < CERTIFICATES_EARLY - 1; i++)
		CU_ASSERT_EQUAL(add_number(&c, NULL, 100 + i), E_NOT_FOUND);
	CU_ASSERT_EQUAL(c.n_early, CERTIFICATES_EARLY);
	CU_ASSERT_FALSE(has_number(&c, 1));
	CU_ASSERT_TRUE(certificates_follow(&c, b));
	CU_ASSERT_TRUE(has_number(&c, 1)); /* the oldest is gone */
	CU_ASSERT_FALSE(has_number(&c, 2));
	CU_ASSERT_EQUAL(c.n_early, CERTIFICATES_EARLY - 1);
	CU_ASSERT_FALSE(certificates_follow(&c, b));
}

/* One that comes twice is put aside once. */
static void
test_early_again(void)
{
	AUTO(certificates_release) struct certificates c = { .n = 0 };

	for (uint32_t i = 0; i < 3 * CERTIFICATES_EARLY; i++)
		CU_ASSERT_EQUAL(add_number(&c, NULL, i % 2), E_NOT_FOUND);
	CU_ASSERT_EQUAL(c.n_early, 2);
}

/* A removal takes it away. */
static void
test_removal(void)
{
	AUTO(certificates_release) struct certificates c = { .n = 0 };
	AUTO(bundle_free) struct bundle *b = naming_two();

	CU_ASSERT_EQUAL(add_number(&c, b, 1), OK);
	CU_ASSERT_EQUAL(add_number(&c, b, 2), OK);
	b->n_anchors = 1;
	CU_ASSERT_FALSE(certificates_follow(&c, b));
	CU_ASSERT_TRUE(has_number(&c, 1));
	CU_ASSERT_FALSE(has_number(&c, 2));
	CU_ASSERT_EQUAL(c.n, 1);
}

static const struct harness_test tests[] = {
	{ "only what the bundle names counts", test_named },
	{ "and only by its digest", test_digest },
	{ "what comes before its bundle counts with it", test_early },
	{ "and is put aside once", test_early_again },
	{ "what is no longer named counts no longer", test_removal },
	{ NULL, NULL },
};

HARNESS_MAIN("certificates on their way", tests)
