/*
 * test_believe_policy.c - what the policy says of a workflow's times and of the
 * device holds, whatever the ledger asks.
 */
#include "tests/unit/keyholder/test_believe_kit.h"

/* The ledger asks for a result of ttl_s that was redeemed at_s after the challenge
 * was issued. */
static err_t
ask_times(uint32_t policy_ttl_s, uint32_t policy_age_s, uint64_t ttl_s,
          uint64_t at_s)
{
	AUTO(attempt_release) struct attempt a = attempt_of();
	struct believed b;

	a.finding.result_ttl_s = policy_ttl_s;
	a.finding.challenge_age_s = policy_age_s;
	a.m.issued_s = SOFT_BATCH_IAT + at_s;
	a.m.expires_s = a.m.issued_s + ttl_s;
	a.terms.now_s = a.m.issued_s;
	verdict_kit_seal(&a.m, &a.finding, VERDICT_KIT_KEY, &a.text);
	memcpy(a.m.vector, a.finding.vector, sizeof(a.m.vector));
	return believed(&a, &b);
}

static void
test_ttl(void)
{
	CU_ASSERT_EQUAL(ask_times(0, 0, TTL, 10), OK);
	CU_ASSERT_EQUAL(ask_times(60, 0, 60, 10), OK);
	CU_ASSERT_EQUAL(ask_times(60, 0, 61, 10), E_DENIED);
	/* It shortens alone. */
	CU_ASSERT_EQUAL(ask_times(TTL + 60, 0, TTL, 10), OK);
	CU_ASSERT_EQUAL(ask_times(TTL + 60, 0, TTL + 1, 10), E_DENIED);
}

static void
test_age(void)
{
	const uint64_t last_s = 20 + BELIEVE_SKEW_S;

	CU_ASSERT_EQUAL(ask_times(0, 20, TTL, last_s), OK);
	CU_ASSERT_EQUAL(ask_times(0, 20, TTL, last_s + 1), E_DENIED);
	CU_ASSERT_EQUAL(ask_times(0, 0, TTL, last_s + 1), OK);
}

/* A result that redeems nothing says nothing of the device. */
static void
test_names(void)
{
	for (int redeemed = 0; redeemed < 2; redeemed++) {
		AUTO(attempt_release) struct attempt a = attempt_of();
		struct believed b;

		a.finding.policy_group = bytes_of_str("pixels");
		a.finding.policy_state = bytes_of_str("v42");
		verdict_kit_seal(&a.m, &a.finding, VERDICT_KIT_KEY, &a.text);
		a.m.redeemed = redeemed != 0;
		if (redeemed)
			memcpy(a.m.vector, a.finding.vector,
			       sizeof(a.m.vector));
		else
			a.m.reasons = reason_bit(REASON_CHALLENGE_REPLAYED);
		if (!redeemed)
			memset(a.m.vector, 0, sizeof(a.m.vector));
		CU_ASSERT_EQUAL_FATAL(believed(&a, &b), OK);
		CU_ASSERT_EQUAL(b.fields.policy_group.len, redeemed ? 6 : 0);
		CU_ASSERT_EQUAL(b.fields.policy_state.len, redeemed ? 3 : 0);
	}
}

static const struct harness_test tests[] = {
	{ "the lifetime of a result", test_ttl },
	{ "the age of a challenge", test_age },
	{ "group and state", test_names },
	{ NULL, NULL },
};

HARNESS_MAIN("believe_policy", tests)
