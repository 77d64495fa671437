/*
 * test_similar.c - how much two names differ.
 */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/similar.h"
#include "tests/common/base/harness.h"

static void
test_distances(void)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} rows[] = {
		{ "", "", 0 },
		{ "", "abc", 3 },
		{ "threshold", "threshold", 0 },
		{ "treshold", "threshold", 1 },   /* one is missing */
		{ "thresshold", "threshold", 1 }, /* one too many */
		{ "threshald", "threshold", 1 },  /* another one */
		{ "htreshold", "threshold", 1 },  /* two swapped */
		{ "ca", "abc", 3 }, /* what was swapped stays together */
		{ "kitten", "sitting", 3 },
		{ "Name", "name", 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CU_ASSERT_EQUAL(similar_distance(rows[i].a, rows[i].b),
		                rows[i].distance);
		CU_ASSERT_EQUAL(similar_distance(rows[i].b, rows[i].a),
		                rows[i].distance);
	}
}

/* Names come from files of others. */
static void
test_long(void)
{
	char *name = malloc(100001);

	CU_ASSERT_PTR_NOT_NULL_FATAL(name);
	memset(name, 'a', 100000);
	name[100000] = '\0';
	CU_ASSERT_EQUAL(similar_distance(name, ""), SIMILAR_MAX);
	CU_ASSERT_EQUAL(similar_distance("", name), SIMILAR_MAX);
	CU_ASSERT_EQUAL(similar_distance(name, name + 1), 0);
	free(name);
}

static const struct harness_test tests[] = {
	{ "counts what must change", test_distances },
	{ "looks at the beginning of long names", test_long },
	{ NULL, NULL },
};

HARNESS_MAIN("similar", tests)
