/*
 * test_quota.c - the token bucket.
 */
#include "../../src/front/quota.h"
#include "../common/harness.h"

static void
test_burst(void)
{
	struct quota q = quota_of(10, 3, 1000);

	CU_ASSERT(quota_take(&q, 1, 1000));
	CU_ASSERT(quota_take(&q, 2, 1000));
	CU_ASSERT_FALSE(quota_take(&q, 1, 1000));
}

static void
test_refill(void)
{
	struct quota q = quota_of(10, 3, 1000);

	CU_ASSERT(quota_take(&q, 3, 1000));
	CU_ASSERT_FALSE(quota_take(&q, 1, 1099));
	CU_ASSERT(quota_take(&q, 1, 1100)); /* a tenth of a second, one */
	CU_ASSERT_FALSE(quota_take(&q, 1, 1199));
	CU_ASSERT(quota_take(&q, 1, 1200));
	CU_ASSERT(quota_take(&q, 3, 99999999)); /* never more than the burst */
	CU_ASSERT_FALSE(quota_take(&q, 1, 99999999));
}

/* Looking often must not lose fractions. */
static void
test_fractions(void)
{
	struct quota q = quota_of(3, 1, 0);
	unsigned taken = 0;

	for (uint64_t now = 0; now <= 10000; now++)
		taken += quota_take(&q, 1, now);
	CU_ASSERT(taken >= 30 && taken <= 31);
}

static void
test_all_or_nothing(void)
{
	struct quota q = quota_of(1, 10, 0);

	CU_ASSERT_FALSE(quota_take(&q, 11, 0));
	CU_ASSERT(quota_take(&q, 10, 0));
}

static void
test_odd_clocks(void)
{
	struct quota q = quota_of(UINT32_MAX, UINT32_MAX, 5000);

	CU_ASSERT(quota_take(&q, UINT32_MAX, 4000)); /* back in time */
	CU_ASSERT_FALSE(quota_take(&q, 1, 4000));
	CU_ASSERT(quota_take(&q, UINT32_MAX, UINT64_MAX)); /* no overflow */

	struct quota none = quota_of(0, 1, 0);
	CU_ASSERT(quota_take(&none, 1, 0));
	CU_ASSERT_FALSE(quota_take(&none, 1, UINT64_MAX));
}

static const struct harness_test tests[] = {
	{ "so many at once", test_burst },
	{ "so many a second", test_refill },
	{ "fractions are kept", test_fractions },
	{ "all or nothing", test_all_or_nothing },
	{ "clocks that jump, rates that are extreme", test_odd_clocks },
	{ NULL, NULL },
};

HARNESS_MAIN("quota", tests)
