/*
 * test_fair_queue.c - a tenant does not wait for all challenges of another one.
 */
#include <stdio.h>
#include <string.h>

#include "keyholder/fair_queue.h"

#include "tests/common/base/harness.h"

/* Edges are only compared. */
static char edges[2];
#define EDGE(i) ((struct edge *)(void *)&edges[i])

static err_t
ask(struct fair_queue *t, const char *tenant, uint64_t request)
{
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	const struct wire_challenge_make m = { .request = request,
		                               .tenant = bytes_of_str(tenant) };
	struct challenge_waiting *w = NULL;

	wire_put_challenge_make(&packet, &m);
	TRY(fair_queue_read(t, buf_bytes(&packet), &w));
	w->from = EDGE(request % 2);
	return fair_queue_add(t, w);
}

/* Fails the test unless the next entry is that request of that tenant. */
static void
expect(struct fair_queue *t, const char *tenant, uint64_t request)
{
	struct challenge_waiting *w = fair_queue_take(t);

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT(bytes_equal_str(w->asked.tenant, tenant));
	CU_ASSERT_EQUAL(w->asked.request, request);
	fair_queue_done(t, w);
}

static void
test_order(void)
{
	AUTO(fair_queue_free) struct fair_queue *t = NULL;

	CU_ASSERT_EQUAL_FATAL(fair_queue_new(&t), OK);
	CU_ASSERT_PTR_NULL(fair_queue_take(t));
	for (uint64_t i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(ask(t, "a", i), OK);
	for (uint64_t i = 0; i < 5; i++)
		expect(t, "a", i);
	CU_ASSERT_PTR_NULL(fair_queue_take(t));
}

/* Tenant a has a thousand entries when b and c add a few, which are served at
 * once. */
static void
test_fair(void)
{
	AUTO(fair_queue_free) struct fair_queue *t = NULL;

	CU_ASSERT_EQUAL_FATAL(fair_queue_new(&t), OK);
	for (uint64_t i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(ask(t, "a", i), OK);
	expect(t, "a", 0);
	CU_ASSERT_EQUAL(ask(t, "b", 1), OK);
	CU_ASSERT_EQUAL(ask(t, "b", 2), OK);
	CU_ASSERT_EQUAL(ask(t, "c", 3), OK);
	expect(t, "b", 1);
	expect(t, "c", 3);
	expect(t, "a", 1);
	expect(t, "b", 2);
	/* a returning tenant is served, then the one with many entries */
	CU_ASSERT_EQUAL(ask(t, "c", 4), OK);
	CU_ASSERT_EQUAL(ask(t, "c", 5), OK);
	expect(t, "c", 4);
	expect(t, "a", 2);
	expect(t, "c", 5);
	for (uint64_t i = 3; i < 1000; i++)
		expect(t, "a", i);
	CU_ASSERT_PTR_NULL(fair_queue_take(t));
}

/* One tenant cannot use up all entries. */
static void
test_share(void)
{
	AUTO(fair_queue_free) struct fair_queue *t = NULL;
	uint64_t n = 0;

	CU_ASSERT_EQUAL_FATAL(fair_queue_new(&t), OK);
	while (n <= FAIR_QUEUE_MAX && ask(t, "a", n) == OK)
		n++;
	CU_ASSERT_EQUAL(n, FAIR_QUEUE_TENANT_MAX);
	CU_ASSERT_EQUAL(ask(t, "a", n), E_LIMIT);
	for (; n < FAIR_QUEUE_MAX; n++)
		CU_ASSERT_EQUAL_FATAL(ask(t, "b", n), OK);
	CU_ASSERT_EQUAL(ask(t, "b", n), E_LIMIT); /* every place is taken */
	expect(t, "a", 0);
	CU_ASSERT_EQUAL(ask(t, "b", n), OK);
}

static void
test_many_tenants(void)
{
	AUTO(fair_queue_free) struct fair_queue *t = NULL;
	char name[16];

	CU_ASSERT_EQUAL_FATAL(fair_queue_new(&t), OK);
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < FAIR_QUEUE_TENANTS_MAX; i++) {
			snprintf(name, sizeof(name), "t-%u", i);
			CU_ASSERT_EQUAL(ask(t, name, round), OK);
		}
	CU_ASSERT_EQUAL(ask(t, "one-more", 0), E_LIMIT);
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < FAIR_QUEUE_TENANTS_MAX; i++) {
			snprintf(name, sizeof(name), "t-%u", i);
			expect(t, name, round);
		}
	CU_ASSERT_PTR_NULL(fair_queue_take(t));
	CU_ASSERT_EQUAL(ask(t, "one-more", 0), OK);
}

static void
test_forget(void)
{
	AUTO(fair_queue_free) struct fair_queue *t = NULL;

	CU_ASSERT_EQUAL_FATAL(fair_queue_new(&t), OK);
	for (uint64_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(ask(t, i < 2 ? "a" : "b", i), OK);
	fair_queue_forget(t, EDGE(0));
	for (unsigned i = 0; i < 4; i++) {
		struct challenge_waiting *w = fair_queue_take(t);

		CU_ASSERT_PTR_NOT_NULL_FATAL(w);
		if (w->asked.request % 2 == 0) {
			CU_ASSERT_PTR_NULL(w->from);
		} else {
			CU_ASSERT_PTR_EQUAL(w->from, EDGE(1));
		}
		fair_queue_done(t, w);
	}
}

/* Composes a valid request with that many bytes. */
static void
put_long(struct buf *packet, size_t len)
{
	static const char name[] = { [0 ... FAIR_QUEUE_PACKET_MAX] = 'a' };
	struct wire_challenge_make m = { .request = 1 };

	wire_put_challenge_make(packet, &m);
	m.tenant = bytes_of(name, len - packet->len);
	buf_reset(packet);
	wire_put_challenge_make(packet, &m);
	CU_ASSERT_EQUAL(packet->len, len);
}

static void
test_malformed(void)
{
	static const uint8_t broken[9];
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	AUTO(fair_queue_free) struct fair_queue *t = NULL;
	struct challenge_waiting *w = NULL;

	CU_ASSERT_EQUAL_FATAL(fair_queue_new(&t), OK);
	put_long(&packet, FAIR_QUEUE_PACKET_MAX + 1);
	CU_ASSERT_EQUAL(fair_queue_read(t, buf_bytes(&packet), &w),
	                E_MALFORMED);
	buf_reset(&packet);
	put_long(&packet, FAIR_QUEUE_PACKET_MAX);
	CU_ASSERT_EQUAL_FATAL(fair_queue_read(t, buf_bytes(&packet), &w), OK);
	fair_queue_done(t, w);
	/* the entry used for a failed attempt is free again */
	for (unsigned i = 0; i <= FAIR_QUEUE_MAX; i++)
		CU_ASSERT_EQUAL(
		        fair_queue_read(t, bytes_of(broken, sizeof(broken)),
		                        &w),
		        E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "a tenant's own come in order", test_order },
	{ "tenants take turns", test_fair },
	{ "a tenant cannot fill every place", test_share },
	{ "as many tenants as may wait", test_many_tenants },
	{ "nobody waits for an edge that went", test_forget },
	{ "what does not decode takes no place", test_malformed },
	{ NULL, NULL },
};

HARNESS_MAIN("fair_queue", tests)
