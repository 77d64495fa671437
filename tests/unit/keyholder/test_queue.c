/*
 * test_queue.c - a tenant does not wait for all results of another one.
 */
#include <stdio.h>
#include <string.h>

#include "keyholder/keyholder.h"

#include "tests/common/base/harness.h"

/* Edges are only compared. */
static char edges[2];
#define EDGE(i) ((struct edge *)(void *)&edges[i])

static err_t
add_to(struct queue *q, const char *tenant, uint64_t request)
{
	const struct waiting item = { .from = EDGE(request % 2),
		                      .kind = WIRE_ID_RESULT_SIGN,
		                      .key = (unsigned)request % 3,
		                      .tenant = bytes_of_str(tenant),
		                      .request = request };

	return queue_add(q, &item, bytes_of_str(tenant));
}

static void
expect_next(struct queue *q, const char *tenant, uint64_t request)
{
	const struct waiting *w = queue_next(q, 0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_EQUAL(w->request, request);
	CU_ASSERT(bytes_equal_str(w->tenant, tenant));
	CU_ASSERT(bytes_equal_str(w->bytes, tenant));
	queue_took(q, 1);
}

static void
test_order(void)
{
	struct queue q;

	CU_ASSERT_EQUAL_FATAL(queue_open(&q), OK);
	CU_ASSERT_PTR_NULL(queue_next(&q, 0));
	for (uint64_t i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(add_to(&q, "a", i), OK);
	for (uint64_t i = 0; i < 5; i++)
		expect_next(&q, "a", i);
	CU_ASSERT_PTR_NULL(queue_next(&q, 0));
	queue_release(&q);
}

static void
test_turns(void)
{
	struct queue q;

	CU_ASSERT_EQUAL_FATAL(queue_open(&q), OK);
	for (uint64_t i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(add_to(&q, "a", i), OK);
	expect_next(&q, "a", 0);
	CU_ASSERT_EQUAL(add_to(&q, "b", 1), OK);
	CU_ASSERT_EQUAL(add_to(&q, "b", 2), OK);
	CU_ASSERT_EQUAL(add_to(&q, "c", 3), OK);
	expect_next(&q, "b", 1);
	expect_next(&q, "c", 3);
	expect_next(&q, "a", 1);
	expect_next(&q, "b", 2);
	CU_ASSERT_EQUAL(add_to(&q, "c", 4), OK);
	expect_next(&q, "c", 4);
	for (uint64_t i = 2; i < 1000; i++)
		expect_next(&q, "a", i);
	CU_ASSERT_PTR_NULL(queue_next(&q, 0));
	queue_release(&q);
}

/* The one that the device works on stays the first, and those that were looked
 * at keep their order. */
static void
test_chosen_stay(void)
{
	struct queue q;

	CU_ASSERT_EQUAL_FATAL(queue_open(&q), OK);
	for (uint64_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(add_to(&q, "a", i), OK);
	CU_ASSERT_EQUAL(queue_next(&q, 1)->request, 1);
	CU_ASSERT_EQUAL(add_to(&q, "b", 7), OK);
	CU_ASSERT_EQUAL(queue_next(&q, 0)->request, 0);
	CU_ASSERT_EQUAL(queue_next(&q, 1)->request, 1);
	CU_ASSERT_PTR_NULL(queue_next(&q, 4));
	queue_took(&q, 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(queue_next(&q, 1));
	CU_ASSERT_PTR_NULL(queue_next(&q, 2));
	queue_release(&q); /* what waits is freed */
}

static void
test_places(void)
{
	struct queue q;
	uint64_t n = 0, most = KEYHOLDER_QUEUE_MAX;

	CU_ASSERT_EQUAL_FATAL(queue_open(&q), OK);
	while (n <= most && add_to(&q, "a", n) == OK)
		n++;
	CU_ASSERT_EQUAL(n, most / 4 * 3);
	for (; n < most; n++)
		CU_ASSERT_EQUAL_FATAL(add_to(&q, "b", n), OK);
	CU_ASSERT_EQUAL(add_to(&q, "b", n), E_LIMIT); /* all are taken */
	CU_ASSERT_EQUAL(add_to(&q, "c", n), E_LIMIT);
	expect_next(&q, "a", 0);
	CU_ASSERT_EQUAL(add_to(&q, "c", n), OK);
	queue_release(&q);
}

static void
test_bytes(void)
{
	static uint8_t much[KEYHOLDER_QUEUE_BYTES / 64];
	const struct bytes bytes = bytes_of(much, sizeof(much));
	struct waiting a = { .tenant = bytes_of_str("a") };
	struct waiting b = { .tenant = bytes_of_str("b") };
	struct queue q;

	CU_ASSERT_EQUAL_FATAL(queue_open(&q), OK);
	for (unsigned i = 0; i < 48; i++)
		CU_ASSERT_EQUAL_FATAL(queue_add(&q, &a, bytes), OK);
	CU_ASSERT_EQUAL(queue_add(&q, &a, bytes), E_LIMIT);
	for (unsigned i = 0; i < 16; i++)
		CU_ASSERT_EQUAL_FATAL(queue_add(&q, &b, bytes), OK);
	CU_ASSERT_EQUAL(queue_add(&q, &b, bytes), E_LIMIT);
	CU_ASSERT_PTR_NOT_NULL(queue_next(&q, 0));
	queue_took(&q, 1);
	CU_ASSERT_EQUAL(queue_add(&q, &b, bytes), OK);
	queue_release(&q);
}

static void
test_many_tenants(void)
{
	struct queue q;
	char name[16];

	CU_ASSERT_EQUAL_FATAL(queue_open(&q), OK);
	for (unsigned i = 0; i < FAIR_QUEUE_TENANTS_MAX; i++) {
		snprintf(name, sizeof(name), "t-%u", i);
		CU_ASSERT_EQUAL(add_to(&q, name, i), OK);
	}
	CU_ASSERT_EQUAL(add_to(&q, "one-more", 0), E_LIMIT);
	for (unsigned i = 0; i < FAIR_QUEUE_TENANTS_MAX; i++) {
		snprintf(name, sizeof(name), "t-%u", i);
		expect_next(&q, name, i);
	}
	queue_release(&q);
}

/* Both those that were chosen and those that wait. */
static void
test_lists(void)
{
	struct queue q;

	CU_ASSERT_EQUAL_FATAL(queue_open(&q), OK);
	CU_ASSERT_EQUAL(add_to(&q, "a", 1), OK); /* key 1 */
	CU_ASSERT(queue_uses(&q, 1));
	CU_ASSERT_PTR_NOT_NULL(queue_next(&q, 0));
	CU_ASSERT_EQUAL(add_to(&q, "b", 2), OK);
	CU_ASSERT_EQUAL(add_to(&q, "b", 5), OK);
	CU_ASSERT(queue_uses(&q, 1));
	CU_ASSERT(queue_uses(&q, 2));
	CU_ASSERT_FALSE(queue_uses(&q, 0));
	queue_forget(&q, EDGE(1));
	CU_ASSERT_PTR_NULL(queue_next(&q, 0)->from);
	CU_ASSERT_PTR_EQUAL(queue_next(&q, 1)->from, EDGE(0));
	CU_ASSERT_PTR_NULL(queue_next(&q, 2)->from);
	queue_took(&q, 1);
	CU_ASSERT_FALSE(queue_uses(&q, 1));
	queue_release(&q);
	queue_release(&q);
}

static const struct harness_test tests[] = {
	{ "one tenant's come in order", test_order },
	{ "tenants take turns", test_turns },
	{ "what was looked at keeps its order", test_chosen_stay },
	{ "a tenant cannot fill every place", test_places },
	{ "nor all of the bytes", test_bytes },
	{ "so many tenants", test_many_tenants },
	{ "edges that ended, and keys in use", test_lists },
	{ NULL, NULL },
};

HARNESS_MAIN("queue", tests)
