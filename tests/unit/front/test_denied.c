/*
 * test_denied.c - parsing of the list of denied certificates.
 */
#include <string.h>

#include "base/buf.h"

#include "front/denied.h"
#include "tests/common/base/harness.h"

#define ONES "11111111111111111111111111111111"
#define PAIRS "AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:"

static err_t
parse(const char *text, size_t *ret_line, struct denied **ret)
{
	return denied_parse(bytes_of_str(text), ret_line, ret);
}

static bool
has(const struct denied *d, int byte)
{
	uint8_t print[HASH_SIZE];

	memset(print, byte, sizeof(print));
	return denied_has(d, print);
}

static void
test_good(void)
{
	AUTO(denied_free) struct denied *d = NULL, *none = NULL;
	size_t line = 0;

	CU_ASSERT_EQUAL_FATAL(
	        parse("# who left\n" ONES ONES "\n\n  " PAIRS
	              "AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA "
	              "# a comment\r\n" ONES ONES,
	              &line, &d),
	        OK);
	CU_ASSERT_EQUAL(denied_count(d), 3);
	CU_ASSERT(has(d, 0x11));
	CU_ASSERT(has(d, 0xaa));
	CU_ASSERT_FALSE(has(d, 0x12));
	CU_ASSERT_EQUAL(parse("", &line, &none), OK);
	CU_ASSERT_FALSE(has(none, 0x11));
	CU_ASSERT_FALSE(has(NULL, 0x11));
}

static void
test_bad(void)
{
	static const char *const texts[] = {
		"x",
		ONES,
		ONES ONES "1",
		ONES ONES " 11",
		ONES "1111111111111111111111111111111g",
		PAIRS "AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA-AA",
		PAIRS "AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:",
		"sha256 " ONES ONES,
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(buf_release) struct buf text = buf_of(1024);
		struct denied *d = NULL;
		size_t line = 0;

		buf_printf(&text, "%s\n%s\n", ONES ONES, texts[i]);
		CU_ASSERT_EQUAL(denied_parse(buf_bytes(&text), &line, &d),
		                E_MALFORMED);
		CU_ASSERT_EQUAL(line, 2);
		CU_ASSERT_PTR_NULL(d);
	}
}

static void
test_many(void)
{
	AUTO(buf_release) struct buf text = buf_of(DENIED_TEXT_MAX);
	struct denied *d = NULL;
	size_t line = 0;

	for (size_t i = 0; i < DENIED_MAX; i++)
		buf_append_str(&text, ONES ONES "\n");
	CU_ASSERT_EQUAL(denied_parse(buf_bytes(&text), &line, &d), OK);
	denied_free(d);
	buf_append_str(&text, ONES ONES "\n");
	CU_ASSERT_EQUAL(denied_parse(buf_bytes(&text), &line, &d), E_LIMIT);
	CU_ASSERT_EQUAL(line, DENIED_MAX + 1);
}

static const struct harness_test tests[] = {
	{ "fingerprints, blanks, comments", test_good },
	{ "one bad line, no list", test_bad },
	{ "as many as there may be", test_many },
	{ NULL, NULL },
};

HARNESS_MAIN("denied", tests)
