/*
 * test_redeem_enroll.c - a verdict that enrols its device, and what an
 * enrolment then asks of later ones.
 */
#include <string.h>

#include "ledger/redeem_device.h"
#include "tests/common/fakes/facts_kit.h"
#include "tests/common/roles/ledger_kit.h"

#define BIT(name) reason_bit(REASON_##name)

/* A store that knows epoch 7 of node 1, and the terms of the next outcome. */
struct bench {
	struct kit_dir dir;
	struct redeem_terms t;
	struct outcome outcome;
	struct redemption spent;
	bool fresh;
};

static struct bench
bench_of(void)
{
	struct bench b = { .dir = kit_dir() };

	b.t = (struct redeem_terms){ .store = kit_open(&b.dir),
		                     .now_ms = KIT_NOW_MS + 1000,
		                     .horizon_ms = KIT_NOW_MS - 1000,
		                     .ttl_max_s = 120,
		                     .sequence = 1,
		                     .result_ttl_s = 300 };
	KIT_OK(store_begin(b.t.store));
	KIT_OK(store_epoch_live(b.t.store, &kit_life, KIT_NOW_MS));
	KIT_OK(store_commit(b.t.store));
	return b;
}

static void
bench_end(struct bench *b)
{
	store_close(b->t.store);
	redemption_release(&b->spent);
	kit_remove(&b->dir);
}
DEFINE_AUTO_REF(struct bench, bench_end);

static reason_set
decide(struct bench *b, const struct wire_verdict *v)
{
	bool needs = false;

	redemption_release(&b->spent);
	b->spent = (struct redemption){ 0 };
	KIT_OK(store_begin(b->t.store));
	KIT_OK(redeem_needs_handle(&b->t, v, &needs));
	b->t.handle = bytes_of(NULL, 0);
	if (needs)
		b->t.handle = bytes_of_str("dh1_made");
	KIT_OK(redeem(&b->t, v, &b->spent, &b->outcome, &b->fresh));
	KIT_OK(store_commit(b->t.store));
	b->t.sequence += b->fresh;
	return b->outcome.reasons;
}

static struct wire_verdict
android(uint64_t serial)
{
	struct wire_verdict v = kit_verdict(serial);

	v.format = bytes_of_str("android-key");
	v.enroll = 1;
	*facts_kit_level(&v.facts, "os_version") = 160000;
	*facts_kit_level(&v.facts, "os_patch_level") = 202609;
	*facts_kit_level(&v.facts, "vendor_patch_level") = 20260905;
	*facts_kit_level(&v.facts, "boot_patch_level") = 20260905;
	facts_kit_add(&v.facts, FACT_EQUAL, "verified_boot_key",
	              bytes_of_str("boot key"));
	return v;
}

static struct wire_verdict
later(uint64_t serial)
{
	struct wire_verdict v = android(serial);

	v.enroll = 0;
	v.workflow = WORKFLOW_METADATA;
	v.bindings.present = BINDING_BIT(DEVICE);
	v.bindings.device_handle = bytes_of_str("dh1_made");
	v.issued_s = KIT_NOW_S + 1; /* since the enrolment */
	return v;
}

static bool
find(struct bench *b, const char *handle, struct enrolment *e)
{
	return store_enrolment(b->t.store, bytes_of_str("backend-a"),
	                       bytes_of_str(handle), e) == OK;
}

/* --- enrolling ------------------------------------------------------------ */

static void
test_new(void)
{
	AUTO(bench_end) struct bench b = bench_of();
	const struct wire_verdict v = android(1);
	struct enrolment e;

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOW);
	CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
	struct wire_result_sign m = redeem_statement(&b.outcome, &b.spent);
	CU_ASSERT_EQUAL(m.enrolled, WIRE_ENROLLED_NOW);
	CU_ASSERT(bytes_equal_str(m.handle, "dh1_made"));

	CU_ASSERT_FATAL(find(&b, "dh1_made", &e));
	CU_ASSERT(store_identity_is(&e, v.identity));
	CU_ASSERT(bytes_equal_str(store_small_bytes(&e.format), "android-key"));
	CU_ASSERT_PTR_NULL(facts_find(&e.facts, bytes_of_str("ak_name")));
	CU_ASSERT_EQUAL(e.enrolled_s, KIT_NOW_S + 1);
	CU_ASSERT_EQUAL(e.state, WIRE_DEVICE_ACTIVE);
	CU_ASSERT_EQUAL(facts_kit_number(&e.facts, "os_version"), 160000);
	CU_ASSERT_EQUAL(facts_kit_number(&e.facts, "boot_patch_level"),
	                20260905);
	CU_ASSERT_EQUAL(facts_kit_bytes(&e.facts, "verified_boot_key").len, 8);
}

