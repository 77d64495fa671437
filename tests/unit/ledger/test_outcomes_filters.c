/*
 * test_outcomes_filters.c - by what the store's reader selects outcomes: each
 * filter, and times.
 */
#include <stdio.h>

#include "tests/unit/ledger/test_outcomes_kit.h"

/* --- filters -------------------------------------------------------------- */

static bool
want_challenge(uint64_t n)
{
	return !is_foreign(n) && n % WORKFLOW_COUNT == WORKFLOW_METADATA;
}

static bool
want_reason(uint64_t n)
{
	return !is_eligible(n) && n % 4 == 3;
}

static bool
want_refused(uint64_t n)
{
	return !is_eligible(n);
}

static bool
want_release(uint64_t n)
{
	return n % 7 == 0;
}

static bool
want_shadow(uint64_t n)
{
	return n % 3 == 1;
}

static bool
want_difference(uint64_t n)
{
	return n % 3 != 0;
}

static bool
want_shadow_refuses(uint64_t n)
{
	return n % 3 != 0 && is_eligible(n);
}

static bool
want_shadow_accepts(uint64_t n)
{
	return n % 3 != 0 && !is_eligible(n) && n % 4 == 0;
}

static bool
want_other_reasons(uint64_t n)
{
	return n % 3 == 1 && !is_eligible(n) && n % 4 != 0;
}

static bool
want_late(uint64_t n)
{
	return time_of(n) >= KIT_NOW_MS + 7000;
}

static bool
want_early(uint64_t n)
{
	return time_of(n) < KIT_NOW_MS + 7000;
}

static bool
want_all_of_it(uint64_t n)
{
	return in_b(n) && in_beta(n) && want_refused(n) && want_late(n) &&
	       time_of(n) < KIT_NOW_MS + 20000 && !is_foreign(n) &&
	       n % WORKFLOW_COUNT == WORKFLOW_METADATA;
}

static const struct filter_row {
	struct outcome_filter filter;
	const char *tenant, *channel, *release, *shadow;
	bool (*want)(uint64_t n);
} filters[] = {
	{ .tenant = "b", .want = in_b },
	{ .channel = "beta", .want = in_beta },
	{ .release = "fw-7", .want = want_release },
	{ .release = "fw-", .want = want_none },
	{ .shadow = "next-1", .want = want_shadow },
	{ .shadow = "next", .want = want_none },
	{ .filter.difference = WIRE_DIFFERENCE_ANY, .want = want_difference },
	{ .filter.difference = WIRE_DIFFERENCE_REFUSES,
	  .want = want_shadow_refuses },
	{ .filter.difference = WIRE_DIFFERENCE_ACCEPTS,
	  .want = want_shadow_accepts },
	{ .shadow = "next-1",
	  .filter.difference = WIRE_DIFFERENCE_REASONS,
	  .want = want_other_reasons },
	{ .filter.workflows = 1u << WORKFLOW_METADATA, .want = want_challenge },
	{ .filter.reasons = 8, .want = want_reason },
	{ .filter.eligible = WIRE_ELIGIBILITY_TRUE, .want = is_eligible },
	{ .filter.eligible = WIRE_ELIGIBILITY_FALSE, .want = want_refused },
	{ .filter.since_ms = KIT_NOW_MS + 7000, .want = want_late },
	{ .filter.until_ms = KIT_NOW_MS + 7000, .want = want_early },
	{ .filter.since_ms = KIT_NOW_MS + 6001, .want = want_late },
	{ .filter.until_ms = KIT_NOW_MS + 6001, .want = want_early },
	{ .filter.since_ms = KIT_NOW_MS + 7000,
	  .filter.until_ms = KIT_NOW_MS + 7000,
	  .want = want_none },
	{ .filter.since_ms = INT64_MAX, .want = want_none },
	{ .filter.until_ms = 1, .want = want_none },
	{ .tenant = "nobody", .want = want_none },
	{ .tenant = "b",
	  .channel = "beta",
	  .filter = { .workflows = 1u << WORKFLOW_METADATA,
	              .eligible = WIRE_ELIGIBILITY_FALSE,
	              .since_ms = KIT_NOW_MS + 7000,
	              .until_ms = KIT_NOW_MS + 20000 },
	  .want = want_all_of_it },
};

/* Each by itself and all together; by pages of several sizes, and whole. */
static void
test_filters(void)
{
	static const uint64_t scans[] = { 0, 1, 7, 64, 4096 };
	struct kit_dir d = kit_dir();
	struct store *s = store_of(&d, MANY);

	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		const struct filter_row *f = &filters[i];
		struct outcome_query q = { .filter = f->filter, .rows = 9 };

		if (f->tenant)
			(void)store_small_set(&q.filter.tenant,
			                      bytes_of_str(f->tenant));
		if (f->channel)
			(void)store_small_set(&q.filter.channel,
			                      bytes_of_str(f->channel));
		if (f->release)
			(void)store_small_set(&q.filter.release,
			                      bytes_of_str(f->release));
		if (f->shadow)
			(void)store_small_set(&q.filter.shadow,
			                      bytes_of_str(f->shadow));
		for (size_t k = 0; k < ARRAY_LEN(scans); k++) {
			q.scan = scans[k];
			if (read_all(s, q, f->want) == count_wanted(f->want))
				continue;
			fprintf(stderr, "filter %zu, scan %zu\n", i, k);
			CU_FAIL("another number");
		}
	}
	store_close(s);
	kit_remove(&d);
}

/* --- times ---------------------------------------------------------------- */

/* The first of several with the same time; and it is found, not searched. */
static void
test_times(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = store_of(&d, MANY);

	for (uint64_t n = 1; n <= MANY; n += SAME) {
		struct outcome_query q = { .rows = 1,
			                   .scan = 1,
			                   .filter.since_ms = time_of(n) };
		struct got g = { 0 };

		(void)read_page(s, &q, &g);
		CU_ASSERT(g.n == 1 && g.first == n);
		q.filter.since_ms = time_of(n) - 999;
		g.last = 0;
		(void)read_page(s, &q, &g);
		CU_ASSERT(g.n == 1 && g.first == n);
		/* the end of the time is the end of the list */
		q.filter.until_ms = time_of(n) + 1;
		q.after = n + SAME - 2;
		CU_ASSERT_EQUAL(read_page(s, &q, &g), 0);
		CU_ASSERT(g.n == 1 && g.first == n + SAME - 1);
	}
	store_close(s);
	kit_remove(&d);
}

/* A repair of the clock set the time back: a reading without a limit finds what
 * a search passes. */
static void
test_time_set_back(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct got g = { 0 };

	KIT_OK(store_begin(s));
	for (uint64_t i = 1; i <= 20; i++) {
		struct outcome o = row_of(i);

		o.recorded_ms = KIT_NOW_MS + (i <= 2 ? 90000 : i * 100);
		KIT_OK(store_outcome_add(s, &o));
	}
	KIT_OK(store_commit(s));
	const struct outcome_query q = { .rows = 100,
		                         .filter.since_ms =
		                                 KIT_NOW_MS + 80000 };
	CU_ASSERT_EQUAL(read_page(s, &q, &g), 0);
	CU_ASSERT(g.n == 2 && g.last == 2);
	store_close(s);
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "each filter alone, and all", test_filters },
	{ "finds a time, and the first of several", test_times },
	{ "a time that was set back", test_time_set_back },
	{ NULL, NULL },
};

HARNESS_MAIN("outcomes_filters", tests)
