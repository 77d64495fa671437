/*
 * test_redeem_kit.h - a store, the terms, one verdict at a time.
 */
#ifndef UNIT_LEDGER_TEST_REDEEM_KIT_H
#define UNIT_LEDGER_TEST_REDEEM_KIT_H

#include <string.h>

#include "tests/common/roles/ledger_kit.h"
#include "base/clock.h"

/* A store that knows epoch 7 of node 1, and the terms of the next outcome. */
struct bench {
	struct kit_dir dir;
	struct redeem_terms t;
	struct outcome outcome;
	struct redemption spent;
	bool fresh;
};

__attribute__((unused)) static struct bench
bench_of(void)
{
	struct bench b = { .dir = kit_dir() };

	b.t = (struct redeem_terms){
		.store = kit_open(&b.dir),
		.now_ms = KIT_NOW_MS + 1000,
		.horizon_ms = KIT_NOW_MS - 1000,
		.ttl_max_s = 120,
		.sequence = 1,
		.result_ttl_s = 300,
		.jti = { 1 },
	};
	KIT_OK(store_begin(b.t.store));
	KIT_OK(store_epoch_live(b.t.store, &kit_life, KIT_NOW_MS));
	KIT_OK(store_commit(b.t.store));
	return b;
}

__attribute__((unused)) static void
bench_end(struct bench *b)
{
	store_close(b->t.store);
	redemption_release(&b->spent);
	kit_remove(&b->dir);
}

/* One verdict in a transaction of its own. */
__attribute__((unused)) static reason_set
decide(struct bench *b, const struct wire_verdict *v)
{
	redemption_release(&b->spent);
	b->spent = (struct redemption){ 0 };
	KIT_OK(store_begin(b->t.store));
	KIT_OK(redeem(&b->t, v, &b->spent, &b->outcome, &b->fresh));
	KIT_OK(store_commit(b->t.store));
	if (b->fresh) {
		CU_ASSERT_EQUAL(b->outcome.sequence, b->t.sequence);
		b->t.sequence++;
		b->t.jti[0]++;
	}
	return b->outcome.reasons;
}

#define BIT(name) reason_bit(REASON_##name)

#endif
