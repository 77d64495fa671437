/*
 * test_ledger_keys.c - which keys the ledger believes a key holder, and which
 * give their places away.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/ledger_rig.h"

static err_t
hold(struct rig *g, const char *kid, uint32_t node)
{
	const struct wire_key_held m = { .kid = bytes_of_str(kid),
		                         .node = node,
		                         .epoch = 7,
		                         .life = KIT_LIFE };

	wire_put_key_held(&g->packet, &m);
	return rig_say(g, RIG_KEYHOLDER);
}

/* A key holder that was taken over names keys of its own, another token's, and
 * another node.  No epoch of theirs is written down, and no row appears. */
static void
test_taken_over(void)
{
	struct rig *g = rig_new();
	uint32_t last = 99;

	rig_pin(g, "hsm-b", 2, "kid-b");
	CU_ASSERT_EQUAL(hold(g, "rogue", 1), OK);
	CU_ASSERT_EQUAL(hold(g, "kid-b", 2), OK);
	CU_ASSERT_EQUAL(hold(g, "kid-b", 1), OK);
	CU_ASSERT_EQUAL(hold(g, "kid-1", 3), OK);
	CU_ASSERT_EQUAL(hold(g, "", 1), OK);
	CU_ASSERT_EQUAL(g->ledger.keys.n, 0);
	rig_tick(g);
	for (uint32_t node = 1; node <= 3; node++) {
		CU_ASSERT_EQUAL(store_epoch_last(g->ledger.store_manager.store,
		                                 node, &last),
		                OK);
		CU_ASSERT_EQUAL(last, 0);
	}
	CU_ASSERT_EQUAL(g->ledger.failover.in_use, FAILOVER_NONE);

	CU_ASSERT_EQUAL(hold(g, "kid-1", 1), OK);
	CU_ASSERT_EQUAL(g->ledger.keys.n, 1);
	CU_ASSERT_EQUAL(g->ledger.failover.in_use, 0);
	rig_free(g);
}

/* A key that is over is believed no more than one that is not there. */
static void
test_over(void)
{
	struct rig *g = rig_new();

	g->ledger.keys.pins->keys[0].until_s = KIT_NOW_MS / 1000;
	CU_ASSERT_EQUAL(hold(g, "kid-1", 1), OK);
	CU_ASSERT_EQUAL(g->ledger.keys.n, 0);
	rig_free(g);
}

/* The key holder had the new file first: what it said is looked at again. */
static void
test_late(void)
{
	struct rig *g = rig_new();

	CU_ASSERT_EQUAL(hold(g, "kid-2", 1), OK);
	CU_ASSERT_EQUAL(g->ledger.keys.n, 0);
	rig_pin(g, "token", 1, "kid-2");
	ledger_ops.file_changed(&g->role, "pins");
	CU_ASSERT_EQUAL(g->ledger.keys.n, 1);
	rig_free(g);
}

/* Only keys that are pinned no more give their places away. */
static void
test_full(void)
{
	struct rig *g = rig_new();
	struct pins *pins = g->ledger.keys.pins;
	char kid[16];

	pins->n = 0;
	for (unsigned i = 0; i < KEYS_MAX; i++) {
		snprintf(kid, sizeof(kid), "kid-%u", i);
		rig_pin(g, "token", 1, kid);
		CU_ASSERT_EQUAL(hold(g, kid, 1), OK);
	}
	CU_ASSERT_EQUAL(g->ledger.keys.n, KEYS_MAX);
	snprintf(pins->keys[5].kid, sizeof(pins->keys[5].kid), "more");
	CU_ASSERT_EQUAL(hold(g, "more", 1), OK);
	CU_ASSERT_EQUAL(g->ledger.keys.n, KEYS_MAX);
	CU_ASSERT_EQUAL(hold(g, "kid-5", 1), OK); /* pinned no more */
	for (unsigned i = 0; i < KEYS_MAX; i++)
		CU_ASSERT_FALSE(bytes_equal_str(
		        store_small_bytes(&g->ledger.keys.held[i].kid),
		        "kid-5"));
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "believes no key that is not pinned for that token",
	  test_taken_over },
	{ "believes no key that is over", test_over },
	{ "looks again when the pins came late", test_late },
	{ "gives away the places of keys that are pinned no more", test_full },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_keys", tests)
