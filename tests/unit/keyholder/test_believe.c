/*
 * test_believe.c - the results that are signed: about an issued challenge, with
 * a tagged verdict.
 */
#include "tests/unit/keyholder/test_believe_kit.h"

/* --- the truth ------------------------------------------------------------ */

static void
test_good(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of();
	struct believed b;

	verdict_kit_seal(&a.m, &a.finding, VERDICT_KIT_KEY, &a.text);
	CU_ASSERT_EQUAL_FATAL(believed(&a, &b), OK);
	const struct ear_fields *e = &b.fields;
	CU_ASSERT_TRUE(bytes_equal_str(e->tenant, "backend-a"));
	CU_ASSERT_EQUAL(memcmp(e->nonce, a.of[0].nonce, HASH_SIZE), 0);
	CU_ASSERT_EQUAL(cti_decode(e->cti).serial, a.of[0].claims.cti.serial);
	CU_ASSERT_EQUAL(e->workflow, WORKFLOW_METADATA);
	CU_ASSERT_EQUAL(e->bindings.present, BINDING_ALL);
	CU_ASSERT_EQUAL(e->vector[VECTOR_HARDWARE], 2);
	CU_ASSERT_EQUAL(e->policy_version, 3);
	CU_ASSERT_EQUAL(e->sequence, 9);
	CU_ASSERT_EQUAL(e->issued_s, NOW);
	CU_ASSERT_EQUAL(e->expires_s, NOW + TTL);
	CU_ASSERT_EQUAL(e->evidence[0], 0x33);
	CU_ASSERT_EQUAL(e->policy_digest[0], 0x55);
	CU_ASSERT_EQUAL(e->jti[0], 1);
}

/* For a root that this key holder signed no signature is verified; for another
 * one it is. */
static void
test_own_root(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of();
	AUTO(keyring_free) struct keyring *none = NULL;
	struct believed b;

	verdict_kit_seal(&a.m, &a.finding, VERDICT_KIT_KEY, &a.text);
	CU_ASSERT_EQUAL_FATAL(keyring_new(&none), OK);
	keyring_free(a.ring);
	a.ring = TAKE(none);
	CU_ASSERT_EQUAL(believed(&a, &b), E_DENIED);
	roots_note(&a.roots, a.of[0].root);
	CU_ASSERT_EQUAL(believed(&a, &b), OK);
}

/* Changes of an honest ledger: a further reason, a replay, an expiry. */
static void
test_reasons_more(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of();
	struct believed b;

	verdict_kit_seal(&a.m, &a.finding, VERDICT_KIT_KEY, &a.text);
	a.m.reasons = reason_bit(REASON_DEVICE_SUSPENDED);
	CU_ASSERT_EQUAL(believed(&a, &b), OK);
	CU_ASSERT_EQUAL(b.fields.reasons, a.m.reasons);
	CU_ASSERT_EQUAL(b.fields.vector[VECTOR_HARDWARE], 2);

	memset(a.m.vector, 0, sizeof(a.m.vector)); /* of a key unknown to it */
	CU_ASSERT_EQUAL(believed(&a, &b), OK);
	CU_ASSERT_EQUAL(b.fields.vector[VECTOR_HARDWARE], 0);
	a.m.redeemed = 0;
	a.m.reasons = reason_bit(REASON_CHALLENGE_REPLAYED);
	CU_ASSERT_EQUAL(believed(&a, &b), OK);
	CU_ASSERT_EQUAL(b.fields.vector[VECTOR_HARDWARE], 0);
	CU_ASSERT_EQUAL(memcmp(b.fields.nonce, a.of[0].nonce, HASH_SIZE), 0);
}

/* A result about a challenge that is not ours has none of its claims. */
static void
test_not_ours(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of();
	static const uint8_t zero[HASH_SIZE];
	struct believed b;

	a.finding = verdict_kit_forged();
	/* A lying verifier adds claims to the finding. */
	memset(a.finding.nonce, 1, HASH_SIZE);
	a.finding.workflow = WORKFLOW_METADATA;
	a.finding.bindings = a.of[0].claims.bindings;
	verdict_kit_seal(&a.m, &a.finding, VERDICT_KIT_KEY, &a.text);
	a.m.redeemed = 0;
	memset(a.m.vector, 0, sizeof(a.m.vector));
	a.m.reasons = a.finding.reasons;
	a.m.challenge = bytes_of(NULL, 0);
	CU_ASSERT_EQUAL(believed(&a, &b), OK);
	CU_ASSERT_EQUAL(memcmp(b.fields.nonce, zero, HASH_SIZE), 0);
	CU_ASSERT_EQUAL(memcmp(b.fields.cti, zero, CTI_SIZE), 0);
	CU_ASSERT_EQUAL(b.fields.bindings.present, 0);
	CU_ASSERT_EQUAL(b.fields.workflow, 0);
	CU_ASSERT_TRUE(bytes_equal_str(b.fields.tenant, "backend-a"));
}

/* A retry is signed with the stored times, until retries are not answered any
 * more. */
static void
test_retry(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of();
	uint64_t last = a.of[0].claims.exp_s + RETRY_GRACE_S + BELIEVE_SKEW_S;
	struct believed b;

	verdict_kit_seal(&a.m, &a.finding, VERDICT_KIT_KEY, &a.text);
	a.terms.now_s = last;
	CU_ASSERT_EQUAL(believed(&a, &b), OK);
	CU_ASSERT_EQUAL(b.fields.issued_s, NOW);
	a.terms.now_s = last + 1;
	CU_ASSERT_EQUAL(believed(&a, &b), E_DENIED);
}

static const struct harness_test tests[] = {
	{ "believes an issued challenge and a tagged verdict", test_good },
	{ "asks no key about a root of its own", test_own_root },
	{ "lets the ledger add reasons", test_reasons_more },
	{ "says nothing of a challenge that is not ours", test_not_ours },
	{ "signs a retry with its times", test_retry },
	{ NULL, NULL },
};

HARNESS_MAIN("believe", tests)
