/*
 * test_shadow.c - what an outcome keeps of a shadow policy, and that it decides
 * nothing.
 */
#include "wire/reason.h"

#include "ledger/redeem.h"
#include "ledger/shadow.h"
#include "ledger/store/outcomes.h"
#include "tests/common/base/harness.h"
#include "tests/unit/ledger/test_redeem_kit.h"

#define HANDLE "dh1_a"
#define SHADOW "next-1"
#define SET(name) ((reason_set)1 << REASON_##name) /* a constant */

/* A good verdict of an enrolled device under both policies. */
static struct wire_verdict
judged(uint64_t serial)
{
	struct wire_verdict v = kit_verdict(serial);

	v.workflow = WORKFLOW_METADATA;
	memset(v.identity, 0x22, sizeof(v.identity));
	v.bindings.present = BINDING_BIT(DEVICE);
	v.bindings.device_handle = bytes_of_str(HANDLE);
	v.shadow_id = bytes_of_str(SHADOW);
	v.shadow_version = 4;
	memset(v.shadow_digest, 0x44, sizeof(v.shadow_digest));
	return v;
}

static void
enrol(struct bench *b, enum wire_device_state state)
{
	struct enrolment e = { .enrolled_s = KIT_NOW_S - 100, .state = state };
	bool added = false;

	(void)store_small_set(&e.tenant, bytes_of_str("backend-a"));
	(void)store_small_set(&e.handle, bytes_of_str(HANDLE));
	(void)store_small_set(&e.format, bytes_of_str("tpm2-quote"));
	memset(e.identity, 0x22, sizeof(e.identity));
	KIT_OK(store_enrolment_add(b->t.store, &e, &added));
	CU_ASSERT_TRUE(added);
}

/* The row that the store has, not the one in memory. */
static err_t
take_last(void *user, const struct outcome *o)
{
	*(struct outcome *)user = *o;
	return OK;
}

static struct outcome
stored(struct bench *b)
{
	const struct outcome_query q = { .rows = 1000 };
	struct outcome o = { 0 };
	uint64_t next = 0;

	KIT_OK(store_outcomes(b->t.store, &q, take_last, &o, &next));
	return o;
}

static void
expect(const struct outcome *o, reason_set live, reason_set shadow)
{
	bool differs = live != shadow;
	static const uint8_t none[HASH_SIZE];

	CU_ASSERT_EQUAL(o->reasons, live);
	CU_ASSERT_EQUAL(shadow_reasons_of(o), shadow);
	CU_ASSERT_TRUE(bytes_equal_str(store_small_bytes(&o->shadow_id),
	                               differs ? SHADOW : ""));
	CU_ASSERT_EQUAL(o->shadow_version, differs ? 4 : 0);
	CU_ASSERT_EQUAL(o->shadow_reasons, differs ? shadow : 0);
	CU_ASSERT_EQUAL(o->shadow_digest[0], differs ? 0x44 : 0);
	CU_ASSERT_TRUE(differs ||
	               memcmp(o->shadow_digest, none, HASH_SIZE) == 0);
}

static const struct {
	enum wire_device_state state;
	reason_set live, shadow;    /* of the verifier */
	reason_set kept, kept_else; /* of the outcome, and under the shadow */
} rows[] = {
	{ WIRE_DEVICE_ACTIVE, 0, 0, 0, 0 },
	{ WIRE_DEVICE_ACTIVE, 0, SET(PATCH_LEVEL), 0, SET(PATCH_LEVEL) },
	{ WIRE_DEVICE_ACTIVE, SET(PATCH_LEVEL), 0, SET(PATCH_LEVEL), 0 },
	{ WIRE_DEVICE_ACTIVE, SET(PATCH_LEVEL), SET(BOOT_STATE),
	  SET(PATCH_LEVEL), SET(BOOT_STATE) },
	{ WIRE_DEVICE_ACTIVE, SET(PATCH_LEVEL), SET(PATCH_LEVEL),
	  SET(PATCH_LEVEL), SET(PATCH_LEVEL) },
	/* The enrolment speaks under every policy. */
	{ WIRE_DEVICE_SUSPENDED, 0, 0, SET(DEVICE_SUSPENDED),
	  SET(DEVICE_SUSPENDED) },
	{ WIRE_DEVICE_SUSPENDED, SET(PATCH_LEVEL), 0,
	  SET(PATCH_LEVEL) | SET(DEVICE_SUSPENDED), SET(DEVICE_SUSPENDED) },
};

