/*
 * test_pem.c - PEM as people's files have it: what is around the blocks is
 * passed over, and no block is.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "base/buf.h"
#include "crypto/codec/pem.h"

#define A "-----BEGIN A-----\nMAA=\n-----END A-----\n"
#define B "-----BEGIN B-----\nMAAA\n-----END B-----\n"
#define MARK "\xef\xbb\xbf"

/* "A:2 " for each block: its label, and how many bytes. */
static err_t
note(void *arg, const char *label, struct bytes der)
{
	buf_printf(arg, "%s:%zu ", label, der.len);
	return strcmp(label, "STOP") == 0 ? E_DENIED : OK;
}

static const struct {
	const char *text;
	err_t err;
	const char *blocks;
} rows[] = {
	{ A, OK, "A:2 " },
	{ A B, OK, "A:2 B:3 " },
	{ MARK A, OK, "A:2 " },
	{ "text\n\n# more -----BEGIN, it says\n" A "between\n" B "end", OK,
	  "A:2 B:3 " },
	{ "-----BEGIN A-----\r\nMAA=\r\n-----END A-----\r\n", OK, "A:2 " },
	{ "-----BEGIN A-----\n\nMA\n\nA=\n\n-----END A-----\n", OK, "A:2 " },
	{ "-----BEGIN A-----\nMAA=\n-----END A-----", OK, "A:2 " },
	{ "-----BEGIN X509 CERTIFICATE-----\nMAA=\n"
	  "-----END X509 CERTIFICATE-----\n",
	  OK, "CERTIFICATE:2 " },
	{ "-----BEGIN TRUSTED CERTIFICATE-----\nMAAwAA==\n"
	  "-----END TRUSTED CERTIFICATE-----\n",
	  OK, "CERTIFICATE:2 " },
	{ "", E_MALFORMED, "" },
	{ "text", E_MALFORMED, "" },
	{ "  " A, E_MALFORMED, "" },
	{ A "\t" B, E_MALFORMED, "A:2 " },
	{ A "-----BEGIN B----\nMAAA\n-----END B-----\n", E_MALFORMED, "A:2 " },
	{ A "-----BEGIN B-----\nMAAA\n", E_MALFORMED, "A:2 " },
	{ A "-----BEGIN B-----\nMAAA\n-----END C-----\n", E_MALFORMED, "A:2 " },
	{ A "-----BEGIN B-----\nM*A\n-----END B-----\n", E_MALFORMED, "A:2 " },
	{ "-----BEGIN A-----\nMAA=\n-----END A----------BEGIN B-----\nMAAA\n"
	  "-----END B-----\n",
	  E_MALFORMED, "" },
	{ "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nMAA=\n-----END "
	  "A-----\n",
	  E_MALFORMED, "" },
	{ "-----BEGIN RSA PUBLIC KEY-----\nMAA=\n-----END RSA PUBLIC "
	  "KEY-----\n",
	  E_MALFORMED, "" },
	{ "-----BEGIN STOP-----\nMAA=\n-----END STOP-----\n" A, E_DENIED,
	  "STOP:2 " },
};

static void
test_blocks(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf seen = buf_of(1024);
		err_t err = pem_each(bytes_of_str(rows[i].text), note, &seen);

		if (err != rows[i].err ||
		    strcmp(buf_str(&seen), rows[i].blocks) != 0)
			printf("  row %zu: %s, %s\n", i, err_name(err),
			       buf_str(&seen));
		CU_ASSERT_EQUAL(err, rows[i].err);
		CU_ASSERT_STRING_EQUAL(buf_str(&seen), rows[i].blocks);
	}
}

static void
test_is(void)
{
	CU_ASSERT(pem_is(bytes_of_str("x\n" A)));
	CU_ASSERT(pem_is(bytes_of_str("  -----BEGIN ")));
	CU_ASSERT(!pem_is(bytes_of_str("x")));
	CU_ASSERT(!pem_is(bytes_of_str("")));
	CU_ASSERT(!pem_is(bytes_of(NULL, 0)));
	CU_ASSERT(!pem_is(bytes_of((const uint8_t *)A "\0", sizeof(A "\0"))));
}

/* An ECDSA signature is a SEQUENCE of two numbers, too. */
static void
test_pkcs1(void)
{
	static const uint8_t numbers[] = { 0x30, 0x06, 0x02, 0x01,
		                           0x7f, 0x02, 0x01, 0x03 };
	AUTO(buf_release) struct buf out = buf_of(1024);

	CU_ASSERT_EQUAL(
	        pem_spki_of_pkcs1(bytes_of(numbers, sizeof(numbers)), &out),
	        E_MALFORMED);
	CU_ASSERT_EQUAL(pem_spki_of_pkcs1(bytes_of(NULL, 0), &out),
	                E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "hands every block, or calls the file malformed", test_blocks },
	{ "knows PEM", test_is },
	{ "two small numbers are no key", test_pkcs1 },
	{ NULL, NULL },
};

HARNESS_MAIN("pem", tests)
