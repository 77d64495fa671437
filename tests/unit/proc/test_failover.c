/*
 * test_failover.c - the selection of a token: at once when one is lost, back
 * only by the rule, and never back and forth.
 */
#include "proc/failover.h"

#include "tests/common/base/harness.h"

#define RETURN_S 60
#define RETURN_MS (RETURN_S * 1000)
#define PATIENCE_MS 500
#define LATER 100000 /* past the time in which a service settles */

static struct failover
begin(size_t n, uint32_t return_s)
{
	const struct config c = { .n_tokens = n,
		                  .failover_return_s = return_s,
		                  .patience_ms = PATIENCE_MS };
	struct failover f;

	failover_init(&f, &c, 0);
	CU_ASSERT_EQUAL(f.in_use, FAILOVER_NONE);
	return f;
}

/* All key holders have been ready for a long time. */
static struct failover
working(size_t n, uint32_t return_s)
{
	struct failover f = begin(n, return_s);

	for (size_t i = 0; i < n; i++)
		failover_ready(&f, i, 0);
	CU_ASSERT_TRUE(failover_turn(&f, 0));
	CU_ASSERT_EQUAL(f.in_use, 0);
	CU_ASSERT_FALSE(failover_turn(&f, LATER));
	return f;
}

static void
test_one(void)
{
	struct failover f = working(1, RETURN_S);

	failover_asked(&f, 0, LATER);
	CU_ASSERT_FALSE(failover_turn(&f, LATER + 10 * PATIENCE_MS));
	failover_lost(&f, 0);
	CU_ASSERT_TRUE(failover_turn(&f, LATER));
	CU_ASSERT_EQUAL(f.in_use, FAILOVER_NONE);
	failover_ready(&f, 0, LATER);
	CU_ASSERT_TRUE(failover_turn(&f, LATER));
	CU_ASSERT_EQUAL(f.in_use, 0);
}

/* The first ready key holder is used, and then the preferred one. */
static void
test_start(void)
{
	struct failover f = begin(3, 0);

	failover_ready(&f, 2, 10);
	CU_ASSERT_TRUE(failover_turn(&f, 10));
	CU_ASSERT_EQUAL(f.in_use, 2);
	failover_ready(&f, 0, 3000);
	CU_ASSERT_TRUE(failover_turn(&f, 3000));
	CU_ASSERT_EQUAL(f.in_use, 0);
	failover_ready(&f, 1, 3001);
	CU_ASSERT_FALSE(failover_turn(&f, 3001));
}

/* The rule holds for a key holder that is ready for the first time long after
 * the start. */
static void
test_late(void)
{
	struct failover f = begin(2, RETURN_S);

	failover_ready(&f, 1, 10);
	CU_ASSERT_TRUE(failover_turn(&f, 10));
	failover_ready(&f, 0, LATER);
	CU_ASSERT_FALSE(failover_turn(&f, LATER + RETURN_MS - 1));
	CU_ASSERT_TRUE(failover_turn(&f, LATER + RETURN_MS));
	CU_ASSERT_EQUAL(f.in_use, 0);
}

static void
test_lost(void)
{
	struct failover f = working(3, RETURN_S);

	failover_lost(&f, 0);
	CU_ASSERT_TRUE(failover_turn(&f, LATER));
	CU_ASSERT_EQUAL(f.in_use, 1);
	failover_lost(&f, 2); /* one that is not in use */
	CU_ASSERT_FALSE(failover_turn(&f, LATER));
	failover_lost(&f, 1);
	CU_ASSERT_TRUE(failover_turn(&f, LATER));
	CU_ASSERT_EQUAL(f.in_use, FAILOVER_NONE);
	failover_ready(&f, 2, LATER);
	CU_ASSERT_TRUE(failover_turn(&f, LATER));
	CU_ASSERT_EQUAL(f.in_use, 2);
}

/* The rule holds directly after the start, too, if the key holder was lost. */
static void
test_return(void)
{
	struct failover f = begin(2, RETURN_S);

	failover_ready(&f, 0, 0);
	failover_ready(&f, 1, 0);
	CU_ASSERT_TRUE(failover_turn(&f, 0));
	failover_lost(&f, 0);
	CU_ASSERT_TRUE(failover_turn(&f, 100));
	failover_ready(&f, 0, 200);
	CU_ASSERT_FALSE(failover_turn(&f, 200));
	CU_ASSERT_FALSE(failover_turn(&f, 200 + RETURN_MS - 1));
	failover_lost(&f, 0); /* a break */
	failover_ready(&f, 0, 300 + RETURN_MS);
	CU_ASSERT_FALSE(failover_turn(&f, 300 + 2 * RETURN_MS - 1));
	CU_ASSERT_TRUE(failover_turn(&f, 300 + 2 * RETURN_MS));
	CU_ASSERT_EQUAL(f.in_use, 0);
}

