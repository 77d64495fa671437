/*
 * test_ledger_lives.c - whose life an epoch is, and when it is over.
 */
#include <string.h>

#include "tests/common/roles/ledger_rig.h"
#include "base/clock.h"

static reason_set
reasons_of(struct rig *g, const struct wire_verdict *v)
{
	rig_verdict(g, v);
	rig_round(g);
	return rig_hear_sign(g).reasons;
}

static void
say_held(struct rig *g, const char *kid, uint32_t epoch, uint8_t first)
{
	const struct wire_key_held m = { .kid = bytes_of_str(kid),
		                         .node = 1,
		                         .epoch = epoch,
		                         .life = { first } };

	wire_put_key_held(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
}

static void
say_life(struct rig *g, uint32_t epoch, uint8_t first)
{
	say_held(g, "kid-1", epoch, first);
}

/* A token that was put back by exactly one life: the same epoch, other ids'
 * owner.  Said by the ledger that heard both, and by the next. */
static void
test_epoch_twice(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);

	for (int i = 0; i < 2; i++) {
		say_life(g, 7, 0x99);
		rig_verdict(g, &v);
		rig_round(g);
		rig_expect_unavailable(g, RIG_FRONT, 1, "epoch came twice");
		CU_ASSERT_FALSE(rig_serves(g));
		rig_stop(g);
		rig_start(g);
	}
	say_life(g, 8, 0x99); /* started anew: the next epoch is its own */
	rig_tick(g);
	CU_ASSERT_TRUE(rig_serves(g));
	/* One that went back further says so, whosever epoch it has now. */
	say_life(g, 7, 0x98);
	rig_tick(g);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->role.why, "epoch went back"));
	rig_free(g);
}

static reason_set
reasons_dated(struct rig *g, uint64_t serial, uint64_t issued_s)
{
	struct wire_verdict v = kit_verdict(serial);

	v.issued_s = issued_s;
	v.expires_s = issued_s + 60;
	return reasons_of(g, &v);
}

/* What a key holder signed ahead dies with it: when its edge ends, when the next
 * one is heard, when the ledger was away. */
static void
test_life_ends(void)
{
	struct rig *g = rig_ready();
	const reason_set lost = reason_bit(REASON_CHALLENGE_EPOCH_LOST);

	clock_set_wall(KIT_NOW_MS + 10000);
	rig_down(g, RIG_KEYHOLDER);
	rig_up(g, RIG_KEYHOLDER);
	rig_round(g);
	clock_set_wall(KIT_NOW_MS + 20000);
	CU_ASSERT_EQUAL(reasons_dated(g, 1, KIT_NOW_S + 11), lost);
	CU_ASSERT_EQUAL(reasons_dated(g, 1, KIT_NOW_S + 10), 0);
	rig_key_held(g, 7); /* the same life: it was the edge alone */
	CU_ASSERT_EQUAL(reasons_dated(g, 2, KIT_NOW_S + 11), 0);

	say_life(g, 8, 0x99);
	rig_tick(g);
	clock_set_wall(KIT_NOW_MS + 40000);
	CU_ASSERT_EQUAL(reasons_dated(g, 3, KIT_NOW_S + 21), lost);
	CU_ASSERT_EQUAL(reasons_dated(g, 3, KIT_NOW_S + 20), 0);
	rig_free(g);
}

/* A key holder that was taken over names a life of its own, and then the one
 * before again, which takes the place: both end with it. */
static void
test_replaced(void)
{
	struct rig *g = rig_ready();
	struct store *s = g->ledger.store_manager.store;
	struct store_epoch e;

	say_life(g, 8, 0xbb);
	rig_tick(g);
	KIT_OK(store_epoch(s, 1, 8, &e));
	CU_ASSERT_EQUAL(e.ended_ms, STORE_EPOCH_LIVES);
	rig_key_held(g, 7);
	rig_tick(g);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->role.why, "epoch went back"));
	rig_down(g, RIG_KEYHOLDER);
	rig_round(g);
	for (uint32_t epoch = 7; epoch <= 8; epoch++) {
		KIT_OK(store_epoch(s, 1, epoch, &e));
		CU_ASSERT_TRUE(e.ended_ms <= KIT_NOW_MS);
	}
	rig_free(g);
}

/* Two keys of one token in one life; the next life is announced by the first alone, so
 * what the second still names is over. */
static void
test_named_still(void)
{
	struct rig *g = rig_ready();
	struct store *s = g->ledger.store_manager.store;
	struct store_epoch e;

	rig_pin(g, "token", 1, "kid-2");
	for (uint32_t epoch = 8; epoch <= 9; epoch++) {
		say_life(g, epoch, (uint8_t)epoch);
		if (epoch == 8)
			say_held(g, "kid-2", epoch, (uint8_t)epoch);
		rig_tick(g);
		KIT_OK(store_epoch(s, 1, epoch, &e));
		CU_ASSERT_EQUAL(e.ended_ms, STORE_EPOCH_LIVES);
	}
	KIT_OK(store_epoch(s, 1, 8, &e));
	CU_ASSERT_TRUE(e.ended_ms <= KIT_NOW_MS);
	rig_free(g);
}

