/*
 * test_redeem.c - the rules of single use, one test a rule.
 */
#include "crypto/keys/confirmation.h"
#include "crypto/token/challenge.h"
#include "ledger/redeem_device.h"
#include "tests/unit/ledger/test_redeem_kit.h"

/* --- spending ------------------------------------------------------------- */

static void
test_good(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	v.proved = 1;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_TRUE(b.fresh);
	CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
	CU_ASSERT_EQUAL(b.outcome.issued_s, KIT_NOW_S + 1);
	CU_ASSERT_EQUAL(b.outcome.expires_s, KIT_NOW_S + 301);
	CU_ASSERT_EQUAL(b.outcome.jti[0], 1);
	CU_ASSERT_EQUAL(b.outcome.vector[3], 2);
	bench_end(&b);
}

/* Without enrolment, a key that its evidence does not prove may be anybody's. */
static void
test_unproved(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	v.workflow = WORKFLOW_REGISTER;
	v.bindings.present &= (uint8_t)~BINDING_BIT(DEVICE);
	v.identity[0]++;
	v.vector[VECTOR_EXECUTABLES] = 3;
	v.vector[VECTOR_FILE_SYSTEM] = 32;
	v.vector[VECTOR_CONFIGURATION] = -33; /* a warning, too */
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	for (size_t i = 0; i < VECTOR_COUNT; i++)
		CU_ASSERT_EQUAL(b.outcome.vector[i],
		                i == VECTOR_FILE_SYSTEM     ? 32
		                : i == VECTOR_CONFIGURATION ? -33
		                                            : 0);
	bench_end(&b);

	b = bench_of();
	v.proved = 1;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(memcmp(b.outcome.vector, v.vector, VECTOR_COUNT), 0);
	bench_end(&b);
}

static void
test_bad_evidence_spends(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	v.reasons = BIT(PCR_MISMATCH);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(PCR_MISMATCH));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 1);

	/* Better evidence does not make the challenge good again. */
	v.reasons = 0;
	v.evidence[0]++;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_REPLAYED));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);
	bench_end(&b);
}

static void
test_not_redeemable(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	v.redeemable = 0;
	v.challenge = bytes_of(NULL, 0);
	v.reasons = BIT(CHALLENGE_FORGED);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_FORGED));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);
	CU_ASSERT_TRUE(b.fresh);
	/* It was recorded, and the real one is still there to spend. */
	CU_ASSERT_EQUAL(b.t.sequence, 2);
	v = kit_verdict(1);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
	bench_end(&b);
}

static void
test_expired(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	b.t.now_ms = v.expires_s * 1000;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EXPIRED));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);
	CU_ASSERT_EQUAL(b.outcome.vector[3], 0);
	b.t.now_ms--;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
	bench_end(&b);
}

static void
test_expired_for_verifier(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	v.reasons = BIT(CHALLENGE_EXPIRED);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EXPIRED));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);
	bench_end(&b);
}

static void
test_epoch_lost(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);
	const struct cti other = { .node = 1, .epoch = 6, .serial = 1 };
	const struct cti node = { .node = 2, .epoch = 7, .serial = 1 };

	cti_encode(&other, v.cti);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EPOCH_LOST));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);
	cti_encode(&node, v.cti);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EPOCH_LOST));
	bench_end(&b);
}

/* The epoch is known, since the key holder still lives, but the challenge is
 * older than the database: an earlier one may have seen it spent. */
static void
test_database_younger(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	/* Of the very second in which it was made: nobody knows. */
	v.issued_s = KIT_NOW_S - 1;
	v.expires_s--;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EPOCH_LOST));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);
	bench_end(&b);
}

/* --- spent ---------------------------------------------------------------- */

static void
test_retry(void)
{
	struct bench b = bench_of();
	const struct wire_verdict v = kit_verdict(1);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	struct outcome first = b.outcome;
	b.t.now_ms += 60000;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_FALSE(b.fresh);
	CU_ASSERT_EQUAL(b.outcome.sequence, first.sequence);
	CU_ASSERT_EQUAL(b.outcome.issued_s, first.issued_s);
	CU_ASSERT_EQUAL(memcmp(b.outcome.jti, first.jti, CTI_SIZE), 0);
	CU_ASSERT_EQUAL(b.spent.jwt.len, 0);

	KIT_OK(store_jwt_set(b.t.store, v.cti, bytes_of_str("a.b.c")));
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_TRUE(bytes_equal_str(buf_bytes(&b.spent.jwt), "a.b.c"));
	bench_end(&b);
}