/* The first answer again, and nothing is enrolled by it. */
static void
test_retry(void)
{
	AUTO(bench_end) struct bench b = bench_of();
	const struct wire_verdict v = android(1);
	struct enrolment e;
	bool gone = false;

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	const struct outcome first = b.outcome;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_FALSE(b.fresh);
	CU_ASSERT_EQUAL(b.outcome.sequence, first.sequence);
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOW);
	KIT_OK(store_enrolment_delete(b.t.store, v.tenant,
	                              bytes_of_str("dh1_made"), &gone));
	CU_ASSERT_TRUE(gone);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOW);
	CU_ASSERT_FALSE(find(&b, "dh1_made", &e));
}

static void
test_existing(void)
{
	AUTO(bench_end) struct bench b = bench_of();
	struct wire_verdict v = android(1);
	bool needs = true;

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = android(2);
	KIT_OK(redeem_needs_handle(&b.t, &v, &needs));
	CU_ASSERT_FALSE(needs);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_BEFORE);
	CU_ASSERT(bytes_equal_str(store_small_bytes(&b.outcome.device_handle),
	                          "dh1_made"));
	/* Bound to it already: the same. */
	v = android(3);
	v.bindings = later(3).bindings;
	v.issued_s = later(3).issued_s;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_BEFORE);
	/* Bound to one that is not there: it is not made by this. */
	v = android(4);
	v.identity[0]++;
	v.bindings = later(4).bindings;
	v.bindings.device_handle = bytes_of_str("dh1_other");
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_NOT_ENROLLED));
}

/* Enrolling again is no way around what was seen. */
static void
test_existing_is_held_to(void)
{
	AUTO(bench_end) struct bench b = bench_of();
	struct wire_verdict v = android(1);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = android(2);
	*facts_kit_level(&v.facts, "os_patch_level") = 202608;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(FIRMWARE_ROLLBACK));
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOT);
	CU_ASSERT_EQUAL(redeem_statement(&b.outcome, &b.spent).handle.len, 0);
	v = android(3);
	facts_kit_value(&v.facts, "verified_boot_key")[0]++;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
}

static void
test_refused(void)
{
	AUTO(bench_end) struct bench b = bench_of();
	struct wire_verdict v = android(1);
	struct enrolment e;

	v.reasons = BIT(DEVICE_UNLOCKED);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_UNLOCKED));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOT);
	v.reasons = 0;
	/* A kinder verifier comes too late. */
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_UNLOCKED));
	CU_ASSERT_FALSE(find(&b, "dh1_made", &e));
}

/* An expired challenge, and one of an epoch that was lost, enrol nobody. */
static void
test_obstacle(void)
{
	AUTO(bench_end) struct bench b = bench_of();
	struct wire_verdict v = android(1);
	struct enrolment e;

	b.t.now_ms = v.expires_s * 1000;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EXPIRED));
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOT);
	CU_ASSERT_FALSE(find(&b, "dh1_made", &e));
	v = kit_verdict(2);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EXPIRED));
}

/* A verdict that enrols nobody keeps nothing. */
static void
test_not_asked(void)
{
	AUTO(bench_end) struct bench b = bench_of();
	struct wire_verdict v = android(1);
	struct enrolment e;
	bool needs = true;

	v.enroll = 0;
	KIT_OK(redeem_needs_handle(&b.t, &v, &needs));
	CU_ASSERT_FALSE(needs);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOT);
	CU_ASSERT_FALSE(find(&b, "dh1_made", &e));
}

/* --- later ---------------------------------------------------------------- */

static void
test_levels(void)
{
	AUTO(bench_end) struct bench b = bench_of();
	struct wire_verdict v = android(1);
	struct enrolment e;

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = later(2);
	*facts_kit_level(&v.facts, "vendor_patch_level") = 20261001;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT(find(&b, "dh1_made", &e));
	CU_ASSERT_EQUAL(facts_kit_number(&e.facts, "vendor_patch_level"),
	                20261001);
	CU_ASSERT_EQUAL(e.enrolled_s, KIT_NOW_S + 1);
	v = later(3);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(FIRMWARE_ROLLBACK));

	/* What is refused raises nothing. */
	v = later(4);
	*facts_kit_level(&v.facts, "vendor_patch_level") = 20271001;
	v.reasons = BIT(PATCH_LEVEL);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(PATCH_LEVEL));
	/* Nor does what comes for a spent challenge. */
	v = later(2);
	*facts_kit_level(&v.facts, "vendor_patch_level") = 20271001;
	v.evidence[0]++;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_REPLAYED));
	CU_ASSERT(find(&b, "dh1_made", &e));
	CU_ASSERT_EQUAL(facts_kit_number(&e.facts, "vendor_patch_level"),
	                20261001);
}