/* What was said against a life is over with it. */
static void
test_veto_ends(void)
{
	struct rig *g = rig_ready();

	rig_pin(g, "token", 1, "kid-2"); /* a rotation is under way */
	say_life(g, 8, 8);
	say_held(g, "kid-2", 7, 0x99);
	rig_tick(g);
	CU_ASSERT_FALSE(rig_serves(g));

	g->ledger.keys.pins->n = 1; /* it is pinned no more */
	rig_tick(g);
	CU_ASSERT_TRUE(rig_serves(g));
	g->ledger.keys.pins->n = 2;
	rig_tick(g);
	CU_ASSERT_FALSE(rig_serves(g));

	rig_down(g, RIG_KEYHOLDER); /* its next life says nothing of kid-2 */
	rig_up(g, RIG_KEYHOLDER);
	rig_round(g);
	say_life(g, 9, 9);
	rig_tick(g);
	CU_ASSERT_TRUE(rig_serves(g));
	rig_free(g);
}

/* One message must not use up a node's epochs. */
static void
test_jump(void)
{
	struct rig *g = rig_ready();
	uint32_t last = 0;

	say_life(g, UINT32_MAX, 0xbb);
	rig_tick(g);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->role.why, "jumped"));
	say_life(g, 7 + KEYS_JUMP_MAX + 1, 0xbb);
	rig_tick(g);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->role.why, "jumped"));
	KIT_OK(store_epoch_last(g->ledger.store_manager.store, 1, &last));
	CU_ASSERT_EQUAL(last, 7);
	rig_down(g, RIG_KEYHOLDER);
	rig_up(g, RIG_KEYHOLDER);
	rig_round(g);
	say_life(g, 8, 8);
	rig_tick(g);
	CU_ASSERT_TRUE(rig_serves(g));
	say_life(g, 8 + KEYS_JUMP_MAX, 9);
	rig_tick(g);
	CU_ASSERT_TRUE(rig_serves(g));
	rig_free(g);
}

/* Nobody announces it to the next ledger. */
static void
test_life_of_before(void)
{
	struct rig *g = rig_ready();
	const reason_set lost = reason_bit(REASON_CHALLENGE_EPOCH_LOST);

	rig_stop(g);
	rig_start(g);
	rig_tick(g);
	clock_set_wall(KIT_NOW_MS + 20000);
	CU_ASSERT_EQUAL(reasons_dated(g, 1, KIT_NOW_S + 1), lost);
	CU_ASSERT_EQUAL(reasons_dated(g, 1, KIT_NOW_S), 0);
	rig_key_held(g, 7);
	CU_ASSERT_EQUAL(reasons_dated(g, 2, KIT_NOW_S + 1), 0);
	rig_free(g);
}

/* A verifier that was taken over passes what a key signed beyond its times, or
 * what no key of that node did. */
static void
test_terms(void)
{
	struct rig *g = rig_ready();
	const reason_set time = reason_bit(REASON_CHALLENGE_TIME);
	struct pin *pin = &g->ledger.keys.pins->keys[0];
	const uint64_t issued_s = KIT_NOW_S;

	pin->until_s = issued_s + 59;
	CU_ASSERT_EQUAL(reasons_dated(g, 1, issued_s), time);
	pin->until_s = issued_s + 60;
	pin->from_s = issued_s + 1;
	CU_ASSERT_EQUAL(reasons_dated(g, 1, issued_s), time);
	pin->from_s = issued_s;
	pin->node = 2;
	CU_ASSERT_EQUAL(reasons_dated(g, 1, issued_s), time);
	pin->node = 1;
	CU_ASSERT_EQUAL(reasons_dated(g, 1, issued_s), 0);
	rig_free(g);
}

/* A key holder that lived through a repair is not served. */
static void
test_repaired(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);
	struct store_repair done;
	struct store *s = NULL;

	rig_stop(g);
	KIT_OK(store_open_existing(g->dir.path, &why, &s));
	KIT_OK(store_repair(s, KIT_NOW_MS - 1000, &done));
	store_close(s);
	rig_start(g);
	rig_key_held(g, 7);
	rig_verdict(g, &v);
	rig_round(g);
	rig_expect_unavailable(g, RIG_FRONT, 1, "restart");
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "takes no epoch from two lives", test_epoch_twice },
	{ "takes nothing dated after a life", test_life_ends },
	{ "ends a life that another one replaced", test_replaced },
	{ "takes no life back that one of two keys still names",
	  test_named_still },
	{ "holds nothing against the next life", test_veto_ends },
	{ "takes no epoch far ahead", test_jump },
	{ "knows nobody who lives when it starts", test_life_of_before },
	{ "takes nothing beyond the times of a node's keys", test_terms },
	{ "serves nobody who lived through a repair", test_repaired },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_lives", tests)