static void
replayed(const struct wire_verdict *other)
{
	struct bench b = bench_of();
	const struct wire_verdict v = kit_verdict(1);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	KIT_OK(store_jwt_set(b.t.store, v.cti, bytes_of_str("a.b.c")));
	CU_ASSERT_EQUAL(decide(&b, other), BIT(CHALLENGE_REPLAYED));
	CU_ASSERT_TRUE(b.fresh);
	CU_ASSERT_EQUAL(b.spent.jwt.len, 0);
	CU_ASSERT_EQUAL(b.outcome.sequence, 2);
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);
	CU_ASSERT_EQUAL(b.outcome.vector[3], 0);
	CU_ASSERT_EQUAL(b.outcome.jti[0], 2);
	/* And the honest one still gets its own. */
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_FALSE(b.fresh);
	bench_end(&b);
}

static void
test_replay(void)
{
	struct wire_verdict v = kit_verdict(1);

	v.evidence[31]++;
	replayed(&v);
	v = kit_verdict(1);
	v.observed[31]++;
	replayed(&v);
	v = kit_verdict(1);
	v.tenant = bytes_of_str("backend-b");
	replayed(&v);
	v = kit_verdict(1);
	v.nonce[0]++; /* other claims by the same id */
	replayed(&v);
	/* What made the evidence bad says nothing beside a replay. */
	v = kit_verdict(1);
	v.evidence[0]++;
	v.reasons = BIT(PCR_MISMATCH);
	replayed(&v);
}

static void
test_retry_and_expiry(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);
	uint64_t end_ms = (v.expires_s + 30) * 1000; /* docs/ledger.md */

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	b.t.now_ms = end_ms - 1;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_FALSE(b.fresh);
	v.reasons = BIT(CHALLENGE_EXPIRED); /* as the verifier sees it then */
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_FALSE(b.fresh);
	v.evidence[0]++;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_REPLAYED));
	v.evidence[0]--;
	b.t.now_ms = end_ms;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EXPIRED));
	CU_ASSERT_TRUE(b.fresh);
	bench_end(&b);
}

/* --- devices -------------------------------------------------------------- */

static void
enrol(struct bench *b, const char *tenant, const char *handle,
      enum wire_device_state state)
{
	struct enrolment e = { .enrolled_s = KIT_NOW_S, .state = state };
	bool added = false;

	(void)store_small_set(&e.tenant, bytes_of_str(tenant));
	(void)store_small_set(&e.handle, bytes_of_str(handle));
	(void)store_small_set(&e.format, bytes_of_str("tpm2-quote"));
	memset(e.identity, 0x22, sizeof(e.identity));
	KIT_OK(store_enrolment_add(b->t.store, &e, &added));
	CU_ASSERT_TRUE(added);
}

static struct wire_verdict
device_verdict(uint64_t serial, const char *handle)
{
	struct wire_verdict v = kit_verdict(serial);

	v.workflow = WORKFLOW_METADATA;
	v.bindings.present = BINDING_BIT(DEVICE);
	v.bindings.device_handle = bytes_of_str(handle);
	return v;
}

static void
test_device(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = device_verdict(1, "dh1_a");

	enrol(&b, "backend-a", "dh1_a", WIRE_DEVICE_ACTIVE);
	enrol(&b, "backend-b", "dh1_b", WIRE_DEVICE_ACTIVE);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = device_verdict(2, "dh1_none");
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_NOT_ENROLLED));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
	/* Another tenant's handle is as unknown. */
	v = device_verdict(3, "dh1_b");
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_NOT_ENROLLED));
	v = device_verdict(4, "dh1_a");
	v.identity[31]++;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	bench_end(&b);
}

static void
test_device_suspended(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = device_verdict(1, "dh1_a");

	enrol(&b, "backend-a", "dh1_a", WIRE_DEVICE_SUSPENDED);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_SUSPENDED));
	bench_end(&b);
}

/* Which workflows need a device at all. */
static void
test_device_needed(void)
{
	for (uint8_t w = 0; w < WORKFLOW_COUNT; w++) {
		struct wire_verdict v = kit_verdict(1);
		bool free = w == WORKFLOW_ENROLL || w == WORKFLOW_REGISTER;
		v.workflow = w;
		CU_ASSERT_EQUAL(redeem_device(&v, NULL),
		                free ? 0 : BIT(DEVICE_NOT_ENROLLED));
		v.bindings.present = BINDING_BIT(DEVICE);
		CU_ASSERT_EQUAL(redeem_device(&v, NULL),
		                BIT(DEVICE_NOT_ENROLLED));
	}
}

/* An identity that the verifier could not establish is not another one; but
 * no identity at all is never a good one. */
