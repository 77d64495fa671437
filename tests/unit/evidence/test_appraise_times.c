/*
 * test_appraise_times.c - the issuer and the times of a challenge.
 */
#include "tests/unit/evidence/test_appraise_kit.h"

/* Signed by our key for a service that is not this one. */
static void
test_issuer(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	s.request.rules.iss = bytes_of_str("https://other.example");
	check_disbelieved(&s, BIT(CHALLENGE_FORGED));
	s.request.rules.iss = bytes_of(NULL, 0);
	check_disbelieved(&s, BIT(CHALLENGE_FORGED));
}

/* A key whose time is over, and one whose time has not come. */
static void
test_key_terms(void)
{
	AUTO(scene_release) struct scene s = scene_of();
	const struct key_terms bad[] = {
		{ .until_s = s.claims.exp_s - 1 },
		{ .from_s = s.claims.iat_s + 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CU_ASSERT_EQUAL(
		        keyring_set_terms(s.ring,
		                          bytes_of_str(soft_key_kid(s.key)),
		                          &bad[i]),
		        OK);
		check_disbelieved(&s, BIT(CHALLENGE_FORGED));
	}
}

/* From the future, and for longer than anybody may ask. */
static void
test_times(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	s.request.now_s = s.claims.iat_s - CLOCK_SKEW_S;
	CU_ASSERT_EQUAL(reasons(&s), 0);
	s.request.now_s--;
	CU_ASSERT_EQUAL(reasons(&s), BIT(CHALLENGE_TIME));
	CU_ASSERT(run(&s).redeemable); /* the ledger refuses by itself */
	s.request.now_s = s.claims.iat_s;
	s.request.rules.ttl_max_s = 119;
	CU_ASSERT_EQUAL(reasons(&s), BIT(CHALLENGE_TIME));
	s.request.rules.ttl_max_s = 120;
	CU_ASSERT_EQUAL(reasons(&s), 0);
	s.claims.exp_s = s.claims.iat_s + 365 * 86400;
	make_challenge(&s);
	CU_ASSERT_EQUAL(reasons(&s), BIT(CHALLENGE_TIME));
}

static const struct harness_test tests[] = {
	{ "another issuer's challenge is forged", test_issuer },
	{ "a key that had no say is no key of ours", test_key_terms },
	{ "a challenge from the future, or for ever", test_times },
	{ NULL, NULL },
};

HARNESS_MAIN("appraise_times", tests)
