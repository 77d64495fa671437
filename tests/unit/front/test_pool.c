/*
 * test_pool.c - the pool allocator.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

#include "front/memory/pool.h"

#include "tests/common/base/harness.h"

enum { N = 3000 };
static uint8_t *pieces[N];

static size_t
size_of(size_t i)
{
	return (i * 37) % (POOL_MOST + 200);
}

/* Allocates all sizes and fills each block to its end: no two overlap. */
static void
test_apart(void)
{
	for (size_t i = 0; i < N; i++) {
		pieces[i] = pool_alloc(size_of(i));
		CU_ASSERT_PTR_NOT_NULL_FATAL(pieces[i]);
		CU_ASSERT_EQUAL((uintptr_t)pieces[i] % 16, 0);
		memset(pieces[i], (int)(i % 251), size_of(i));
	}
	for (size_t i = 0; i < N; i++) {
		size_t wrong = 0;
		for (size_t k = 0; k < size_of(i); k++)
			wrong += pieces[i][k] != i % 251;
		CU_ASSERT_EQUAL(wrong, 0);
		pool_free(pieces[i]);
	}
	pool_free(NULL);
}

static void
test_again(void)
{
#ifdef ANCHORD_SAN
	harness_skip("sanitizer builds ask malloc for each piece");
#else
	void *p = pool_alloc(300);

	pool_free(p);
	CU_ASSERT_PTR_EQUAL(pool_alloc(310), p); /* of the same step */
	pool_free(p);
#endif
}

static void
test_zero(void)
{
	uint8_t *p = pool_alloc(500);
	size_t set = 0;

	memset(p, 0xff, 500);
	pool_free(p);
	p = pool_zero(500);
	for (size_t i = 0; i < 500; i++)
		set += p[i] != 0;
	CU_ASSERT_EQUAL(set, 0);
	pool_free(p);
}

/* pool_resize() keeps the bytes, also from NULL and to a block of malloc(3). */
static void
test_resize(void)
{
	char *p = pool_resize(NULL, 10);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memcpy(p, "123456789", 10);
	for (size_t n = 20; n < 5000; n *= 2) {
		p = pool_resize(p, n);
		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		CU_ASSERT_STRING_EQUAL(p, "123456789");
		memset(p + 10, 'x', n - 10);
	}
	pool_free(p);
}

/* A block shares its first and last cache line with no other block. */
static void
test_lines(void)
{
#ifdef ANCHORD_SAN
	harness_skip("sanitizer builds ask malloc for each piece");
#else
	void *p[8];

	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		p[i] = pool_alloc(100 * i + 1);
		CU_ASSERT_EQUAL((uintptr_t)p[i] % POOL_STEP, 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		pool_free(p[i]);
#endif
}

/* When the reserved range is used up, malloc(3) is used. */
static void
test_used_up(void)
{
#ifdef ANCHORD_SAN
	harness_skip("sanitizer builds ask malloc for each piece");
#else
	enum { MANY = (640u << 20) / POOL_MOST, LAST = 1000 };
	static void *p[MANY];
	size_t n = 0;

	while (n < MANY && (p[n] = pool_alloc(POOL_MOST)) != NULL)
		n++;
	CU_ASSERT_EQUAL_FATAL(n, MANY);
	for (size_t i = n - LAST; i < n; i++)
		memset(p[i], 1, POOL_MOST);
	p[n - 1] = pool_resize(p[n - 1], POOL_MOST + 1);
	/* the pages of the others were never written, and stay so */
	for (size_t i = n - LAST; i < n; i++)
		pool_free(p[i]);

	void *first = p[0];
	pool_free(first);
	CU_ASSERT_PTR_EQUAL(pool_alloc(POOL_MOST), first);
#endif
}

static void
test_absurd(void)
{
	CU_ASSERT_PTR_NULL(pool_alloc(SIZE_MAX));
	CU_ASSERT_PTR_NULL(pool_alloc(SIZE_MAX - 8));
}

static const struct harness_test tests[] = {
	{ "pieces lie apart", test_apart },
	{ "a piece is used again", test_again },
	{ "zeroed when that is asked for", test_zero },
	{ "growing keeps the bytes", test_resize },
	{ "no piece shares a cache line", test_lines },
	{ "what the range has not is malloc's", test_used_up },
	{ "no size wraps", test_absurd },
	{ NULL, NULL },
};

HARNESS_MAIN("pool", tests)
