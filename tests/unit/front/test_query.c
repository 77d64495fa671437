/*
 * test_query.c - queries have one spelling, and no unknown parameter.
 */
#include <stdio.h>
#include <string.h>

#include "front/http/query.h"
#include "tests/common/base/harness.h"

static const struct query_param rows[] = {
	{ "after", QUERY_TEXT, 2, 8, "after: 2 to 8 bytes" },
	{ "limit", QUERY_NUMBER, 1, 100, "limit: 1 to 100" },
	{ "all", QUERY_NUMBER, 0, UINT64_MAX, "all: a number" },
	{ NULL, QUERY_TEXT, 0, 0, NULL },
};

static const char *
fault_of(const char *text)
{
	struct query q = { 0 };
	const char *fault = NULL;
	err_t err = query_parse(bytes_of_str(text), rows, &q, &fault);

	CU_ASSERT_EQUAL(err == OK, fault == NULL);
	CU_ASSERT(err == OK || err == E_MALFORMED);
	for (size_t i = 0; err != OK && i < QUERY_PARAMS_MAX; i++)
		CU_ASSERT_FALSE(q.values[i].given); /* untouched */
	return fault ? fault : "";
}

static void
test_values(void)
{
	struct query q;
	const char *fault = NULL;

	CU_ASSERT_EQUAL(query_parse(bytes_of_str("limit=7&after=a-._~:Z9"),
	                            rows, &q, &fault),
	                OK);
	CU_ASSERT(q.values[0].given && q.values[1].given);
	CU_ASSERT_FALSE(q.values[2].given);
	CU_ASSERT(bytes_equal_str(q.values[0].text, "a-._~:Z9"));
	CU_ASSERT_EQUAL(q.values[1].number, 7);

	CU_ASSERT_EQUAL(query_parse(bytes_of(NULL, 0), rows, &q, &fault), OK);
	for (size_t i = 0; i < QUERY_PARAMS_MAX; i++)
		CU_ASSERT_FALSE(q.values[i].given);
}

static void
test_bounds(void)
{
	CU_ASSERT_STRING_EQUAL(fault_of("limit=1"), "");
	CU_ASSERT_STRING_EQUAL(fault_of("limit=100"), "");
	CU_ASSERT_STRING_EQUAL(fault_of("limit=0"), "limit: 1 to 100");
	CU_ASSERT_STRING_EQUAL(fault_of("limit=101"), "limit: 1 to 100");
	CU_ASSERT_STRING_EQUAL(fault_of("after=ab"), "");
	CU_ASSERT_STRING_EQUAL(fault_of("after=abcdefgh"), "");
	CU_ASSERT_STRING_EQUAL(fault_of("after=a"), "after: 2 to 8 bytes");
	CU_ASSERT_STRING_EQUAL(fault_of("after=abcdefghi"),
	                       "after: 2 to 8 bytes");
}

static void
test_numbers(void)
{
	static const char *const bad[] = {
		"limit=07",  "limit=00",  "limit=-1",
		"limit=7.",  "limit=0x7", "limit=7a",
		"limit=1e1", "limit=~",   "all=18446744073709551616",
		"all=00",    "all=:",     "all=99999999999999999999999",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_STRING_NOT_EQUAL(fault_of(bad[i]), "");
	CU_ASSERT_STRING_EQUAL(fault_of("all=0"), "");
	CU_ASSERT_STRING_EQUAL(fault_of("all=18446744073709551615"), "");
}

static void
test_unknown(void)
{
	static const char unknown[] =
	        "a parameter that this endpoint does not know";

	CU_ASSERT_STRING_EQUAL(fault_of("Limit=7"), unknown);
	CU_ASSERT_STRING_EQUAL(fault_of("limi=7"), unknown);
	CU_ASSERT_STRING_EQUAL(fault_of("limits=7"), unknown);
	CU_ASSERT_STRING_EQUAL(fault_of("=7"), unknown);
	CU_ASSERT_STRING_EQUAL(fault_of("l%69mit=7"), unknown);
	CU_ASSERT_STRING_EQUAL(fault_of("limit=7&x=y"), unknown);
}

static void
test_repeated(void)
{
	CU_ASSERT_STRING_EQUAL(fault_of("limit=7&limit=7"),
	                       "a parameter appears twice");
	CU_ASSERT_STRING_EQUAL(fault_of("after=ab&limit=7&after=cd"),
	                       "a parameter appears twice");
}

static void
test_pairs(void)
{
	static const char text[] = "a parameter is not name=value";

	CU_ASSERT_STRING_EQUAL(fault_of("limit"), text);
	CU_ASSERT_STRING_EQUAL(fault_of("&"), text);
	CU_ASSERT_STRING_EQUAL(fault_of("limit=7&"), text);
	CU_ASSERT_STRING_EQUAL(fault_of("&limit=7"), text);
	CU_ASSERT_STRING_EQUAL(fault_of("limit=7&&after=ab"), text);
}

/* Every byte but those of the alphabet is refused in a value, '%' and '+'
 * among them. */
static void
test_alphabet(void)
{
	static const char taken[] =
	        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	        "-._~:";
	unsigned n = 0;

	for (unsigned c = 0; c < 256; c++) {
		char text[] = "after=a?";
		struct query q;
		const char *fault = NULL;

		text[sizeof(text) - 2] = (char)c;
		err_t err = query_parse(bytes_of(text, sizeof(text) - 1), rows,
		                        &q, &fault);
		bool good = c != 0 && strchr(taken, (int)c) != NULL;
		CU_ASSERT_EQUAL(err == OK, good);
		n += err == OK;
	}
	CU_ASSERT_EQUAL(n, sizeof(taken) - 1);
	CU_ASSERT_STRING_NOT_EQUAL(fault_of("after="), "");
	CU_ASSERT_STRING_NOT_EQUAL(fault_of("after=ab=c"), "");
}

static const struct harness_test tests[] = {
	{ "values are found by their row", test_values },
	{ "bounds of numbers and texts", test_bounds },
	{ "a number has one spelling", test_numbers },
	{ "an unknown parameter is refused", test_unknown },
	{ "a repeated parameter is refused", test_repeated },
	{ "only name=value, joined by one &", test_pairs },
	{ "the alphabet of values", test_alphabet },
	{ NULL, NULL },
};

HARNESS_MAIN("query", tests)
