/*
 * test_buffer_pool.c - small buffers are used again, large ones are not kept.
 */
#include "front/memory/buffer_pool.h"

#include "tests/common/base/harness.h"

static void
fill(struct buf *b, size_t n)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(buf_extend(b, n));
}

static void
test_again(void)
{
	static struct buffer_pool s;
	struct buf b = buffer_pool_take(&s, 65536);

	CU_ASSERT_EQUAL(b.room, 0);
	fill(&b, 1000);
	const uint8_t *memory = b.data;
	buffer_pool_give(&s, &b);
	CU_ASSERT_PTR_NULL(b.data);
	b = buffer_pool_take(&s, 5000);
	CU_ASSERT_PTR_EQUAL(b.data, memory);
	CU_ASSERT_EQUAL(b.len, 0);
	CU_ASSERT_EQUAL(b.ceiling, 5000);
	CU_ASSERT_EQUAL(buf_status(&b), OK);
	buffer_pool_give(&s, &b);
	buffer_pool_release(&s);
}

/* A returned buffer has no failure any more.  A buffer whose ceiling is below
 * the room of the spare ones is created without memory. */
static void
test_failed(void)
{
	static struct buffer_pool s;
	struct buf b = buffer_pool_take(&s, BUFFER_POOL_ROOM);

	fill(&b, 100);
	CU_ASSERT_PTR_NULL(buf_extend(&b, BUFFER_POOL_ROOM));
	buffer_pool_give(&s, &b);
	b = buffer_pool_take(&s, 100);
	CU_ASSERT_EQUAL(b.room, 0);
	b = buffer_pool_take(&s, BUFFER_POOL_ROOM);
	CU_ASSERT(b.room > 0);
	CU_ASSERT_EQUAL(buf_status(&b), OK);
	buffer_pool_give(&s, &b);
	buffer_pool_release(&s);
}

static void
test_bounds(void)
{
	static struct buffer_pool s;

	for (size_t i = 0; i < BUFFER_POOL_MAX + 10; i++) {
		struct buf b = buf_of(65536);
		fill(&b, i == 0 ? BUFFER_POOL_ROOM + 1 : 10);
		buffer_pool_give(&s, &b);
		CU_ASSERT_PTR_NULL(b.data);
	}
	CU_ASSERT_EQUAL(s.n, BUFFER_POOL_MAX);
	for (size_t i = 0; i < s.n; i++)
		CU_ASSERT(s.bufs[i].room <= BUFFER_POOL_ROOM);
	buffer_pool_release(&s);
	CU_ASSERT_EQUAL(s.n, 0);
}

static const struct harness_test tests[] = {
	{ "memory is used again", test_again },
	{ "and clean", test_failed },
	{ "so many and so large", test_bounds },
	{ NULL, NULL },
};

HARNESS_MAIN("buffer_pool", tests)
