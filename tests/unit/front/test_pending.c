/*
 * test_pending.c - open questions: an answer finds the request that waits for
 * it, or none.
 */
#include <stdlib.h>
#include <string.h>

#include "front/front.h"
#include "front/limits.h"
#include "front/pending.h"
#include "front/tenant.h"
#include "front/http/request.h"
#include "tests/common/base/harness.h"

static struct pending *p;
static struct request a, b;
static uint64_t ids[LIMIT_PENDING + 1];

/* Edges are only compared. */
static char edges[2];
#define EDGE(i) ((const struct edge *)(const void *)&edges[i])

static void
begin(void)
{
	a = b = (struct request){ .question_first = PENDING_NONE,
		                  .question_last = PENDING_NONE };
	CU_ASSERT_EQUAL_FATAL(pending_new(UINT64_MAX - 5, &p), OK);
}

static uint64_t
ask(struct request *r, uint32_t part, const struct edge *e, uint64_t deadline)
{
	uint64_t id = 0;
	struct question q = { .kind = QUESTION_CHALLENGE,
		              .request = r,
		              .part = part,
		              .edge = e,
		              .needs = WIRE_ROLE_KEYHOLDER,
		              .deadline_at = deadline };

	CU_ASSERT_EQUAL(pending_ask(p, &q, &id), OK);
	return id;
}

static void
test_answers(void)
{
	struct question q;

	begin();
	uint64_t one = ask(&a, 7, EDGE(0), 1), two = ask(&b, 8, EDGE(0), 2);
	CU_ASSERT_NOT_EQUAL(one, two);
	CU_ASSERT(pending_answer(p, two, &q));
	CU_ASSERT(q.request == &b && q.part == 8);
	CU_ASSERT_FALSE(pending_answer(p, two, &q)); /* twice */
	CU_ASSERT_FALSE(pending_answer(p, 0, &q));
	CU_ASSERT_FALSE(pending_answer(p, one ^ 1, &q));
	CU_ASSERT_FALSE(pending_answer(p, one + LIMIT_PENDING, &q));
	CU_ASSERT(pending_answer(p, one, &q));
	CU_ASSERT(q.request == &a && q.part == 7);
	CU_ASSERT_EQUAL(pending_count(p), 0);
	pending_free(p);
}

/* A slot is used again at once, and its old id finds nothing. */
static void
test_forgotten(void)
{
	struct question q;

	begin();
	uint64_t old = ask(&a, 0, EDGE(0), 1);
	pending_withdraw(p, &a);
	uint64_t now = ask(&b, 0, EDGE(0), 1);
	CU_ASSERT_EQUAL(old % LIMIT_PENDING, now % LIMIT_PENDING);
	CU_ASSERT_FALSE(pending_answer(p, old, &q));
	CU_ASSERT(pending_answer(p, now, &q));
	CU_ASSERT_PTR_EQUAL(q.request, &b);
	pending_free(p);
}

/* Two processes with different start values have no id in common. */
static void
test_other_start(void)
{
	struct question q;
	struct pending *other;

	begin();
	uint64_t one = ask(&a, 0, EDGE(0), 1);
	CU_ASSERT_EQUAL_FATAL(pending_new(12345678901234567, &other), OK);
	CU_ASSERT_FALSE(pending_answer(other, one, &q));
	pending_free(other);
	pending_free(p);
}

static void
test_many(void)
{
	struct question q;

	begin();
	for (size_t i = 0; i < LIMIT_PENDING; i++)
		ids[i] = ask(i % 3 ? &a : &b, (uint32_t)i, EDGE(0), i);
	q = (struct question){ .request = &a };
	CU_ASSERT_EQUAL(pending_ask(p, &q, &ids[LIMIT_PENDING]), E_LIMIT);
	for (size_t i = 0; i < LIMIT_PENDING; i++) {
		size_t at = (i * 4099) % LIMIT_PENDING;
		bool found = pending_answer(p, ids[at], &q);

		CU_ASSERT(found && q.part == at);
		if (i == 1000)
			break; /* the slow order is tested enough */
	}
	pending_withdraw(p, &a);
	pending_withdraw(p, &b);
	CU_ASSERT_EQUAL(pending_count(p), 0);
	CU_ASSERT_EQUAL(a.question_first, PENDING_NONE);
	pending_free(p);
}

/* A client at its limit leaves room for others, and can ask again after
 * answers. */
static void
test_share(void)
{
	struct client one = { 0 }, other = { 0 };
	struct question q = { .request = &a };
	uint64_t id;

	begin();
	a.client = &one;
	b.client = &other;
	for (size_t i = 0; i < LIMIT_CLIENT_PENDING; i++)
		ids[i] = ask(&a, 0, EDGE(0), 1);
	CU_ASSERT_EQUAL(pending_ask(p, &q, &id), E_LIMIT);
	(void)ask(&b, 0, EDGE(0), 1);
	CU_ASSERT(pending_answer(p, ids[0], &q));
	(void)ask(&a, 0, EDGE(0), 1);
	pending_withdraw(p, &a);
	CU_ASSERT_EQUAL(one.under_way, 0);
	CU_ASSERT_EQUAL(other.under_way, 1);
	pending_free(p);
}