static void
test_other_key(void)
{
	AUTO(bench_end) struct bench b = bench_of();
	struct wire_verdict v = android(1);
	struct enrolment e;

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = later(2);
	v.identity[31]++;
	*facts_kit_level(&v.facts, "os_version") = 170000;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	CU_ASSERT(find(&b, "dh1_made", &e));
	CU_ASSERT_EQUAL(facts_kit_number(&e.facts, "os_version"), 160000);
	/* The same digest by another kind of evidence is another key. */
	v = later(3);
	v.format = bytes_of_str("tpm2-quote");
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
}

/* --- a chain that is over -------------------------------------------------- */

static void
test_chain_end(void)
{
	AUTO(bench_end) struct bench b = bench_of();
	struct wire_verdict v = android(1);

	CU_ASSERT_EQUAL(decide(&b, &v), 0); /* at KIT_NOW_S + 1 */
	v = later(2);
	v.chain_end_s = KIT_NOW_S + 1;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = later(3);
	v.chain_end_s = KIT_NOW_S;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHAIN_EXPIRED));
	/* The named device's time does not stand for another key's. */
	v = later(4);
	v.chain_end_s = KIT_NOW_S + 1;
	v.identity[0]++;
	CU_ASSERT_EQUAL(decide(&b, &v),
	                BIT(CHAIN_EXPIRED) | BIT(DEVICE_KEY_MISMATCH));
	/* Nobody enrols with it, and without a device nobody answers for it. */
	v = android(5);
	v.identity[0]++;
	v.chain_end_s = KIT_NOW_S + 1;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHAIN_EXPIRED));
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOT);
	v = android(6);
	v.enroll = 0;
	v.workflow = WORKFLOW_REGISTER;
	v.chain_end_s = KIT_NOW_S + 1;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHAIN_EXPIRED));
	/* Enrolled before: found by its key. */
	v = android(7);
	v.chain_end_s = KIT_NOW_S + 1;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_BEFORE);
}

/* --- verdicts that no verifier of ours sends ------------------------------- */

static void
test_valid(void)
{
	struct wire_verdict v = android(1);

	CU_ASSERT_TRUE(redeem_verdict_valid(&v));
	v.enroll = 2;
	CU_ASSERT_TRUE(kit_undecodable(&v));
	v = android(1);
	v.workflow = WORKFLOW_REGISTER;
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v.reasons = BIT(WORKFLOW_DENIED);
	CU_ASSERT_TRUE(redeem_verdict_valid(&v));
	v = android(1);
	memset(v.identity, 0, sizeof(v.identity));
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
}

/* The policy wants an approval: the device is enrolled, and waits. */
static void
test_pending(void)
{
	AUTO(bench_end) struct bench b = bench_of();
	struct wire_verdict v = android(1);
	struct enrolment e;

	v.approval = WIRE_FLAG_YES;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOW);
	CU_ASSERT_EQUAL(redeem_enrolled_as(WIRE_ENROLLED_NOW,
	                                   buf_bytes(&b.spent.finding)),
	                WIRE_DEVICE_PENDING);
	KIT_OK(store_enrolment(b.t.store, v.tenant, bytes_of_str("dh1_made"),
	                       &e));
	CU_ASSERT_EQUAL(e.state, WIRE_DEVICE_PENDING);
	v = later(2);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_PENDING));
	v = android(3); /* by a policy without approvals: it waits still */
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_PENDING));
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOT);
}

static void
test_enrolled_as(void)
{
	const struct bytes none = bytes_of(NULL, 0); /* an earlier version's */

	CU_ASSERT_EQUAL(redeem_enrolled_as(WIRE_ENROLLED_NOT, none),
	                WIRE_DEVICE_UNKNOWN);
	CU_ASSERT_EQUAL(redeem_enrolled_as(WIRE_ENROLLED_BEFORE, none),
	                WIRE_DEVICE_ACTIVE);
	CU_ASSERT_EQUAL(redeem_enrolled_as(WIRE_ENROLLED_NOW, none),
	                WIRE_DEVICE_ACTIVE);
}

static const struct harness_test tests[] = {
	{ "a new device", test_new },
	{ "a retry gets the first answer", test_retry },
	{ "a device that is enrolled already", test_existing },
	{ "and is held to what it has shown", test_existing_is_held_to },
	{ "what is refused enrols nobody", test_refused },
	{ "nor does what cannot be spent", test_obstacle },
	{ "nor what does not ask for it", test_not_asked },
	{ "levels: kept when accepted, refused when older", test_levels },
	{ "another key, another format", test_other_key },
	{ "a chain that ended after the enrolment", test_chain_end },
	{ "verdicts that cannot be", test_valid },
	{ "a device that waits for an approval", test_pending },
	{ "in which state a result enrolled", test_enrolled_as },
	{ NULL, NULL },
};
HARNESS_MAIN("redeem_enroll", tests)
