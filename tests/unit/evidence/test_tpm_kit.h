/*
 * test_tpm_kit.h - what the tests of TPM structures share: good bytes, and one
 * field of them changed.
 */
#ifndef UNIT_EVIDENCE_TEST_TPM_KIT_H
#define UNIT_EVIDENCE_TEST_TPM_KIT_H

#include <stdlib.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/devices/soft_tpm.h"
#include "base/buf.h"

/* Where the fields of soft_tpm.c's structures lie. */
enum {
	AT_MAGIC = 0,
	AT_TYPE = 4,
	AT_SIGNER_SIZE = 6,
	AT_SIGNER = 8,
	AT_EXTRA_SIZE = 42,
	AT_EXTRA = 44,
	AT_SAFE = 92,
	AT_BANKS = 101,
	AT_BANK = 105,
	AT_BITMAP_SIZE = 107,
	AT_BITMAP = 108,
	AT_DIGEST_SIZE = 111,
	AT_DIGEST = 113,
	ATTEST_SIZE = 145,

	PUB_SIZE = 0,
	PUB_TYPE = 2,
	PUB_NAME_ALG = 4,
	PUB_ATTRIBUTES = 6,
	PUB_POLICY_SIZE = 10,
	PUB_SYMMETRIC = 12,
	PUB_SCHEME = 14,
	PUB_HASH = 16,
	PUB_CURVE = 18,
	PUB_X_SIZE = 22,
	PUB_X = 24,
	PUB_Y = 58,
	PUB_BITS = 18,
	PUB_EXPONENT = 20,
	PUB_MODULUS = 26,
};

static const uint8_t kit_nonce[HASH_SIZE] = "the nonce of a unit test, 32 B.";

static inline void
kit_set(struct buf *b, size_t at, uint64_t value, unsigned width)
{
	for (unsigned i = 0; i < width; i++)
		b->data[at + i] = (uint8_t)(value >> 8 * (width - 1 - i));
}

/* One field changed, and the complaint that must follow. */
struct kit_patch {
	size_t at;
	unsigned width;
	uint64_t value;
	const char *why;
};

static inline bool
kit_says(struct buf *why, const char *what)
{
	return strstr(buf_str(why), what) != NULL;
}

static inline struct soft_tpm *
kit_tpm(enum soft_alg type)
{
	struct soft_tpm *tpm = NULL;

	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(type, &tpm), OK);
	return tpm;
}

static inline struct buf
kit_attest(void)
{
	struct soft_quote q =
	        soft_quote_of(bytes_of(kit_nonce, sizeof(kit_nonce)));
	struct buf b = buf_of(4096);

	soft_quote_put(&q, &b);
	CU_ASSERT_EQUAL_FATAL(b.len, ATTEST_SIZE);
	return b;
}

static inline struct buf
kit_public(const struct soft_tpm *tpm)
{
	struct buf b = buf_of(4096);

	soft_tpm_public(tpm, &b);
	return b;
}

#endif
