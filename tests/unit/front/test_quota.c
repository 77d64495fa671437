/*
 * test_quota.c - the token bucket.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"

#include "front/quota.h"
#include "tests/common/base/harness.h"

static struct quota_mark mark;

/* A quota with a full bucket. */
static struct quota
fresh(uint32_t rate, uint32_t burst)
{
	mark.full_at = 0;
	return quota_of(rate, burst, &mark);
}

static void
test_burst(void)
{
	struct quota q = fresh(10, 3);

	CU_ASSERT(quota_take(&q, 1, 1000));
	CU_ASSERT(quota_take(&q, 2, 1000));
	CU_ASSERT_FALSE(quota_take(&q, 1, 1000));
}

static void
test_refill(void)
{
	struct quota q = fresh(10, 3);

	CU_ASSERT(quota_take(&q, 3, 1000));
	CU_ASSERT_FALSE(quota_take(&q, 1, 1099));
	CU_ASSERT(quota_take(&q, 1, 1100)); /* one after 0.1 s */
	CU_ASSERT_FALSE(quota_take(&q, 1, 1199));
	CU_ASSERT(quota_take(&q, 1, 1200));
	CU_ASSERT(quota_take(&q, 3, 99999999)); /* never more than the burst */
	CU_ASSERT_FALSE(quota_take(&q, 1, 99999999));
}

/* Frequent calls must not lose fractions of a token. */
static void
test_fractions(void)
{
	static const uint32_t rates[] = { 3, 7, 999, 1000000 };

	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		struct quota q = fresh(rates[i], 1000);
		uint64_t taken = 0, most = 10 * (uint64_t)rates[i] + 1000;

		for (uint64_t now = 1; now <= 10001; now++)
			while (quota_take(&q, 1, now))
				taken++;
		CU_ASSERT(taken <= most);
		CU_ASSERT(taken >= most - most / 1000 - 1);
	}
}

static void
test_all_or_nothing(void)
{
	struct quota q = fresh(1, 10);

	CU_ASSERT_FALSE(quota_take(&q, 11, 1));
	CU_ASSERT_FALSE(quota_take(&q, UINT32_MAX, 1));
	CU_ASSERT(quota_take(&q, 10, 1));
}

static void
test_odd_clocks(void)
{
	struct quota q = fresh(1000000, 1000000);

	CU_ASSERT(quota_take(&q, 1000000, 5000));
	CU_ASSERT_FALSE(quota_take(&q, 1, 4000)); /* back in time */
	CU_ASSERT_FALSE(quota_take(&q, 1000000, 5999));
	CU_ASSERT(quota_take(&q, 1000000, UINT64_C(1) << 43)); /* 278 years */
}

/* Tokens that one front took are missing for the other.  A value that no front
 * can have written counts as an empty bucket, which fills again. */
static void
test_shared(void)
{
	struct quota one = fresh(10, 3), other = quota_of(10, 3, &mark);

	CU_ASSERT(quota_take(&one, 2, 1000));
	CU_ASSERT(quota_take(&other, 1, 1000));
	CU_ASSERT_FALSE(quota_take(&one, 1, 1000));
	CU_ASSERT_FALSE(quota_take(&other, 1, 1000));

	mark.full_at = UINT64_MAX;
	CU_ASSERT_FALSE(quota_take(&one, 1, 1000));
	CU_ASSERT(quota_take(&one, 1, 1101));
	mark.full_at = UINT64_C(1001) * 1000000 + UINT64_C(300000000);
	CU_ASSERT_FALSE(quota_take(&one, 1, 1000));
	CU_ASSERT(quota_take(&one, 1, 1101));
}

/* Several processes at the same time: each token is taken once. */
static void
test_race(void)
{
	enum { WORKERS = 4, EACH = 20000 };
	int fd = memfd_create("quotas", MFD_CLOEXEC);
	struct quota_mark *marks = NULL;
	pid_t pids[WORKERS];

	CU_ASSERT_EQUAL(quota_marks(fd, 2, &marks), E_CONFIG);
	CU_ASSERT_EQUAL_FATAL(ftruncate(fd, 2 * sizeof(*marks)), 0);
	CU_ASSERT_EQUAL_FATAL(quota_marks(fd, 2, &marks), OK);
	CU_ASSERT_EQUAL(quota_marks(-1, 2, &marks), E_CONFIG);
	struct quota q = quota_of(1, WORKERS * EACH, &marks[0]);
	for (int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			bool all = true;

			for (int n = 0; n < EACH; n++)
				all &= quota_take(&q, 1, 1000);
			_exit(all ? 0 : 1);
		}
	}
	for (int i = 0; i < WORKERS; i++) {
		int status = -1;

		CU_ASSERT_EQUAL(waitpid(pids[i], &status, 0), pids[i]);
		CU_ASSERT_EQUAL(status, 0);
	}
	CU_ASSERT_FALSE(quota_take(&q, 1, 1000));
	CU_ASSERT_EQUAL(marks[1].full_at, 0);
	quota_marks_free(marks, 2);
	close(fd);
}

static const struct harness_test tests[] = {
	{ "so many at once", test_burst },
	{ "so many a second", test_refill },
	{ "fractions are kept", test_fractions },
	{ "all or nothing", test_all_or_nothing },
	{ "clocks that jump", test_odd_clocks },
	{ "one bucket for several fronts", test_shared },
	{ "several fronts at once", test_race },
	{ NULL, NULL },
};

HARNESS_MAIN("quota", tests)
