/*
 * test_ledger_signers.c - a ledger with two key holders: what was under way at
 * one that is lost or silent is asked of the other, and one whose epoch went
 * back does no harm.
 */
#include <string.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/ledger_rig.h"

#define PATIENCE_MS 50

/* The second front's place is the second key holder's here: its index is 1. */
#define SECOND RIG_FRONT_1

static const struct config_token tokens[] = {
	{ .name = "a", .node = 1 },
	{ .name = "b", .node = 2 },
};

static void
held(struct rig *g, enum rig_peer by, const char *kid, uint32_t epoch)
{
	const struct wire_key_held m = {
		.kid = bytes_of_str(kid),
		.node = by == SECOND ? 2 : 1,
		.epoch = epoch,
		.life = KIT_LIFE,
	};

	wire_put_key_held(&g->packet, &m);
	KIT_OK(rig_say(g, by));
}

/* Both are ready, and the first is in use. */
static struct rig *
pair_new(void)
{
	struct rig *g = rig_new();

	rig_stop(g);
	g->config.tokens = tokens;
	g->config.n_tokens = ARRAY_LEN(tokens);
	g->config.patience_ms = PATIENCE_MS;
	g->config.failover_return_s = 60;
	rig_start(g);
	rig_pin(g, "a", 1, "a");
	rig_pin(g, "b", 2, "b");
	g->role.slots[SECOND].edge.peer = WIRE_ROLE_KEYHOLDER;
	held(g, RIG_KEYHOLDER, "a", 7);
	held(g, SECOND, "b", 7);
	rig_tick(g);
	rig_round(g); /* the epochs are recorded */
	return g;
}

static struct wire_result_sign
hears_sign(struct rig *g, enum rig_peer at)
{
	struct wire_result_sign m = { .request = 0 };
	struct bytes p = rig_hear(g, at);

	CU_ASSERT_EQUAL_FATAL(wire_get_result_sign(p, &m), OK);
	return m;
}

static void
signs(struct rig *g, enum rig_peer by, uint64_t request)
{
	const struct wire_result_signed m = { .request = request,
		                              .jwt = bytes_of_str("jwt") };

	wire_put_result_signed(&g->packet, &m);
	KIT_OK(rig_say(g, by));
}

/* Asks the first; the request under which it did. */
static uint64_t
asked_first(struct rig *g)
{
	const struct wire_verdict v = kit_verdict(1);

	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, SECOND));
	return hears_sign(g, RIG_KEYHOLDER).request;
}

static void
says_lost(struct rig *g)
{
	const struct wire_key_lost m = { .why = bytes_of_str("gone") };

	wire_put_key_lost(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
}

static void
test_lost(void)
{
	struct rig *g = pair_new();
	uint64_t request = asked_first(g);
	const struct wire_unavailable late = { .request = request };

	says_lost(g);
	CU_ASSERT_EQUAL(hears_sign(g, SECOND).request, request);
	/* What the lost one says of it now means nothing. */
	wire_put_unavailable(&g->packet, &late);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	signs(g, SECOND, request);
	rig_expect_result(g, RIG_FRONT, kit_verdict(1).request, "jwt");
	rig_free(g);
}

static void
test_dead(void)
{
	struct rig *g = pair_new();
	uint64_t request = asked_first(g);

	rig_down(g, RIG_KEYHOLDER);
	CU_ASSERT_EQUAL(hears_sign(g, SECOND).request, request);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));

	/* Then there is nobody. */
	rig_down(g, SECOND);
	rig_expect_unavailable(g, RIG_FRONT, kit_verdict(1).request,
	                       "went away");
	rig_free(g);
}

static void
test_silent(void)
{
	struct rig *g = pair_new();
	uint64_t request = asked_first(g);

	rig_tick(g);
	CU_ASSERT_TRUE(rig_silent(g, SECOND));
	usleep(2 * PATIENCE_MS * 1000);
	rig_tick(g);
	CU_ASSERT_EQUAL(hears_sign(g, SECOND).request, request);

	/* Both sign it in the end: the front hears once. */
	signs(g, RIG_KEYHOLDER, request);
	rig_expect_result(g, RIG_FRONT, kit_verdict(1).request, "jwt");
	signs(g, SECOND, request);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_free(g);
}

static void
test_told_of_silence(void)
{
	struct rig *g = pair_new();
	uint64_t request = asked_first(g);
	struct wire_key_silent m = { .index = 0 };

	wire_put_key_silent(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_FRONT));
	CU_ASSERT_EQUAL(hears_sign(g, SECOND).request, request);
	m.index = ARRAY_LEN(tokens);
	wire_put_key_silent(&g->packet, &m);
	CU_ASSERT_EQUAL(rig_say(g, RIG_FRONT), E_MALFORMED);
	rig_free(g);
}