static void
test_device_unknown_identity(void)
{
	struct wire_verdict v = device_verdict(1, "dh1_a");
	struct enrolment e = { .state = WIRE_DEVICE_ACTIVE };

	/* The key alone is another one. */
	(void)store_small_set(&e.tenant, v.tenant);
	(void)store_small_set(&e.format, v.format);
	store_identity(v.tenant, bytes_of(v.identity, HASH_SIZE), e.identity);
	v.identity[0]++;
	v.reasons = BIT(EVIDENCE_SIGNATURE);
	CU_ASSERT_EQUAL(redeem_device(&v, &e), 0);
	v.reasons = BIT(EVIDENCE_MALFORMED);
	CU_ASSERT_EQUAL(redeem_device(&v, &e), 0);
	v.reasons = BIT(EVIDENCE_UNSUPPORTED);
	CU_ASSERT_EQUAL(redeem_device(&v, &e), 0);
	v.reasons = BIT(PCR_MISMATCH);
	CU_ASSERT_EQUAL(redeem_device(&v, &e), BIT(DEVICE_KEY_MISMATCH));
	memset(v.identity, 0, sizeof(v.identity));
	CU_ASSERT_EQUAL(redeem_device(&v, &e), 0);
	v.reasons = 0;
	CU_ASSERT_EQUAL(redeem_device(&v, &e), BIT(DEVICE_KEY_MISMATCH));
	store_identity(v.tenant, bytes_of(v.identity, HASH_SIZE), e.identity);
	CU_ASSERT_EQUAL(redeem_device(&v, &e), BIT(DEVICE_KEY_MISMATCH));
}

/* --- verdicts that no verifier of ours sends ------------------------------ */

static void
test_verdict_valid(void)
{
	struct wire_verdict v = kit_verdict(1);
	static const uint8_t huge[CHALLENGE_MAX + 1];
	char longer[STORE_SMALL_MAX + 1];

	memset(longer, 'x', sizeof(longer));
	CU_ASSERT_TRUE(redeem_verdict_valid(&v));
	v.redeemable = 2;
	CU_ASSERT_TRUE(kit_undecodable(&v));
	v.redeemable = 0; /* and no reason */
	v.challenge = bytes_of(NULL, 0);
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v.reasons = BIT(CHALLENGE_MALFORMED);
	CU_ASSERT_TRUE(redeem_verdict_valid(&v));
	v.challenge = bytes_of_str("a challenge"); /* not ours, yet shown */
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v.redeemable = 1; /* forged and yet to be spent */
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = kit_verdict(1);
	v.challenge = bytes_of(NULL, 0); /* spent and not shown */
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = kit_verdict(1);
	v.reasons = UINT64_C(1) << 63;
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = kit_verdict(1);
	v.workflow = WORKFLOW_COUNT;
	CU_ASSERT_TRUE(kit_undecodable(&v));
	v = kit_verdict(1);
	v.tenant = bytes_of_str("No Tenant");
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = kit_verdict(1);
	v.policy_id = bytes_of(longer, sizeof(longer));
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = kit_verdict(1);
	v.format = bytes_of(longer, sizeof(longer));
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v.format = bytes_of_str("A B"); /* no key holder signs that */
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = kit_verdict(1);
	v.challenge =
	        bytes_of(huge, CHALLENGE_MAX + 1); /* kept while it waits */
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v.challenge = bytes_of(huge, CHALLENGE_MAX);
	CU_ASSERT_TRUE(redeem_verdict_valid(&v));
	v = kit_verdict(1);
	v.confirmation = bytes_of(huge, CONFIRMATION_MAX);
	CU_ASSERT_TRUE(redeem_verdict_valid(&v));
	v.reasons = BIT(BOOT_STATE); /* a refusal that confirms a key */
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v.reasons = 0;
	v.confirmation = bytes_of(huge, CONFIRMATION_MAX + 1);
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = kit_verdict(1);
	v.issued_s = v.expires_s + 1;
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = kit_verdict(1);
	v.expires_s = UINT64_MAX / 1000;
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
}

static const struct harness_test tests[] = {
	{ "claims nothing that nothing proves", test_unproved },
	{ "spends a good challenge", test_good },
	{ "spends it on bad evidence, too", test_bad_evidence_spends },
	{ "records what it cannot spend", test_not_redeemable },
	{ "refuses at the second of expiry", test_expired },
	{ "believes a verifier whose clock is ahead",
	  test_expired_for_verifier },
	{ "refuses an epoch that it does not know", test_epoch_lost },
	{ "refuses a challenge older than the database",
	  test_database_younger },
	{ "answers an honest retry with the first outcome", test_retry },
	{ "calls anything else a replay", test_replay },
	{ "answers retries until grace is over", test_retry_and_expiry },
	{ "compares the device with its enrolment", test_device },
	{ "refuses a suspended device", test_device_suspended },
	{ "knows which workflows need a device", test_device_needed },
	{ "compares no identity that is not known",
	  test_device_unknown_identity },
	{ "refuses verdicts that cannot be", test_verdict_valid },
	{ NULL, NULL },
};
HARNESS_MAIN("redeem", tests)
