/*
 * test_twins.c - counting the connections of a certificate.
 */
#include <string.h>

#include "front/twins.h"

#include "tests/common/base/harness.h"

static struct twins all;

/* Two of one row differ in the last byte alone. */
static void
make_print(uint8_t *out, uint8_t row, uint8_t last)
{
	memset(out, 0, HASH_SIZE);
	out[1] = row;
	out[HASH_SIZE - 1] = last;
}

static void
test_most(void)
{
	uint8_t print[HASH_SIZE];
	struct twin *w[4], *none = NULL;

	make_print(print, 1, 1);
	for (size_t i = 0; i < ARRAY_LEN(w); i++)
		CU_ASSERT_EQUAL(twins_join(&all, print, ARRAY_LEN(w), &w[i]),
		                OK);
	CU_ASSERT_EQUAL(twins_join(&all, print, ARRAY_LEN(w), &none), E_LIMIT);
	CU_ASSERT_PTR_NULL(none);
	twins_leave(&all, w[0]);
	CU_ASSERT_EQUAL(twins_join(&all, print, ARRAY_LEN(w), &w[0]), OK);
	CU_ASSERT_EQUAL(twins_join(&all, print, ARRAY_LEN(w), &none), E_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(w); i++)
		twins_leave(&all, w[i]);
	CU_ASSERT_EQUAL(twins_join(&all, print, 0, &none), E_LIMIT);
	twins_leave(&all, NULL);
}

static bool
is_empty(void)
{
	for (size_t i = 0; i < TWINS_ROWS; i++)
		if (all.rows[i])
			return false;
	return true;
}

/* Certificates of one row count apart, and leave in any order. */
static void
test_one_row(void)
{
	enum { N = 5 };
	uint8_t print[HASH_SIZE];
	struct twin *w[N], *none = NULL;

	for (uint8_t i = 0; i < N; i++) {
		make_print(print, 7, i);
		CU_ASSERT_EQUAL(twins_join(&all, print, 1, &w[i]), OK);
		CU_ASSERT_EQUAL(twins_join(&all, print, 1, &none), E_LIMIT);
	}
	static const uint8_t order[N] = { 2, 0, 4, 1, 3 };
	for (size_t i = 0; i < N; i++) {
		twins_leave(&all, w[order[i]]);
		make_print(print, 7, order[i]);
		CU_ASSERT_EQUAL(twins_join(&all, print, 1, &w[order[i]]), OK);
		twins_leave(&all, w[order[i]]);
	}
	CU_ASSERT(is_empty());
}

static const struct harness_test tests[] = {
	{ "so many of one certificate", test_most },
	{ "certificates of one row of the table", test_one_row },
	{ NULL, NULL },
};

HARNESS_MAIN("twins", tests)