static void
test_epoch_back(void)
{
	struct rig *g = pair_new();
	struct wire_verdict v = kit_verdict(1);
	const struct cti vetoed = { .node = 1, .epoch = 7, .serial = 5 };
	struct wire_key_vetoed m = { .index = 9 };

	/* Epoch 7 is known; the token has been at 8 and is at 7 again. */
	held(g, RIG_KEYHOLDER, "a", 8);
	rig_round(g);
	rig_tick(g);
	rig_round(g);
	held(g, RIG_KEYHOLDER, "a", 7);
	rig_tick(g);
	rig_round(g);
	rig_tick(g);
	while (wire_get_key_vetoed(rig_hear(g, RIG_FRONT), &m) != OK)
		CU_ASSERT_FALSE_FATAL(rig_silent(g, RIG_VERIFIER));
	CU_ASSERT_EQUAL(m.index, 0);
	CU_ASSERT_TRUE(rig_serves(g));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->role.why, "epoch went back"));

	/* Its challenges do not count, and the other signs that. */
	cti_encode(&vetoed, v.cti);
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	CU_ASSERT_EQUAL(hears_sign(g, SECOND).reasons,
	                reason_bit(REASON_CHALLENGE_EPOCH_LOST));

	/* It was mended: a life with a new epoch is as good as any. */
	held(g, RIG_KEYHOLDER, "a", 9);
	rig_tick(g);
	rig_round(g);
	CU_ASSERT_TRUE(g->ledger.failover.keyholders[0].ready);
	CU_ASSERT_STRING_EQUAL(g->role.why, "");
	rig_free(g);
}

/* Officers remove all keys of the first token. */
static void
disown_first(struct rig *g)
{
	struct pins *pins = g->ledger.keys.pins;

	for (size_t i = 0; i < pins->n;)
		if (strcmp(pins->keys[i].token, "a") == 0)
			pins->keys[i] = pins->keys[--pins->n];
		else
			i++;
	ledger_keyholders_pinned(&g->ledger);
	rig_tick(g);
}

/* Officers remove all keys of the first token; its process was taken over, so it does
 * not withdraw. */
static void
test_disowned(void)
{
	struct rig *g = pair_new();
	const struct wire_verdict v = kit_verdict(1);

	CU_ASSERT_EQUAL(g->ledger.failover.in_use, 0);
	disown_first(g);
	CU_ASSERT_EQUAL(g->ledger.failover.in_use, 1);
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_free(g);
}

/* Without the other one there is nobody to be asked. */
static void
test_disowned_alone(void)
{
	struct rig *g = pair_new();
	const struct wire_verdict v = kit_verdict(1);

	disown_first(g);
	rig_down(g, SECOND);
	CU_ASSERT_EQUAL(g->ledger.failover.in_use, FAILOVER_NONE);
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_free(g);
}

/* It is asked no longer, and answers what the other was asked. */
static void
test_disowned_answers(void)
{
	struct rig *g = pair_new();
	const struct wire_verdict v = kit_verdict(1);

	disown_first(g);
	rig_verdict(g, &v);
	rig_round(g);
	uint64_t request = hears_sign(g, SECOND).request;
	signs(g, RIG_KEYHOLDER, request);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	signs(g, SECOND, request);
	rig_expect_result(g, RIG_FRONT, v.request, "jwt");
	rig_free(g);
}

/* It announced a key that was not pinned yet, and withdrew; then the key is pinned. */
static void
test_withdrawn(void)
{
	struct rig *g = pair_new();

	held(g, RIG_KEYHOLDER, "a2", 7);
	says_lost(g);
	CU_ASSERT_EQUAL(g->ledger.failover.in_use, 1);
	rig_pin(g, "a", 1, "a2");
	ledger_keyholders_pinned(&g->ledger);
	CU_ASSERT_FALSE(g->ledger.failover.keyholders[0].ready);
	rig_down(g, SECOND);
	CU_ASSERT_EQUAL(g->ledger.failover.in_use, FAILOVER_NONE);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "what was asked of a lost one is asked of the other", test_lost },
	{ "likewise of one that died; then of nobody", test_dead },
	{ "one that is silent is passed over", test_silent },
	{ "a front may have noticed that before", test_told_of_silence },
	{ "one whose epoch went back does no harm", test_epoch_back },
	{ "asks no token whose keys are all removed", test_disowned },
	{ "nor when the other one is down", test_disowned_alone },
	{ "nor is believed what it answers", test_disowned_answers },
	{ "nor one that has withdrawn, when its key is pinned",
	  test_withdrawn },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_signers", tests)
