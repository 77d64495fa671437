/*
 * test_outstanding.c - the count of outstanding challenges is never too small.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"

#include "front/outstanding.h"
#include "tests/common/base/harness.h"

#define TTL_MAX 600u
#define DEADLINE_MS 5000u
#define NOW UINT64_C(1000000) /* ms */

static struct outstanding_mark mark;

static struct outstanding
none_yet(uint32_t ttl_max_s)
{
	memset(&mark, 0, sizeof(mark));
	return outstanding_of(ttl_max_s, DEADLINE_MS, &mark);
}

/* Every lifetime at every beginning within a window: counted as long as it
 * lives, and at most one window and one deadline longer. */
static void
test_lifetimes(void)
{
	static const uint32_t most[] = { 1, 59, 60, TTL_MAX, 3600 };

	for (size_t i = 0; i < ARRAY_LEN(most); i++) {
		for (uint64_t at = NOW; at < NOW + 70000; at += 999) {
			struct outstanding o = none_yet(most[i]);
			uint64_t ends = at + most[i] * 1000;
			uint64_t late = (o.window_s + o.slack_s) * 1000;

			outstanding_add(&o, 3, most[i], at);
			CU_ASSERT_EQUAL(outstanding_count(&o, at), 3);
			CU_ASSERT_EQUAL(
			        outstanding_count(&o, ends + DEADLINE_MS), 3);
			CU_ASSERT_EQUAL(outstanding_count(&o, ends + late), 0);
		}
	}
}

static void
test_window_is_short(void)
{
	CU_ASSERT(none_yet(TTL_MAX).window_s <= TTL_MAX / 60 + 1);
	CU_ASSERT(none_yet(1).window_s == 1);
}

/* Short and long ones beside each other, over more time than the ring has. */
static void
test_sums(void)
{
	struct outstanding o = none_yet(TTL_MAX);

	for (uint64_t s = 0; s < 5 * TTL_MAX; s++) {
		uint64_t now = NOW + s * 1000;

		outstanding_add(&o, 1, TTL_MAX, now);
		outstanding_add(&o, 2, 1, now);
		uint64_t alive = s < TTL_MAX ? s + 1 : TTL_MAX;
		uint64_t late = o.window_s + o.slack_s;
		uint64_t count = outstanding_count(&o, now);
		CU_ASSERT(count >= alive + 2);
		CU_ASSERT(count <= alive + late + 2 * (late + 1));
	}
}

static void
test_taken_back(void)
{
	struct outstanding o = none_yet(TTL_MAX);

	outstanding_add(&o, 5, 100, NOW);
	outstanding_add(&o, 2, 100, NOW);
	outstanding_remove(&o, 5, 100, NOW);
	CU_ASSERT_EQUAL(outstanding_count(&o, NOW), 2);
	outstanding_remove(&o, 3, 100, NOW); /* never below none */
	CU_ASSERT_EQUAL(outstanding_count(&o, NOW), 2);
	outstanding_remove(&o, 2, 100, NOW + 60000); /* another window */
	CU_ASSERT_EQUAL(outstanding_count(&o, NOW), 2);
}

/* What only a front that was taken over writes. */
static void
test_spoiled(void)
{
	struct outstanding o = none_yet(TTL_MAX);
	uint64_t end = NOW + (TTL_MAX + 300) * 1000;

	memset(&mark, 0xff, sizeof(mark));
	CU_ASSERT_EQUAL(outstanding_count(&o, NOW), 0);
	outstanding_add(&o, 1, 100, NOW);
	CU_ASSERT_EQUAL(outstanding_count(&o, NOW), 1);
	outstanding_add(&o, UINT32_MAX, 100, NOW); /* does not go round */
	CU_ASSERT_EQUAL(outstanding_count(&o, NOW), UINT32_MAX);

	for (uint64_t i = 0; i < OUTSTANDING_WINDOWS; i++) {
		uint64_t w = NOW / 1000 / o.window_s + i;
		mark.windows[w % OUTSTANDING_WINDOWS] = w << 32 | UINT32_MAX;
	}
	CU_ASSERT(outstanding_count(&o, NOW) > UINT32_MAX);
	CU_ASSERT_EQUAL(outstanding_count(&o, end), 0); /* and ends */
}

/* Who waits for so long is served. */
static void
test_falls_in(void)
{
	struct outstanding o = none_yet(TTL_MAX);

	CU_ASSERT_EQUAL(outstanding_falls_in(&o, NOW), 1);
	outstanding_add(&o, 1, TTL_MAX, NOW);
	outstanding_add(&o, 1, 100, NOW);
	uint32_t s = outstanding_falls_in(&o, NOW);
	CU_ASSERT(s >= 100 && s <= 100 + o.window_s + o.slack_s);
	CU_ASSERT_EQUAL(outstanding_count(&o, NOW + (s - 1) * 1000), 2);
	CU_ASSERT_EQUAL(outstanding_count(&o, NOW + s * 1000), 1);
}

/* Several fronts at the same time: each challenge is counted once. */
static void
test_race(void)
{
	enum { WORKERS = 4, EACH = 20000 };
	struct outstanding_mark *shared =
	        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[WORKERS];

	CU_ASSERT_PTR_NOT_EQUAL_FATAL(shared, MAP_FAILED);
	struct outstanding o = outstanding_of(TTL_MAX, DEADLINE_MS, shared);
	for (int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (int n = 0; n < EACH; n++) {
				outstanding_add(&o, 2, 100, NOW);
				outstanding_remove(&o, 1, 100, NOW);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < WORKERS; i++) {
		int status = -1;

		CU_ASSERT_EQUAL(waitpid(pids[i], &status, 0), pids[i]);
		CU_ASSERT_EQUAL(status, 0);
	}
	CU_ASSERT_EQUAL(outstanding_count(&o, NOW), WORKERS * EACH);
	(void)munmap(shared, sizeof(*shared));
}

static const struct harness_test tests[] = {
	{ "counted as long as it lives, and little longer", test_lifetimes },
	{ "a window is a sixtieth of the longest lifetime",
	  test_window_is_short },
	{ "short and long lifetimes together", test_sums },
	{ "what is not requested is taken back", test_taken_back },
	{ "what a strange front writes ends", test_spoiled },
	{ "how long to wait", test_falls_in },
	{ "several fronts at once", test_race },
	{ NULL, NULL },
};

HARNESS_MAIN("outstanding", tests)
