/*
 * test_facts.c - which rows there can be, and that the wire carries no others.
 */
#include <string.h>

#include "tests/common/fakes/facts_kit.h"
#include "tests/common/base/harness.h"
#include "base/auto.h"
#include "wire/wire.h"

static err_t
add(struct facts *f, enum fact_rule rule, const char *name, uint64_t number)
{
	return facts_add_number(f, rule, bytes_of_str(name), number);
}

static void
test_rows(void)
{
	struct facts f = { 0 };

	CU_ASSERT_EQUAL(add(&f, FACT_NOT_BELOW, "count", 7), OK);
	CU_ASSERT_EQUAL(add(&f, FACT_NOT_BEFORE, "since", 202609), OK);
	facts_kit_add(&f, FACT_EQUAL, "key", bytes_of("\0\1", 2));
	CU_ASSERT_EQUAL(f.n, 3);
	CU_ASSERT_EQUAL(facts_kit_number(&f, "count"), 7);
	CU_ASSERT_EQUAL(facts_kit_number(&f, "since"), 202609);
	CU_ASSERT(bytes_equal(facts_kit_bytes(&f, "key"), bytes_of("\0\1", 2)));
	CU_ASSERT_PTR_NULL(facts_find(&f, bytes_of_str("coun")));

	/* What says nothing is no row. */
	CU_ASSERT_EQUAL(add(&f, FACT_NOT_BELOW, "none", 0), OK);
	facts_kit_add(&f, FACT_SHOWN, "empty", bytes_of(NULL, 0));
	CU_ASSERT_EQUAL(f.n, 3);
}

static void
test_names(void)
{
	static const char *const bad[] = {
		"",
		"1a",
		"_a",
		"A",
		"a-b",
		"a b",
		"a\"",
		"a.b",
		"\xc3\xa4",
		"a234567890123456789012345",
		"device_handle",
		"format",
		"enrolled_at",
		"state",
	};
	struct facts f = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(add(&f, FACT_NOT_BELOW, bad[i], 1),
		                E_MALFORMED);
	CU_ASSERT_EQUAL(f.n, 0);
	CU_ASSERT_EQUAL(add(&f, FACT_NOT_BELOW, "a23456789012345678901234", 1),
	                OK);
	CU_ASSERT_EQUAL(add(&f, FACT_NOT_BELOW, "a", 1), OK);
	CU_ASSERT_EQUAL(add(&f, FACT_NOT_BEFORE, "a", 2), E_CONFLICT);
}

static void
test_ceilings(void)
{
	uint8_t value[FACT_BYTES_MAX + 1] = { 1 };
	struct facts f = { 0 };
	char name[2] = "a";

	CU_ASSERT_EQUAL(facts_add_bytes(&f, FACT_EQUAL, bytes_of_str("k"),
	                                bytes_of(value, sizeof(value))),
	                E_LIMIT);
	CU_ASSERT_EQUAL(facts_add_bytes(&f, FACT_EQUAL, bytes_of_str("k"),
	                                bytes_of(value, FACT_BYTES_MAX)),
	                OK);
	CU_ASSERT_EQUAL(add(&f, FACT_NOT_BELOW, "n", FACT_NUMBER_MAX + 1),
	                E_LIMIT);
	CU_ASSERT_EQUAL(add(&f, FACT_NOT_BELOW, "n", FACT_NUMBER_MAX), OK);
	for (; f.n < FACTS_MAX; name[0]++)
		CU_ASSERT_EQUAL(add(&f, FACT_NOT_BELOW, name, 1), OK);
	CU_ASSERT_EQUAL(add(&f, FACT_NOT_BELOW, "z", 1), E_LIMIT);
}

