/*
 * test_retention_steps.c - outcomes are deleted in steps, and the log is scrubbed
 * once, after the last of them.
 */
#include "ledger/store/retention.h"
#include "ledger/store/sqlite.h"
#include "tests/common/roles/ledger_kit.h"

#define STEP 4u

/* Outcomes without redemptions, from 1 to n. */
static void
add_outcomes(struct store *s, uint64_t n)
{
	size_t swept = 0;

	for (uint64_t i = 1; i <= n; i++)
		CU_ASSERT_TRUE(kit_redeem(s, i));
	KIT_OK(store_begin(s));
	KIT_OK(store_sweep(s, KIT_NOW_S * 2, 100, &swept));
	KIT_OK(store_commit(s));
	CU_ASSERT_EQUAL(swept, n);
	KIT_OK(store_scrub(s));
	CU_ASSERT_FALSE(s->scrub);
}

static uint64_t
delete_step(struct store *s)
{
	uint64_t n = 0;

	KIT_OK(store_begin(s));
	KIT_OK(store_outcomes_delete(s, UINT64_MAX / 4, STEP, &n));
	KIT_OK(store_commit(s));
	return n;
}

/* The number of outcomes is no multiple of a step, or is one. */
static void
test_scrubbed(void)
{
	for (uint64_t n = 2 * STEP - 1; n <= 2 * STEP; n++) {
		struct kit_dir d = kit_dir();
		struct store *s = kit_open(&d);
		uint64_t left = n;

		add_outcomes(s, n);
		while (left >= STEP) {
			CU_ASSERT_EQUAL(delete_step(s), STEP);
			left -= STEP;
			CU_ASSERT_FALSE(s->scrub);
		}
		CU_ASSERT_EQUAL(delete_step(s), left);
		CU_ASSERT_TRUE(s->scrub);
		KIT_OK(store_scrub(s));
		CU_ASSERT_EQUAL(delete_step(s), 0);
		CU_ASSERT_FALSE(s->scrub); /* nothing was deleted */
		store_close(s);
		kit_remove(&d);
	}
}

static const struct harness_test tests[] = {
	{ "the log is scrubbed after the last step", test_scrubbed },
	{ NULL, NULL },
};
HARNESS_MAIN("retention_steps", tests)
