/*
 * test_roots.c - the roots that a key holder signed last.
 */
#include <string.h>

#include "keyholder/roots.h"

#include "tests/common/base/harness.h"

/* The roots are in a few hash chains, which are therefore long. */
static void
root_of(uint64_t i, uint8_t out[static HASH_SIZE])
{
	memset(out, 0, HASH_SIZE);
	out[0] = (uint8_t)(i % 7);
	memcpy(out + 8, &i, sizeof(i));
}

static bool
known(const struct roots *r, uint64_t i)
{
	uint8_t root[HASH_SIZE];

	root_of(i, root);
	return roots_known(r, root);
}

static void
note(struct roots *r, uint64_t i)
{
	uint8_t root[HASH_SIZE];

	root_of(i, root);
	roots_note(r, root);
}

static void
test_known(void)
{
	struct roots r = { 0 };

	CU_ASSERT_EQUAL_FATAL(roots_open(&r), OK);
	CU_ASSERT_FALSE(known(&r, 0));
	note(&r, 1);
	CU_ASSERT_TRUE(known(&r, 1));
	CU_ASSERT_FALSE(known(&r, 8)); /* the same chain */
	note(&r, 8);
	CU_ASSERT_TRUE(known(&r, 1));
	CU_ASSERT_TRUE(known(&r, 8));
	roots_release(&r);
}

/* Only the oldest root is removed. */
static void
test_ring(void)
{
	enum { MORE = 20 };
	struct roots r = { 0 };

	CU_ASSERT_EQUAL_FATAL(roots_open(&r), OK);
	for (uint64_t i = 0; i < ROOTS_MAX; i++) {
		uint8_t root[HASH_SIZE] = { 0 };
		uint32_t first = (uint32_t)(i * 2654435761u);

		memcpy(root, &first, sizeof(first));
		memcpy(root + 8, &i, sizeof(i));
		roots_note(&r, root);
	}
	for (uint64_t i = 0; i < MORE; i++)
		note(&r, ROOTS_MAX + i);
	for (uint64_t i = 0; i < ROOTS_MAX; i++) {
		uint8_t root[HASH_SIZE] = { 0 };
		uint32_t first = (uint32_t)(i * 2654435761u);

		memcpy(root, &first, sizeof(first));
		memcpy(root + 8, &i, sizeof(i));
		CU_ASSERT_EQUAL(roots_known(&r, root), i >= MORE);
	}
	for (uint64_t i = 0; i < MORE; i++)
		CU_ASSERT_TRUE(known(&r, ROOTS_MAX + i));
	roots_release(&r);
}

static const struct harness_test tests[] = {
	{ "knows what was noted", test_known },
	{ "forgets the oldest alone", test_ring },
	{ NULL, NULL },
};

HARNESS_MAIN("roots", tests)