/* A client that asks and disconnects does not get back its share of questions
 * that are still processed. */
static void
test_hung_up(void)
{
	struct client one = { 0 };
	struct question q = { .request = &a };
	uint64_t id;
	size_t n = 0;

	begin();
	a.client = &one;
	for (size_t i = 0; i < LIMIT_CLIENT_PENDING; i++) {
		ids[i] = ask(&a, 0, EDGE(i < 10 ? 1 : 0), i < 20 ? 100 : 200);
		pending_forget(p, &a);
	}
	CU_ASSERT_EQUAL(one.under_way, LIMIT_CLIENT_PENDING);
	CU_ASSERT_EQUAL(pending_ask(p, &q, &id), E_LIMIT);
	/* an answer for which no request waits */
	CU_ASSERT_FALSE(pending_answer(p, ids[15], &q));
	CU_ASSERT_EQUAL(one.under_way, LIMIT_CLIENT_PENDING - 1);
	/* the other process has ended */
	(void)pending_lost(p, EDGE(1), 0, &n);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(one.under_way, LIMIT_CLIENT_PENDING - 11);
	/* the deadline of these questions only, before one for which a request
	 * still waits */
	CU_ASSERT_PTR_NULL(pending_overdue(p, 100));
	CU_ASSERT_EQUAL(one.under_way, LIMIT_CLIENT_PENDING - 20);
	(void)ask(&b, 0, EDGE(0), 300);
	CU_ASSERT_PTR_EQUAL(pending_overdue(p, 300), &b);
	CU_ASSERT_EQUAL(one.under_way, 0);
	CU_ASSERT_EQUAL(pending_count(p), 1);
	pending_free(p);
}

static void
test_overdue(void)
{
	begin();
	CU_ASSERT_PTR_NULL(pending_overdue(p, UINT64_MAX));
	(void)ask(&a, 0, EDGE(0), 100);
	(void)ask(&b, 0, EDGE(0), 200);
	CU_ASSERT_PTR_NULL(pending_overdue(p, 99));
	CU_ASSERT_PTR_EQUAL(pending_overdue(p, 100), &a);
	pending_forget(p, &a);
	CU_ASSERT_PTR_NULL(pending_overdue(p, 199));
	CU_ASSERT_PTR_EQUAL(pending_overdue(p, 200), &b);
	pending_free(p);
}

static void
test_lost(void)
{
	size_t n = 0;

	begin();
	for (uint32_t i = 0; i < 5; i++)
		(void)ask(&a, i, EDGE(0), 1);
	(void)ask(&b, 0, EDGE(1), 1);
	struct request *const *lost = pending_lost(p, EDGE(0), 0, &n);
	CU_ASSERT(n == 1 && lost[0] == &a);
	(void)pending_lost(p, NULL, WIRE_ROLE_LEDGER, &n);
	CU_ASSERT_EQUAL(n, 0);
	(void)pending_lost(p, NULL, WIRE_ROLE_KEYHOLDER, &n);
	CU_ASSERT_EQUAL(n, 2);
	pending_free(p);
}

/* What goes by a verifier counts in the window of its tenant, whatever its kind, or
 * in that of a client without one. */
static void
test_windows(void)
{
	struct tenant tenant = { 0 };
	struct client backend = { .tenant = &tenant }, officer = { 0 };
	struct question q = { .request = &a, .kind = QUESTION_ENROLLMENT };
	uint64_t id[3];

	begin();
	a.client = &backend;
	b.client = &officer;
	CU_ASSERT_EQUAL(pending_ask(p, &q, &id[0]), OK); /* of the ledger */
	CU_ASSERT_EQUAL(tenant.judged.open, 0);
	q.judged = true;
	CU_ASSERT_EQUAL(pending_ask(p, &q, &id[1]), OK);
	q.request = &b;
	CU_ASSERT_EQUAL(pending_ask(p, &q, &id[2]), OK);
	CU_ASSERT(tenant.judged.open == 1 && backend.judged.open == 0);
	CU_ASSERT_EQUAL(officer.judged.open, 1);
	for (size_t i = 0; i < ARRAY_LEN(id); i++)
		CU_ASSERT(pending_answer(p, id[i], &q));
	CU_ASSERT(tenant.judged.open == 0 && officer.judged.open == 0);
	pending_free(p);
}

static const struct harness_test tests[] = {
	{ "an answer finds its question, once", test_answers },
	{ "an old id in a used slot", test_forgotten },
	{ "ids of another process", test_other_start },
	{ "as many as there is room for", test_many },
	{ "one client's share", test_share },
	{ "questions whose asker hung up", test_hung_up },
	{ "the first deadline", test_overdue },
	{ "what an edge takes along", test_lost },
	{ "windows of what a verifier passes on", test_windows },
	{ NULL, NULL },
};

HARNESS_MAIN("pending", tests)
