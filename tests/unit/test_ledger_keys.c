/*
 * test_ledger_keys.c - keys that come and go: who hears of them, and which give
 * their places away.
 */
#include <stdio.h>
#include <string.h>

#include "../common/harness.h"
#include "../common/ledger_rig.h"

static void
hold(struct rig *g, const char *kid, uint64_t until_s)
{
	const struct wire_key_held m = { .kid = bytes_of_str(kid),
		                         .spki = bytes_of_str("spki-1"),
		                         .alg = 1,
		                         .node = 1,
		                         .epoch = 7,
		                         .life = KIT_LIFE,
		                         .until_s = until_s };

	wire_put_key_held(&g->packet, &m);
	CU_ASSERT_EQUAL(rig_say(g, RIG_KEYHOLDER), OK);
}

static uint64_t
hear_key(struct rig *g, enum rig_peer from)
{
	struct wire_key_known m = { .until_s = 77 };

	CU_ASSERT_EQUAL_FATAL(wire_get_key_known(rig_hear_any(g, from), &m),
	                      OK);
	return m.until_s;
}

/* A front that never met the key holder hears of its key, and until when. */
static void
test_keys_fronts(void)
{
	struct rig *g = rig_new();

	hold(g, "kid-1", 0);
	CU_ASSERT_EQUAL(hear_key(g, RIG_VERIFIER), 0);
	CU_ASSERT_EQUAL(hear_key(g, RIG_FRONT), 0);
	CU_ASSERT_EQUAL(hear_key(g, RIG_FRONT_1), 0);
	hold(g, "kid-1", 5);
	CU_ASSERT_EQUAL(hear_key(g, RIG_VERIFIER), 5);
	CU_ASSERT_EQUAL(hear_key(g, RIG_FRONT), 5);
	rig_down(g, RIG_KEYHOLDER);
	rig_down(g, RIG_FRONT);
	rig_up(g, RIG_FRONT);
	CU_ASSERT_EQUAL(hear_key(g, RIG_FRONT), 5);
	rig_up(g, RIG_KEYHOLDER);
	rig_free(g);
}

/* Only keys that are over give their places away. */
static void
test_keys_full(void)
{
	struct rig *g = rig_new();
	char kid[16];

	for (unsigned i = 0; i < KEYS_MAX; i++) {
		snprintf(kid, sizeof(kid), "kid-%u", i);
		hold(g, kid, i == 5 || i == 9 ? 1 : 0);
	}
	hold(g, "more-1", 0);
	hold(g, "more-2", UINT64_MAX);
	CU_ASSERT_EQUAL(g->ledger.keys.n, KEYS_MAX);
	const struct wire_key_held m = { .kid = bytes_of_str("more-3"),
		                         .spki = bytes_of_str("spki-1"),
		                         .alg = 1 };
	wire_put_key_held(&g->packet, &m);
	CU_ASSERT_EQUAL(rig_say(g, RIG_KEYHOLDER), E_MALFORMED);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "tells fronts of keys, too", test_keys_fronts },
	{ "gives away the places of keys that are over", test_keys_full },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_keys", tests)
