/*
 * test_outcomes_kit.h - a store with outcomes whose columns follow from their
 * number, and a reader that checks the order.
 */
#ifndef UNIT_LEDGER_TEST_OUTCOMES_KIT_H
#define UNIT_LEDGER_TEST_OUTCOMES_KIT_H

#include <string.h>

#include "tests/common/roles/ledger_kit.h"

#include "ledger/store/outcomes.h"

#define MANY 300u
#define SAME 10u /* outcomes in a row that have the same time */

/* The shadow policy under which outcome n differs, by n % 3. */
__attribute__((unused)) static const char *const shadows[] = { "", "next-1",
	                                                       "next-2" };

__attribute__((unused)) static bool
in_b(uint64_t n)
{
	return n % 2 == 0;
}

__attribute__((unused)) static bool
is_eligible(uint64_t n)
{
	return n % 5 == 0;
}

__attribute__((unused)) static bool
is_foreign(uint64_t n) /* the challenge was not ours */
{
	return n % 7 == 0;
}

__attribute__((unused)) static bool
in_beta(uint64_t n)
{
	return n % 3 == 0;
}

__attribute__((unused)) static uint64_t
time_of(uint64_t n)
{
	return KIT_NOW_MS + (n - 1) / SAME * 1000;
}

__attribute__((unused)) static struct outcome
row_of(uint64_t n)
{
	struct outcome o = kit_outcome(n);

	o.recorded_ms = time_of(n);
	o.reasons = is_eligible(n) ? 0 : reason_bit((enum reason)(n % 4)) | 2;
	o.workflow = n % WORKFLOW_COUNT;
	if (is_foreign(n))
		memset(o.cti, 0, sizeof(o.cti));
	(void)store_small_set(&o.tenant, bytes_of_str(in_b(n) ? "b" : "a"));
	(void)store_small_set(&o.release, bytes_of_str(n % 7 ? "" : "fw-7"));
	(void)store_small_set(&o.channel,
	                      bytes_of_str(in_beta(n) ? "beta" : "stable"));
	(void)store_small_set(&o.shadow_id, bytes_of_str(shadows[n % 3]));
	o.shadow_reasons = n % 4 == 0 && !is_eligible(n) ? 0 : 1 << 30;
	return o;
}

__attribute__((unused)) static struct store *
store_of(const struct kit_dir *d, uint64_t n)
{
	struct store *s = kit_open(d);

	KIT_OK(store_begin(s));
	for (uint64_t i = 1; i <= n; i++) {
		const struct outcome o = row_of(i);

		KIT_OK(store_outcome_add(s, &o));
	}
	KIT_OK(store_commit(s));
	return s;
}

/* What a page handed over. */
struct got {
	uint64_t n, first, last;
	bool (*want)(uint64_t n); /* NULL: any */
	uint64_t wrong;           /* out of order, or not wanted */
};

__attribute__((unused)) static err_t
take_outcome(void *user, const struct outcome *o)
{
	struct got *g = user;

	if (o->sequence <= g->last || (g->want && !g->want(o->sequence)))
		g->wrong++;
	if (g->n++ == 0)
		g->first = o->sequence;
	g->last = o->sequence;
	return OK;
}

__attribute__((unused)) static uint64_t
read_page(struct store *s, const struct outcome_query *q, struct got *g)
{
	uint64_t next = 0;

	g->n = g->first = 0;
	KIT_OK(store_outcomes(s, q, take_outcome, g, &next));
	CU_ASSERT_EQUAL(g->wrong, 0);
	return next;
}

/* Reads all pages of a query; returns how many outcomes there were. */
__attribute__((unused)) static uint64_t
read_all(struct store *s, struct outcome_query q, bool (*want)(uint64_t n))
{
	struct got g = { .want = want };
	uint64_t all = 0, pages = 0;

	do {
		q.after = read_page(s, &q, &g);
		all += g.n;
		CU_ASSERT_TRUE_FATAL(++pages < 1000);
	} while (q.after);
	return all;
}

__attribute__((unused)) static uint64_t
count_wanted(bool (*want)(uint64_t n))
{
	uint64_t n = 0;

	for (uint64_t i = 1; i <= MANY; i++)
		n += want(i);
	return n;
}

__attribute__((unused)) static bool
want_none(uint64_t n)
{
	(void)n;
	return false;
}

#endif