static void
test_rows(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bench b = bench_of();
		struct wire_verdict v = judged(1);

		enrol(&b, rows[i].state);
		v.reasons = rows[i].live;
		v.shadow_reasons = rows[i].shadow;
		CU_ASSERT_TRUE(redeem_verdict_valid(&v));
		CU_ASSERT_EQUAL(decide(&b, &v), rows[i].kept);
		const struct outcome o = stored(&b);
		expect(&b.outcome, rows[i].kept, rows[i].kept_else);
		expect(&o, rows[i].kept, rows[i].kept_else);
		bench_end(&b);
	}
}

/* Whatever a verifier says of a shadow policy, the statement that is signed is the
 * same, byte by byte. */
static void
test_decides_nothing(void)
{
	static const reason_set lies[] = { 0, SET(BOOT_STATE),
		                           (SET(BOOT_STATE) << 1) - 1 };
	static const reason_set live[] = { 0, SET(PCR_MISMATCH) };

	for (size_t i = 0; i < ARRAY_LEN(lies) * ARRAY_LEN(live); i++) {
		struct bench with = bench_of(), without = bench_of();
		AUTO(buf_release) struct buf a = buf_of(WIRE_PACKET_MAX);
		AUTO(buf_release) struct buf b = buf_of(WIRE_PACKET_MAX);
		struct wire_verdict v = judged(1);

		enrol(&with, WIRE_DEVICE_ACTIVE);
		enrol(&without, WIRE_DEVICE_ACTIVE);
		v.reasons = live[i % ARRAY_LEN(live)];
		v.shadow_reasons = lies[i / ARRAY_LEN(live)];
		(void)decide(&with, &v);
		v.shadow_id = bytes_of(NULL, 0);
		v.shadow_version = 0;
		v.shadow_reasons = 0;
		memset(v.shadow_digest, 0, sizeof(v.shadow_digest));
		(void)decide(&without, &v);
		const struct wire_result_sign m =
		        redeem_statement(&with.outcome, &with.spent);
		const struct wire_result_sign n =
		        redeem_statement(&without.outcome, &without.spent);
		wire_put_result_sign(&a, &m);
		wire_put_result_sign(&b, &n);
		CU_ASSERT_TRUE(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
		bench_end(&with);
		bench_end(&without);
	}
}

/* A challenge that is not spent is refused under every policy, and a retry has the
 * first outcome, whatever the shadow policy says by then. */
static void
test_spent_once(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = judged(1);

	enrol(&b, WIRE_DEVICE_ACTIVE);
	v.shadow_reasons = SET(BOOT_STATE);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v.shadow_id = bytes_of_str("another");
	v.shadow_reasons = SET(PATCH_LEVEL);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_FALSE(b.fresh);
	expect(&b.outcome, 0, SET(BOOT_STATE));

	v.evidence[0] ^= 1;
	CU_ASSERT_EQUAL(decide(&b, &v), SET(CHALLENGE_REPLAYED));
	expect(&b.outcome, SET(CHALLENGE_REPLAYED), SET(CHALLENGE_REPLAYED));
	v = judged(2);
	v.shadow_reasons = SET(BOOT_STATE);
	b.t.now_ms = v.expires_s * 1000;
	CU_ASSERT_EQUAL(decide(&b, &v), SET(CHALLENGE_EXPIRED));
	expect(&b.outcome, SET(CHALLENGE_EXPIRED), SET(CHALLENGE_EXPIRED));
	bench_end(&b);
}

/* What no honest verifier says ends the ledger instead of filling its rows and the
 * labels of metrics. */
static void
test_invalid(void)
{
	static const char *const ids[] = { "Next", "a b", "a\"b",
		                           "a\n",  "(x)", "a{b=\"c\"}" };
	char longer[66] = { 0 };
	struct wire_verdict v = judged(1);

	CU_ASSERT_TRUE(redeem_verdict_valid(&v));
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		v.shadow_id = bytes_of_str(ids[i]);
		CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	}
	memset(longer, 'a', 65);
	v.shadow_id = bytes_of_str(longer);
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v.shadow_id.len = 64;
	CU_ASSERT_TRUE(redeem_verdict_valid(&v));
	v.shadow_reasons = UINT64_C(1) << 63;
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = judged(1);
	v.shadow_id = bytes_of(NULL, 0);
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v.shadow_version = 0;
	CU_ASSERT_TRUE(redeem_verdict_valid(&v));
	v.shadow_reasons = 1;
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
}

static const struct harness_test tests[] = {
	{ "an outcome keeps what differs", test_rows },
	{ "a shadow policy decides nothing", test_decides_nothing },
	{ "once, and only of a challenge that was spent", test_spent_once },
	{ "what no honest verifier says", test_invalid },
	{ NULL, NULL },
};

HARNESS_MAIN("shadow", tests)
