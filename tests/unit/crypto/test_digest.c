/*
 * test_digest.c - SHA-256 by FIPS 180-4's examples, whole and in parts.
 */
#include <string.h>

#include "crypto/keys/prepare.h"
#include "crypto/digest.h"
#include "base/encode.h"
#include "tests/common/base/harness.h"

static void
check(struct bytes in, const char *hex)
{
	uint8_t wanted[HASH_SIZE], out[HASH_SIZE];

	CU_ASSERT_EQUAL_FATAL(
	        decode_hex_exact(bytes_of_str(hex), wanted, HASH_SIZE), OK);
	digest_sha256(in, out);
	CU_ASSERT(memcmp(out, wanted, HASH_SIZE) == 0);
}

static void
test_examples(void)
{
	check(bytes_of(NULL, 0), "e3b0c44298fc1c149afbf4c8996fb924"
	                         "27ae41e4649b934ca495991b7852b855");
	check(bytes_of_str("abc"), "ba7816bf8f01cfea414140de5dae2223"
	                           "b00361a396177a9cb410ff61f20015ad");
	check(bytes_of_str("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomno"
	                   "pnopq"),
	      "248d6a61d20638b8e5c026930c3e6039"
	      "a33ce45964ff2167f6ecedd419db06c1");
}

/* However it is cut, it is the same text. */
static void
test_parts(void)
{
	static uint8_t text[300];
	uint8_t whole[HASH_SIZE], out[HASH_SIZE];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7);
	digest_sha256(bytes_of(text, sizeof(text)), whole);
	for (size_t cut = 0; cut <= sizeof(text); cut++) {
		const struct bytes parts[] = {
			bytes_of(text, cut),
			bytes_of(NULL, 0),
			bytes_of(text + cut, sizeof(text) - cut),
		};
		digest_sha256_parts(parts, 3, out);
		CU_ASSERT(memcmp(out, whole, HASH_SIZE) == 0);
	}
}

/* Nothing of one call is left for the next. */
static void
test_again(void)
{
	crypto_prepare();
	crypto_prepare();
	test_examples();
	test_examples();
}

static const struct harness_test tests[] = {
	{ "FIPS 180-4 examples", test_examples },
	{ "in parts", test_parts },
	{ "again, and after crypto_prepare()", test_again },
	{ NULL, NULL },
};

HARNESS_MAIN("digest", tests)