static void
test_never_returns(void)
{
	struct failover f = working(2, 0);

	failover_lost(&f, 0);
	CU_ASSERT_TRUE(failover_turn(&f, LATER));
	failover_ready(&f, 0, LATER);
	CU_ASSERT_FALSE(failover_turn(&f, LATER + 1000 * RETURN_MS));
	CU_ASSERT_EQUAL(f.in_use, 1);
	failover_lost(&f, 1);
	CU_ASSERT_TRUE(failover_turn(&f, LATER + 1000 * RETURN_MS));
	CU_ASSERT_EQUAL(f.in_use, 0);
}

static void
test_silent(void)
{
	struct failover f = working(2, RETURN_S);
	uint64_t now = LATER;

	failover_asked(&f, 0, now);
	failover_asked(&f, 0, now + 400); /* the first one counts */
	CU_ASSERT_FALSE(failover_turn(&f, now + PATIENCE_MS - 1));
	failover_heard(&f, 0, now + PATIENCE_MS - 1);
	CU_ASSERT_FALSE(failover_turn(&f, now + 10 * PATIENCE_MS));

	now = 2 * LATER;
	failover_asked(&f, 0, now);
	CU_ASSERT_TRUE(failover_turn(&f, now + PATIENCE_MS));
	CU_ASSERT_EQUAL(f.in_use, 1);
	CU_ASSERT_TRUE(f.keyholders[0].silent);
	CU_ASSERT_FALSE(failover_turn(&f, now + RETURN_MS));

	/* A message arrives: the key holder is ready from now on. */
	now += RETURN_MS;
	failover_heard(&f, 0, now);
	CU_ASSERT_FALSE(failover_turn(&f, now + RETURN_MS - 1));
	CU_ASSERT_TRUE(failover_turn(&f, now + RETURN_MS));
	CU_ASSERT_EQUAL(f.in_use, 0);
}

/* A key holder that does not answer is preferred to a lost one. */
static void
test_silent_alone(void)
{
	struct failover f = working(2, RETURN_S);

	failover_lost(&f, 1);
	failover_asked(&f, 0, LATER);
	CU_ASSERT_FALSE(failover_turn(&f, LATER + 10 * PATIENCE_MS));
	CU_ASSERT_FALSE(f.keyholders[0].silent);
	failover_ready(&f, 1, LATER);
	CU_ASSERT_TRUE(failover_turn(&f, LATER + 10 * PATIENCE_MS));
	CU_ASSERT_EQUAL(f.in_use, 1);
	failover_lost(&f, 1);
	CU_ASSERT_TRUE(failover_turn(&f, LATER + 20 * PATIENCE_MS));
	CU_ASSERT_EQUAL(f.in_use, 0);
}

/* A token that fails repeatedly is used again at most once in RETURN_S. */
static void
test_no_flapping(void)
{
	struct failover f = working(2, RETURN_S);
	unsigned changes = 0;
	const uint64_t hour = 3600 * 1000;

	for (uint64_t now = LATER; now < LATER + hour; now += 250) {
		if (now % 2000 == 0)
			failover_lost(&f, 0);
		else if (now % 1000 == 0)
			failover_ready(&f, 0, now);
		changes += failover_turn(&f, now);
	}
	CU_ASSERT_EQUAL(changes, 1);
	CU_ASSERT_EQUAL(f.in_use, 1);
}

/* After a second key holder was silent, too, there is none left to ask. */
static void
test_end(void)
{
	struct failover f = working(2, RETURN_S);
	uint64_t now = LATER;

	failover_asked(&f, 0, now);
	CU_ASSERT_FALSE(
	        failover_at_end(&f, now + PATIENCE_MS)); /* another is */
	now += PATIENCE_MS;
	CU_ASSERT_TRUE(failover_turn(&f, now));
	CU_ASSERT_FALSE(failover_at_end(&f, now));
	failover_asked(&f, 1, now);
	CU_ASSERT_FALSE(failover_turn(&f, now + PATIENCE_MS));
	CU_ASSERT_FALSE(failover_at_end(&f, now + PATIENCE_MS - 1));
	CU_ASSERT_TRUE(failover_at_end(&f, now + PATIENCE_MS));
	failover_heard(&f, 1, now + PATIENCE_MS);
	CU_ASSERT_FALSE(failover_at_end(&f, now + 2 * PATIENCE_MS));
	failover_lost(&f, 1);
	failover_lost(&f, 0);
	CU_ASSERT_TRUE(failover_turn(&f, now));
	CU_ASSERT_FALSE(failover_at_end(&f, now + 9 * PATIENCE_MS));

	struct failover one = working(1, RETURN_S);
	failover_asked(&one, 0, LATER);
	CU_ASSERT_FALSE(failover_at_end(&one, LATER + 9 * PATIENCE_MS));
}

static const struct harness_test tests[] = {
	{ "one token is lost and comes back", test_one },
	{ "a service that starts ends up with the preferred", test_start },
	{ "one that comes late waits", test_late },
	{ "the next that is ready takes over at once", test_lost },
	{ "back only after a time without a break", test_return },
	{ "never back by itself when told so", test_never_returns },
	{ "one that is silent is passed over", test_silent },
	{ "but not for one that is gone", test_silent_alone },
	{ "a token that comes and goes moves nothing", test_no_flapping },
	{ "two that are silent are the end", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("failover_choice", tests)
