/*
 * test_redeem_times.c - challenges out of their time, and of lives that are over.
 */
#include <sqlite3.h>

#include "ledger/store/sqlite.h"
#include "tests/unit/ledger/test_redeem_kit.h"

static void
test_out_of_time(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	b.t.now_ms = (v.issued_s - CLOCK_SKEW_S) * 1000 - 1;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_TIME));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);
	b.t.now_ms = KIT_NOW_MS + 1000;
	v.expires_s++;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_TIME));
	v.expires_s--;
	v.reasons = BIT(CHALLENGE_TIME); /* the verifier's clock */
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_TIME));
	v.reasons = 0;
	b.t.now_ms = (v.issued_s - CLOCK_SKEW_S) * 1000;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
	bench_end(&b);
}

/* A life counts up to its end, and nobody signs for a life that is not his. */
static void
test_lives(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	v.life[15] ^= 1;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EPOCH_LOST));
	v.life[15] ^= 1;
	KIT_OK(store_epoch_end(b.t.store, 1, 7, KIT_NOW_MS - 1));
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EPOCH_LOST));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);
	KIT_OK(store_epoch_live(b.t.store, &kit_life, KIT_NOW_MS));
	KIT_OK(store_epoch_end(b.t.store, 1, 7, KIT_NOW_MS));
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	bench_end(&b);
}

/* What was said by a clock that was ahead is not said again. */
static void
test_retry_of_the_future(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);
	struct store_repair done;

	v.issued_s += 7200;
	v.expires_s += 7200;
	b.t.now_ms = v.issued_s * 1000;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	b.t.now_ms = KIT_NOW_MS;
	KIT_OK(store_repair(b.t.store, KIT_NOW_MS, &done));
	b.t.horizon_ms = KIT_NOW_MS;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_TIME));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);
	/* Nor when that time has come. */
	b.t.now_ms = (v.issued_s - CLOCK_SKEW_S - 1) * 1000;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_TIME));
	bench_end(&b);
}

/* The policy may want a challenge sooner than it expires, and a result for less
 * time than the service gives; never for more. */
static void
test_policy_times(void)
{
	static const struct {
		uint32_t policy_s, result_s;
	} rows[] = { { 0, 300 }, { 60, 60 }, { 300, 300 }, { 86400, 300 } };
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	v.challenge_age_s = 5;
	b.t.now_ms = (v.issued_s + 5) * 1000;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EXPIRED));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);
	b.t.now_ms--;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		v = kit_verdict(i + 2);
		v.result_ttl_s = rows[i].policy_s;
		CU_ASSERT_EQUAL(decide(&b, &v), 0);
		CU_ASSERT_EQUAL(b.outcome.expires_s - b.outcome.issued_s,
		                rows[i].result_s);
	}
	bench_end(&b);
}

/* What the policy calls the device is kept of a redemption alone. */
static void
test_policy_names(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	v.policy_group = bytes_of_str("pixels");
	v.policy_state = bytes_of_str("v42");
	CU_ASSERT_TRUE(redeem_verdict_valid(&v));
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT(bytes_equal_str(store_small_bytes(&b.outcome.policy_group),
	                          "pixels"));
	CU_ASSERT(bytes_equal_str(store_small_bytes(&b.outcome.policy_state),
	                          "v42"));
	v.evidence[0] ^= 1;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_REPLAYED));
	CU_ASSERT_EQUAL(b.outcome.policy_group.len, 0);
	CU_ASSERT_EQUAL(b.outcome.policy_state.len, 0);
	v.policy_group = bytes_of_str("two words");
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v.policy_group = v.policy_state;
	v.policy_state = bytes_of_str("V");
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	bench_end(&b);
}

static void
run_sql(struct bench *b, const char *sql)
{
	CU_ASSERT_EQUAL_FATAL(
	        sqlite3_exec(b->t.store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* A disk that does not read is no word about the challenge: nothing is decided,
 * and the same question is answered when it reads again. */
static void
test_unread(void)
{
	struct bench b = bench_of();
	const struct wire_verdict v = kit_verdict(1);

	run_sql(&b, "ALTER TABLE epochs RENAME TO elsewhere");
	KIT_OK(store_begin(b.t.store));
	CU_ASSERT_EQUAL(redeem(&b.t, &v, &b.spent, &b.outcome, &b.fresh), E_IO);
	run_sql(&b, "ROLLBACK");
	run_sql(&b, "ALTER TABLE elsewhere RENAME TO epochs");
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT(b.fresh);
	CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
	bench_end(&b);
}

static const struct harness_test tests[] = {
	{ "refuses what is out of its time", test_out_of_time },
	{ "takes what a life issued in it", test_lives },
	{ "says nothing again of a time to come", test_retry_of_the_future },
	{ "the policy's age of a challenge and lifetime of a result",
	  test_policy_times },
	{ "keeps what the policy calls the device", test_policy_names },
	{ "decides nothing while lives cannot be read", test_unread },
	{ NULL, NULL },
};

HARNESS_MAIN("redeem_times", tests)