static void
test_rules(void)
{
	struct facts f = { 0 };

	CU_ASSERT_FALSE(fact_rule_valid(0));
	CU_ASSERT_FALSE(fact_rule_valid(FACT_NOT_BEFORE + 1));
	CU_ASSERT_EQUAL(add(&f, FACT_EQUAL, "a", 1), E_MALFORMED);
	CU_ASSERT_EQUAL(add(&f, 0, "a", 1), E_MALFORMED);
	CU_ASSERT_EQUAL(facts_add_bytes(&f, FACT_NOT_BELOW, bytes_of_str("a"),
	                                bytes_of_str("b")),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(
	        facts_add_bytes(&f, 5, bytes_of_str("a"), bytes_of_str("b")),
	        E_MALFORMED);
	CU_ASSERT_EQUAL(f.n, 0);
}

/* --- the wire ------------------------------------------------------------- */

/* An ENROLL whose rows are these bytes. */
static err_t
decoded(const char *rows, size_t len)
{
	AUTO(buf_release) struct buf out = buf_of(WIRE_PACKET_MAX);
	struct wire_enroll m = { .tenant = bytes_of_str("a"),
		                 .format = bytes_of_str("f") };

	wire_put_enroll(&out, &m);
	out.len--; /* no rows */
	buf_append(&out, bytes_of(rows, len));
	CU_ASSERT_EQUAL(buf_status(&out), OK);
	return wire_get_enroll(buf_bytes(&out), &m);
}

#define ROWS(text) decoded((text), sizeof(text) - 1)
#define SEVEN "\3\0\1a\0\0\0\0\0\0\0\7"
#define KEY "\2\0\1k\0\0\0\1x"

static void
test_wire(void)
{
	CU_ASSERT_EQUAL(ROWS("\0"), OK);
	CU_ASSERT_EQUAL(ROWS("\1" SEVEN), OK);
	CU_ASSERT_EQUAL(ROWS("\2" SEVEN KEY), OK);
	CU_ASSERT_EQUAL(ROWS("\2" SEVEN), E_MALFORMED);
	CU_ASSERT_EQUAL(ROWS("\1" SEVEN KEY), E_MALFORMED);
	CU_ASSERT_EQUAL(ROWS("\2" KEY KEY), E_MALFORMED); /* twice */
	CU_ASSERT_EQUAL(ROWS("\1\0\0\1a\0\0\0\1x"), E_MALFORMED);
	CU_ASSERT_EQUAL(ROWS("\1\5\0\1a\0\0\0\1x"), E_MALFORMED);
	CU_ASSERT_EQUAL(ROWS("\1\2\0\1A\0\0\0\1x"), E_MALFORMED);
	CU_ASSERT_EQUAL(ROWS("\1\2\0\6format\0\0\0\1x"), E_MALFORMED);
	/* A row that says nothing has no spelling. */
	CU_ASSERT_EQUAL(ROWS("\1\2\0\1k\0\0\0\0"), E_MALFORMED);
	CU_ASSERT_EQUAL(ROWS("\1\3\0\1a\0\0\0\0\0\0\0\0"), E_MALFORMED);
	CU_ASSERT_EQUAL(ROWS("\1\3\0\1a\0\x20\0\0\0\0\0\0"), E_MALFORMED);
}

/* One more than there is room for, which no writer of ours makes. */
static void
test_wire_most(void)
{
	AUTO(buf_release) struct buf rows = buf_of(4096);

	for (size_t n = FACTS_MAX; n <= FACTS_MAX + 1; n++) {
		buf_reset(&rows);
		buf_u8(&rows, (uint8_t)n);
		for (size_t i = 0; i < n; i++) {
			buf_append(&rows, bytes_of("\3\0\1", 3));
			buf_u8(&rows, (uint8_t)('a' + i));
			buf_u64(&rows, 1);
		}
		CU_ASSERT_EQUAL(decoded(buf_str(&rows), rows.len),
		                n == FACTS_MAX ? OK : E_MALFORMED);
	}
}

static const struct harness_test tests[] = {
	{ "rows, and what is none", test_rows },
	{ "names", test_names },
	{ "ceilings", test_ceilings },
	{ "each rule for its kind of value", test_rules },
	{ "rows on the wire", test_wire },
	{ "as many rows as there is room for", test_wire_most },
	{ NULL, NULL },
};
HARNESS_MAIN("facts", tests)
