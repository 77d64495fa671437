/*
 * test_ledger_verdicts.c - verdict to result, with everything that can go
 * missing on the way.
 */
#include <string.h>

#include "tests/common/roles/ledger_rig.h"
#include "base/clock.h"

#include "tests/unit/ledger/test_ledger_disk.h"

/* A verdict of request 1, all the way to its answer. */
static void
redeem_whole(struct rig *g, const struct wire_verdict *v, const char *jwt)
{
	rig_verdict(g, v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	rig_signed(g, m.request, jwt);
	rig_expect_result(g, RIG_FRONT, v->request, jwt);
}

static void
test_whole(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);

	rig_verdict(g, &v);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER)); /* not before commit */
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	struct wire_result_sign m = rig_hear_sign(g);
	CU_ASSERT_EQUAL(m.sequence, 1);
	CU_ASSERT_EQUAL(m.redeemed, 1);
	CU_ASSERT_EQUAL(m.reasons, 0);
	CU_ASSERT_EQUAL(m.issued_s, KIT_NOW_S);
	CU_ASSERT_EQUAL(m.expires_s, KIT_NOW_S + RIG_TTL_S);
	/* What the verifier said goes on as it came. */
	struct wire_finding f = { 0 };
	CU_ASSERT_EQUAL(wire_get_finding(m.finding, &f), OK);
	CU_ASSERT_EQUAL(memcmp(f.cti, v.cti, CTI_SIZE), 0);
	CU_ASSERT_EQUAL(memcmp(f.nonce, v.nonce, HASH_SIZE), 0);
	CU_ASSERT_EQUAL(memcmp(f.evidence, v.evidence, HASH_SIZE), 0);
	CU_ASSERT_EQUAL(f.policy_version, 3);
	CU_ASSERT_TRUE(bytes_equal_str(f.tenant, "backend-a"));
	CU_ASSERT_EQUAL(memcmp(m.tag, v.tag, HASH_SIZE), 0);
	CU_ASSERT_TRUE(bytes_equal_str(m.challenge, "a challenge"));
	rig_signed(g, m.request, "a.b.c");
	rig_expect_result(g, RIG_FRONT, 1, "a.b.c");
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_free(g);
}

/* jti is drawn anew for each outcome; sequence has no gap. */
static void
test_sequence(void)
{
	struct rig *g = rig_ready();
	uint8_t jti[3][CTI_SIZE];

	for (uint64_t i = 1; i <= 3; i++) {
		struct wire_verdict v = kit_verdict(i);
		if (i == 2) {
			v.redeemable = 0;
			v.challenge = bytes_of(NULL, 0);
			v.reasons = reason_bit(REASON_CHALLENGE_FORGED);
		}
		rig_verdict(g, &v);
		rig_round(g);
		struct wire_result_sign m = rig_hear_sign(g);
		CU_ASSERT_EQUAL(m.sequence, i);
		memcpy(jti[i - 1], m.jti, CTI_SIZE);
	}
	CU_ASSERT_NOT_EQUAL(memcmp(jti[0], jti[1], CTI_SIZE), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(jti[1], jti[2], CTI_SIZE), 0);
	rig_free(g);
}

static void
test_group(void)
{
	struct rig *g = rig_ready();

	rig_tick(g);
	kit_disk_reset();
	for (uint64_t i = 1; i <= 50; i++) {
		const struct wire_verdict v = kit_verdict(i);
		rig_verdict(g, &v);
	}
	rig_round(g);
	CU_ASSERT_EQUAL(kit_disk.syncs, 1);
	for (uint64_t i = 1; i <= 50; i++)
		CU_ASSERT_EQUAL(rig_hear_sign(g).sequence, i);
	rig_free(g);
}

/* --- retries -------------------------------------------------------------- */

static void
test_retry_stored(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	redeem_whole(g, &v, "a.b.c");
	v.request = 2;
	v.front = 1;
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_expect_result(g, RIG_FRONT_1, 2, "a.b.c");

	/* And by a ledger that was killed and started anew. */
	rig_stop(g);
	rig_start(g);
	v.request = 3;
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_expect_result(g, RIG_FRONT_1, 3, "a.b.c");
	rig_free(g);
}

/* The result was signed, but never stored: the same statement is signed. */
static void
test_retry_lost(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);
	uint8_t jti[CTI_SIZE];

	rig_verdict(g, &v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	memcpy(jti, m.jti, sizeof(jti));
	rig_signed(g, m.request, "a.b.c"); /* and no group after it */
	rig_stop(g);

	clock_set_wall(KIT_NOW_MS + 30000);
	rig_start(g);
	v.request = 2;
	rig_verdict(g, &v);
	rig_round(g);
	m = rig_hear_sign(g);
	CU_ASSERT_EQUAL(memcmp(m.jti, jti, sizeof(jti)), 0);
	CU_ASSERT_EQUAL(m.issued_s, KIT_NOW_S);
	CU_ASSERT_EQUAL(m.expires_s, KIT_NOW_S + RIG_TTL_S);
	CU_ASSERT_EQUAL(m.sequence, 1);
	CU_ASSERT_EQUAL(m.redeemed, 1);
	rig_signed(g, m.request, "d.e.f");
	rig_expect_result(g, RIG_FRONT, 2, "d.e.f");
	rig_free(g);
}

