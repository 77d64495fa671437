/*
 * test_batch_delay.c - a batch waits only while further challenges arrive.
 */
#include "keyholder/batch_delay.h"

#include "tests/common/base/harness.h"

#define HOLD_US 2000

/* Challenges arrive every gap_us.  Returns the size of the last of many
 * batches, and how long its first challenge waited. */
static size_t
steady(struct batch_delay *p, uint64_t gap_us, uint64_t *ret_waited_us)
{
	uint64_t now = 1000000, next = now, first = 0;
	size_t n = 0, batch = 0;

	for (unsigned batches = 0; batches < 200;) {
		if (now >= next) {
			batch_delay_came(p, now);
			first = n++ ? first : now;
			next += gap_us;
		}
		uint64_t wait = n ? batch_delay_wait(p, n, now) : next - now;
		if (wait > 0) {
			now += wait < next - now ? wait : next - now;
			continue;
		}
		*ret_waited_us = now - first;
		batch = n;
		n = 0;
		batches++;
		now = now > next ? now : next;
	}
	return batch;
}

static void
test_idle(void)
{
	struct batch_delay p = { .most_us = HOLD_US };
	uint64_t waited = 0;

	CU_ASSERT_EQUAL(steady(&p, 10000, &waited), 1);
	CU_ASSERT_EQUAL(waited, 0);
}

static void
test_first(void)
{
	struct batch_delay p = { .most_us = HOLD_US };

	batch_delay_came(&p,
	                 5000000); /* the first of a life: nothing is known */
	CU_ASSERT_EQUAL(batch_delay_wait(&p, 1, 5000000), 0);

	for (uint64_t i = 0; i < 100; i++) /* a crowd, and then a pause */
		batch_delay_came(&p, 6000000 + i);
	batch_delay_came(&p, 7000000);
	CU_ASSERT_EQUAL(batch_delay_wait(&p, 1, 7000000), 0);
}

static void
test_load(void)
{
	static const uint64_t gaps[] = { 1000, 500, 100, 20 };

	for (size_t i = 0; i < sizeof(gaps) / sizeof(*gaps); i++) {
		struct batch_delay p = { .most_us = HOLD_US };
		uint64_t waited = 0;
		size_t n = steady(&p, gaps[i], &waited);

		CU_ASSERT_TRUE(n >= 2 && n <= 1 + HOLD_US / gaps[i]);
		CU_ASSERT_TRUE(waited <= HOLD_US);
	}
}

static void
test_enough(void)
{
	struct batch_delay p = { .most_us = HOLD_US };
	uint64_t waited = 0;

	CU_ASSERT_EQUAL(steady(&p, 1, &waited), BATCH_DELAY_ENOUGH);
	CU_ASSERT_TRUE(waited < HOLD_US);
}

/* A single client sends its next request after each answer.  Waiting brings no
 * further challenge, so batches soon stop waiting, except for a rare probe. */
static void
test_alone(void)
{
	struct batch_delay p = { .most_us = HOLD_US };
	uint64_t now = 1000000;
	unsigned held = 0;

	for (unsigned i = 0; i < 1000; i++) {
		now += 400;
		batch_delay_came(&p, now);
		uint64_t wait = batch_delay_wait(&p, 1, now);
		while (wait > 0) {
			held += i > 50 && p.since_us == now;
			now += wait;
			wait = batch_delay_wait(&p, 1, now);
		}
	}
	CU_ASSERT_TRUE(held >= 1 && held <= 1000 / BATCH_DELAY_PROBE + 1);
}

/* Without the setting no batch waits. */
static void
test_never(void)
{
	struct batch_delay p = { .most_us = 0 };
	uint64_t waited = 0;

	CU_ASSERT_EQUAL(steady(&p, 10, &waited), 1);
	CU_ASSERT_EQUAL(waited, 0);
}

static const struct harness_test tests[] = {
	{ "an idle service does not wait", test_idle },
	{ "and at its start it does not", test_first },
	{ "under load it waits, no longer than it may", test_load },
	{ "enough is enough", test_enough },
	{ "a client by itself is not made to wait", test_alone },
	{ "nobody is, unless it is wanted", test_never },
	{ NULL, NULL },
};

HARNESS_MAIN("batch_delay", tests)
