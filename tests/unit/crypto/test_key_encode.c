/*
 * test_key_encode.c - a public key by the numbers that a device tells.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_key.h"

static const uint8_t zeros[2] = { 0, 0 };

/* Where the numbers are in a SubjectPublicKeyInfo of a curve. */
static const struct row {
	enum alg alg;
	size_t at, size;
	bool has_y;
} rows[] = {
	{ ALG_ES256, 27, 32, true },
	{ ALG_ES384, 24, 48, true },
	{ ALG_ED25519, 12, 32, false },
};

static err_t
encode(const struct row *r, struct bytes a, struct bytes b, struct buf *out)
{
	buf_reset(out);
	return key_encode(r->alg, a, b, out);
}

static void
test_curves(void)
{
	AUTO(buf_release) struct buf out = buf_of(1024);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(r->alg, "encode");
		struct bytes spki = soft_key_spki(key);
		struct bytes a = bytes_of(spki.data + r->at, r->size);
		struct bytes b = bytes_of(spki.data + r->at + r->size,
		                          r->has_y ? r->size : 0);

		CU_ASSERT_EQUAL(encode(r, a, b, &out), OK);
		CU_ASSERT_TRUE(bytes_equal(buf_bytes(&out), spki));
		/* One bit: not on the curve, or another key. */
		uint8_t wrong[48];
		memcpy(wrong, b.len ? b.data : a.data, r->size);
		wrong[r->size - 1] ^= 1;
		struct bytes bad = bytes_of(wrong, r->size);
		CU_ASSERT_EQUAL(
		        encode(r, b.len ? a : bad, b.len ? bad : b, &out) == OK,
		        !r->has_y);
		/* One byte too few, one too many. */
		CU_ASSERT_EQUAL(encode(r, bytes_of(a.data, a.len - 1), b, &out),
		                E_MALFORMED);
		CU_ASSERT_EQUAL(encode(r, bytes_of(a.data, a.len + 1), b, &out),
		                E_MALFORMED);
		CU_ASSERT_EQUAL(out.len, 0);
	}
}

/* A TPM may leave leading zeros out, a token may write some more. */
static void
test_zeros(void)
{
	AUTO(buf_release) struct buf out = buf_of(1024);
	const struct row *r = &rows[0];
	char name[16];
	bool seen = false;

	for (int i = 0; i < 4000 && !seen; i++) {
		snprintf(name, sizeof(name), "zero %d", i);
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(ALG_ES256, name);
		struct bytes spki = soft_key_spki(key);
		const uint8_t *x = spki.data + r->at;

		if (x[0] != 0)
			continue;
		seen = true;
		CU_ASSERT_EQUAL(encode(r, bytes_of(x + 1, 31),
		                       bytes_of(x + 32, 32), &out),
		                OK);
		CU_ASSERT_TRUE(bytes_equal(buf_bytes(&out), spki));
	}
	CU_ASSERT_TRUE(seen);
}

/* The modulus of a 2048 bit key in its SubjectPublicKeyInfo: 33 bytes from the
 * beginning, and the exponent at the end. */
static void
test_rsa(void)
{
	static const uint8_t e[] = { 1, 0, 1 };
	static const uint8_t padded[] = { 0, 1, 0, 1 };
	static const uint8_t three[] = { 3 };
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_RS256, "encode");
	AUTO(buf_release) struct buf out = buf_of(1024);
	struct bytes spki = soft_key_spki(key);
	struct bytes n = bytes_of(spki.data + 33, 256);
	struct bytes wide = bytes_of(spki.data + 32, 257); /* a zero before */

	CU_ASSERT_EQUAL(key_encode(ALG_RS256, n, bytes_of(e, 3), &out), OK);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&out), spki));
	buf_reset(&out);
	CU_ASSERT_EQUAL(key_encode(ALG_PS256, wide, bytes_of(padded, 4), &out),
	                OK);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&out), spki));
	buf_reset(&out);
	CU_ASSERT_EQUAL(key_encode(ALG_PS256, n, bytes_of(three, 1), &out),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(key_encode(ALG_PS256, bytes_of(n.data, 128),
	                           bytes_of(e, 3), &out),
	                E_MALFORMED); /* 1024 bits */
	CU_ASSERT_EQUAL(key_encode(ALG_PS256, n, bytes_of(zeros, 2), &out),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(
	        key_encode(ALG_PS256, bytes_of(NULL, 0), bytes_of(e, 3), &out),
	        E_MALFORMED);
	CU_ASSERT_EQUAL(key_encode(ALG_COUNT, n, bytes_of(e, 3), &out),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(out.len, 0);
}

/* One key, as JWK and as COSE_Key; an algorithm that it cannot have. */
static void
test_one_key(void)
{
	AUTO(buf_release) struct buf out = buf_of(4096);

	for (enum alg alg = 0; alg < ALG_COUNT; alg++) {
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(alg, "one");
		enum alg other = alg == ALG_ES256 ? ALG_ES384 : ALG_ES256;
		char says[32];

		buf_reset(&out);
		CU_ASSERT_EQUAL(key_to_jwk(soft_key_spki(key), alg, &out), OK);
		snprintf(says, sizeof(says), "\"alg\":\"%s\"",
		         alg_jose_name(alg));
		CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&out), says));
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(buf_str(&out), soft_key_kid(key)));
		buf_reset(&out);
		CU_ASSERT_EQUAL(key_to_cose(soft_key_spki(key), alg, &out), OK);
		CU_ASSERT_TRUE(out.len > 40);
		buf_reset(&out);
		CU_ASSERT_EQUAL(key_to_jwk(soft_key_spki(key), other, &out),
		                E_DENIED);
		CU_ASSERT_EQUAL(key_to_cose(soft_key_spki(key), other, &out),
		                E_DENIED);
		CU_ASSERT_EQUAL(out.len, 0);
	}
}

static const struct harness_test tests[] = {
	{ "encodes points of curves, and no others", test_curves },
	{ "takes numbers without their leading zeros", test_zeros },
	{ "encodes moduli that we accept", test_rsa },
	{ "describes one key by its own algorithm", test_one_key },
	{ NULL, NULL },
};

HARNESS_MAIN("key_encode", tests)