/* Retries while the first is still being signed: one signature, all hear. */
static void
test_retry_joins(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	rig_verdict(g, &v);
	v.request = 2; /* in the same group */
	rig_verdict(g, &v);
	rig_round(g);
	v.request = 3; /* in the next */
	v.front = 1;
	rig_verdict(g, &v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_signed(g, m.request, "a.b.c");
	rig_expect_result(g, RIG_FRONT, 2, "a.b.c");
	rig_expect_result(g, RIG_FRONT, 1, "a.b.c");
	rig_expect_result(g, RIG_FRONT_1, 3, "a.b.c");
	rig_free(g);
}

static void
test_replay(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	redeem_whole(g, &v, "a.b.c");
	v.request = 2;
	v.evidence[0]++;
	rig_verdict(g, &v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	CU_ASSERT_EQUAL(m.reasons, reason_bit(REASON_CHALLENGE_REPLAYED));
	CU_ASSERT_EQUAL(m.redeemed, 0);
	CU_ASSERT_EQUAL(m.sequence, 2);
	rig_free(g);
}

/* --- the key holder ------------------------------------------------------- */

static void
test_keyholder_away(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	rig_down(g, RIG_KEYHOLDER);
	rig_verdict(g, &v);
	rig_round(g);
	rig_expect_unavailable(g, RIG_FRONT, 1, "key holder");

	/* The challenge is spent, and the same client is answered later. */
	rig_up(g, RIG_KEYHOLDER);
	v.request = 2;
	rig_verdict(g, &v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	CU_ASSERT_EQUAL(m.sequence, 1);
	CU_ASSERT_EQUAL(m.redeemed, 1);
	rig_signed(g, m.request, "a.b.c");
	rig_expect_result(g, RIG_FRONT, 2, "a.b.c");
	rig_free(g);
}

static void
test_keyholder_dies(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	rig_verdict(g, &v);
	v.request = 2;
	rig_verdict(g, &v);
	rig_round(g);
	rig_down(g, RIG_KEYHOLDER);
	rig_expect_unavailable(g, RIG_FRONT, 2, "key holder");
	rig_expect_unavailable(g, RIG_FRONT, 1, "key holder");
	CU_ASSERT_EQUAL(g->ledger.pendings.n, 0);
	rig_up(g, RIG_KEYHOLDER);
	rig_free(g);
}

static void
test_keyholder_refuses(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);

	rig_verdict(g, &v);
	rig_round(g);
	const struct wire_unavailable m = { .request = rig_hear_sign(g).request,
		                            .why = bytes_of_str("token") };
	wire_put_unavailable(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
	rig_expect_unavailable(g, RIG_FRONT, 1, "key holder");
	CU_ASSERT_EQUAL(g->ledger.pendings.n, 0);
	rig_free(g);
}

static void
test_keyholder_silent(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);

	rig_verdict(g, &v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	g->ledger.answer_for = 0;
	rig_tick(g);
	rig_expect_unavailable(g, RIG_FRONT, 1, "did not answer");
	CU_ASSERT_EQUAL(g->ledger.pendings.n, 0);
	rig_signed(g, m.request, "a.b.c"); /* too late: nobody hears it */
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_free(g);
}

/* A result for a request that never was, or an empty one. */
static void
test_keyholder_nonsense(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);
	const struct wire_result_signed empty = { .request = 1 };

	rig_signed(g, 12345, "a.b.c");
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	wire_put_result_signed(&g->packet, &empty);
	CU_ASSERT_EQUAL(rig_say(g, RIG_KEYHOLDER), E_MALFORMED);

	rig_verdict(g, &v);
	rig_round(g);
	const struct wire_handle_made handle = {
		.request = rig_hear_sign(g).request,
		.handle = bytes_of_str("dh1_x"),
	};
	wire_put_handle_made(&g->packet, &handle);
	CU_ASSERT_EQUAL(rig_say(g, RIG_KEYHOLDER), E_MALFORMED);
	rig_free(g);
}

/* An answer that comes when its row has another tenant meets nobody. */
static void
test_late_answer(void)
{
	struct pendings ps;
	struct pending *p = NULL;

	KIT_OK(pendings_init(&ps));
	KIT_OK(pending_add(&ps, PENDING_SIGN, 1, &p));
	uint64_t late = p->request;
	const struct pending *row = p;
	pending_drop(&ps, p);
	do {
		KIT_OK(pending_add(&ps, PENDING_SIGN, 2, &p));
		if (p != row)
			pending_drop(&ps, p);
	} while (p != row);
	CU_ASSERT_PTR_NULL(pending_find(&ps, late));
	CU_ASSERT_PTR_EQUAL(pending_find(&ps, p->request), row);
	pendings_release(&ps);
}

static void
test_rows_full(void)
{
	struct pendings ps;
	struct pending *p = NULL;

	KIT_OK(pendings_init(&ps));
	for (uint64_t i = 0; i < PENDING_MAX; i++)
		KIT_OK(pending_add(&ps, PENDING_SIGN, i + 5, &p));
	CU_ASSERT_EQUAL(pending_add(&ps, PENDING_SIGN, 1, &p), E_LIMIT);
	p = pending_of(&ps, 77, WIRE_RESULT_JWT);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(p->sequence, 77);
	pending_drop(&ps, p);
	CU_ASSERT_PTR_NULL(pending_of(&ps, 77, WIRE_RESULT_JWT));
	KIT_OK(pending_add(&ps, PENDING_SIGN, 77 + PENDING_MAX, &p));
	CU_ASSERT_PTR_EQUAL(pending_of(&ps, 77 + PENDING_MAX, WIRE_RESULT_JWT),
	                    p);
	pendings_release(&ps);
}

/* --- fronts --------------------------------------------------------------- */

/* A new front may choose the same request numbers as the one that died. */
static void
test_front_dies(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	rig_verdict(g, &v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	const struct wire_verdict queued = kit_verdict(2);
	rig_verdict(g, &queued);
	rig_down(g, RIG_FRONT);
	rig_up(g, RIG_FRONT);
	rig_signed(g, m.request, "a.b.c");
	rig_round(g);
	m = rig_hear_sign(g); /* the queued one is decided all the same */
	CU_ASSERT_EQUAL(m.redeemed, 1);
	rig_signed(g, m.request, "d.e.f");
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	v.request = 9;
	rig_verdict(g, &v);
	rig_round(g);
	rig_expect_result(g, RIG_FRONT, 9, "a.b.c");
	rig_free(g);
}

static void
test_verifier_nonsense(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	v.redeemable = 7;
	wire_put_verdict(&g->packet, &v);
	CU_ASSERT_EQUAL(rig_say(g, RIG_VERIFIER), E_MALFORMED);
	v = kit_verdict(1);
	v.expires_s = v.issued_s - 1; /* well formed, and never true */
	wire_put_verdict(&g->packet, &v);
	CU_ASSERT_EQUAL(rig_say(g, RIG_VERIFIER), E_MALFORMED);
	v = kit_verdict(1);
	wire_put_verdict(&g->packet, &v);
	buf_u8(&g->packet, 0);
	CU_ASSERT_EQUAL(rig_say(g, RIG_VERIFIER), E_MALFORMED);
	CU_ASSERT_EQUAL(g->ledger.n_works, 0);
	rig_free(g);
}

static void
test_busy(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);

	for (unsigned i = 0; i < WORKS_MAX; i++)
		rig_verdict(g, &v);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_verdict(g, &v);
	rig_expect_unavailable(g, RIG_FRONT, 1, "busy");
	rig_round(g);
	/* One was recorded, retries beyond the first few are told to wait. */
	CU_ASSERT_EQUAL(rig_hear_sign(g).sequence, 1);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_expect_unavailable(g, RIG_FRONT, 1, "busy");
	CU_ASSERT_EQUAL(g->ledger.pendings.n, 1);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "brings a verdict to its result", test_whole },
	{ "counts outcomes without a gap", test_sequence },
	{ "commits a group with one sync", test_group },
	{ "answers a retry with the stored result", test_retry_stored },
	{ "signs a lost result again, the same", test_retry_lost },
	{ "lets retries join a signature under way", test_retry_joins },
	{ "signs a replay as what it is", test_replay },
	{ "keeps a redemption while the key holder is away",
	  test_keyholder_away },
	{ "tells all who waited for a dead key holder", test_keyholder_dies },
	{ "passes on that nothing can be signed", test_keyholder_refuses },
	{ "gives up on a silent key holder", test_keyholder_silent },
	{ "does not follow the key holder's nonsense",
	  test_keyholder_nonsense },
	{ "drops an answer that comes too late", test_late_answer },
	{ "has a bounded number of requests", test_rows_full },
	{ "never answers a front's successor", test_front_dies },
	{ "does not follow the verifier's nonsense", test_verifier_nonsense },
	{ "says busy instead of growing", test_busy },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_verdicts", tests)
