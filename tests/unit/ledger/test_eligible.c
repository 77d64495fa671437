/*
 * test_eligible.c - what the ledger asks of a rollout file when it redeems a
 * challenge, and what it counts.
 */
#include <stdlib.h>

#include "eligibility/eligibility.h"
#include "ledger/eligible.h"
#include "ledger/store/rollouts.h"
#include "tests/unit/ledger/test_redeem_kit.h"

/* A channel with limits for two devices, a gate that one device opens, and a
 * release for all. */
static const char text[] =
        "id = \"fleet-7\"; version = 7;\n"
        "groups: ( { name = \"gateways\"; formats = [ \"tpm2-quote\" ]; },\n"
        "  { name = \"none\"; formats = [ \"android-key\" ]; } );\n"
        "channels: (\n"
        "  { name = \"stable\"; allow = [ \"gateways\" ]; build = \"build\";\n"
        "    limits = { concurrent = 2; permit = \"1h\"; attempts = 2; }; },\n"
        "  { name = \"closed\"; allow = [ \"none\" ]; } );\n"
        "releases: (\n"
        "  { release = \"fw-2\"; channel = \"stable\"; build = 2;\n"
        "    stages = ( { name = \"all\"; percent = 100; } ); },\n"
        "  { release = \"fw-3\"; channel = \"stable\"; build = 3;\n"
        "    stages = ( { name = \"first\"; group = \"gateways\"; },\n"
        "      { name = \"rest\"; percent = 100; after_devices = 1; } ); }\n"
        ");\n";

/* A bench with this file, and with enrolled devices 0 to 3. */
static struct rollout *rollout;

static void
handle_of(unsigned n, char handle[static 48])
{
	memcpy(handle, "dh1_", 4);
	memset(handle + 4, 'A', 43);
	handle[4] = (char)('a' + n);
	handle[47] = '\0';
}

static void
add_device(struct bench *b, unsigned n)
{
	struct enrolment e = { .enrolled_s = KIT_NOW_S - 5 };
	char handle[48];
	bool added = false;

	e.state = WIRE_DEVICE_ACTIVE;
	handle_of(n, handle);
	memset(e.identity, (int)(0x80 + n), sizeof(e.identity));
	CU_ASSERT(store_small_set(&e.handle, bytes_of_str(handle)));
	CU_ASSERT(store_small_set(&e.tenant, bytes_of_str("backend-a")));
	CU_ASSERT(store_small_set(&e.format, bytes_of_str("tpm2-quote")));
	CU_ASSERT_EQUAL(facts_add_number(&e.facts, FACT_NOT_BELOW,
	                                 bytes_of_str("build"), 1),
	                OK);
	KIT_OK(store_begin(b->t.store));
	KIT_OK(store_enrolment_add(b->t.store, &e, &added));
	KIT_OK(store_commit(b->t.store));
	CU_ASSERT(added);
}

static struct bench
rollout_bench(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct bench b = bench_of();

	CU_ASSERT_EQUAL_FATAL(rollout_parse(bytes_of_str(text), &why, &rollout),
	                      OK);
	b.t.rollout = rollout;
	for (unsigned n = 0; n < 4; n++)
		add_device(&b, n);
	return b;
}

static void
rollout_end(struct bench *b)
{
	bench_end(b);
	rollout_free(TAKE(rollout));
}

/* The device n asks for a release by stable, showing a build. */
static struct wire_verdict
ask_of(unsigned n, const char *release, uint64_t build)
{
	static uint64_t serial;
	static char handles[4][48];
	struct wire_verdict v = kit_verdict(++serial);

	handle_of(n, handles[n]);
	v.workflow = WORKFLOW_ARTIFACT;
	v.bindings.present = BINDING_BIT(DEVICE) | BINDING_BIT(CHANNEL) |
	                     BINDING_BIT(RELEASE);
	v.bindings.device_handle = bytes_of_str(handles[n]);
	v.bindings.channel = bytes_of_str("stable");
	v.bindings.release = bytes_of_str(release);
	memset(v.identity, (int)(0x80 + n), sizeof(v.identity));
	CU_ASSERT_EQUAL(facts_add_number(&v.facts, FACT_NOT_BELOW,
	                                 bytes_of_str("build"), build),
	                OK);
	return v;
}

static struct wire_verdict
ask_without_channel(unsigned n, const char *release, uint64_t build)
{
	struct wire_verdict v = ask_of(n, release, build);

	v.bindings.present &= (uint16_t)~BINDING_BIT(CHANNEL);
	v.bindings.channel = bytes_of(NULL, 0);
	return v;
}

static void
test_result_names_rollout(void)
{
	struct bench b = rollout_bench();
	struct wire_verdict v = ask_of(0, "fw-2", 1);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	struct wire_result_sign m = redeem_statement(&b.outcome, &b.spent);
	CU_ASSERT(bytes_equal_str(m.rollout_id, "fleet-7"));
	CU_ASSERT_EQUAL(m.rollout_version, 7);
	CU_ASSERT(memcmp(m.rollout_digest, rollout_digest(rollout),
	                 HASH_SIZE) == 0);
	CU_ASSERT(bytes_equal_str(m.rollout_group, "gateways"));
	CU_ASSERT(bytes_equal_str(m.rollout_stage, "all"));
	CU_ASSERT_EQUAL(m.retry_after_s, 0);
	/* A retry has the same words, whatever is in force by then. */
	b.t.rollout = NULL;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_FALSE(b.fresh);
	m = redeem_statement(&b.outcome, &b.spent);
	CU_ASSERT(bytes_equal_str(m.rollout_stage, "all"));
	rollout_end(&b);
}

/* A refusal by the rollout spends the challenge, and gives no permit. */
static void
test_refused(void)
{
	struct bench b = rollout_bench();
	struct wire_verdict v = ask_of(0, "fw-2", 1);

	v.bindings.channel = bytes_of_str("closed");
	CU_ASSERT_EQUAL(decide(&b, &v),
	                BIT(CHANNEL_DENIED) | BIT(ROLLOUT_NOT_REACHED));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
	v = ask_of(0, "fw-9", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(ROLLOUT_NOT_REACHED));
	rollout_end(&b);
}

/* What is no question of a rollout: another workflow, and no such binding. */
static void
test_not_asked(void)
{
	struct bench b = rollout_bench();
	struct wire_verdict v = ask_of(0, "fw-9", 1);

	v.workflow = WORKFLOW_REGISTER;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.rollout_version, 0);
	v = ask_of(0, "fw-9", 1);
	v.bindings.present = BINDING_BIT(DEVICE);
	v.bindings.channel = v.bindings.release = bytes_of(NULL, 0);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.rollout_version, 0);
	/* A broken device is broken; it is not held back, too. */
	v = ask_of(0, "fw-9", 1);
	v.reasons = BIT(BOOT_STATE);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(BOOT_STATE));
	rollout_end(&b);
}

static bool
has_permit(struct bench *b, const struct wire_verdict *v)
{
	const struct permit_of of = { .handle = v->bindings.device_handle,
		                      .release = v->bindings.release,
		                      .channel = v->bindings.channel };
	struct permit p;

	KIT_OK(store_begin(b->t.store));
	err_t err = store_permit(b->t.store, &of, &p);
	KIT_OK(store_commit(b->t.store));
	return err == OK;
}

static void
expect_stage(struct bench *b, struct wire_verdict v, const char *stage)
{
	CU_ASSERT_EQUAL(decide(b, &v), 0);
	CU_ASSERT(bytes_equal_str(store_small_bytes(&b->outcome.rollout_stage),
	                          stage));
}

/* Two permits at the same time; they end with their hour; asking again while it
 * holds counts nothing; the third time is one attempt too many. */
static void
test_limits(void)
{
	struct bench b = rollout_bench();
	struct wire_verdict v = ask_of(0, "fw-2", 1);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = ask_of(0, "fw-2", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = ask_of(1, "fw-2", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = ask_of(2, "fw-2", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(ROLLOUT_LIMIT));
	CU_ASSERT_EQUAL(b.outcome.retry_after_s, 3600);
	CU_ASSERT_FALSE(has_permit(&b, &v));
	/* Each release has its own. */
	v = ask_of(2, "fw-3", 2);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);

	b.t.now_ms += 3600 * 1000;
	for (unsigned n = 0; n < 2; n++) {
		v = ask_of(n == 0 ? 0 : 3, "fw-2", 1);
		v.issued_s += 3600;
		v.expires_s += 3600;
		CU_ASSERT_EQUAL(decide(&b, &v), 0);
	}
	b.t.now_ms += 3600 * 1000;
	v = ask_of(0, "fw-2", 1);
	v.issued_s += 7200;
	v.expires_s += 7200;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(ROLLOUT_LIMIT));
	CU_ASSERT_EQUAL(b.outcome.retry_after_s, 0); /* never again */
	rollout_end(&b);
}

/* A release that is in one channel only may be asked for without it: the limits
 * and the gate are the same. */
static void
test_channel_left_out(void)
{
	struct bench b = rollout_bench();
	struct wire_verdict v = ask_of(0, "fw-2", 1);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = ask_without_channel(1, "fw-2", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = ask_of(2, "fw-2", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(ROLLOUT_LIMIT));
	v = ask_without_channel(2, "fw-2", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(ROLLOUT_LIMIT));
	v = ask_of(1, "fw-2", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), 0); /* it holds its permit */

	v = ask_without_channel(0, "fw-3", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = ask_of(0, "fw-3", 3);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	expect_stage(&b, ask_without_channel(3, "fw-3", 1), "rest");
	rollout_end(&b);
}

/* The gate opens when a device that had a permit shows the build. */
static void
test_gate(void)
{
	struct bench b = rollout_bench();
	struct wire_verdict v = ask_of(0, "fw-3", 1);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT(bytes_equal_str(store_small_bytes(&b.outcome.rollout_stage),
	                          "first"));
	/* Who had none does not count. */
	v = ask_of(1, "fw-2", 3);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(BUILD_STEP));
	expect_stage(&b, ask_of(3, "fw-3", 1), "first");
	/* It shows the build in another workflow, later. */
	v = ask_of(0, "fw-3", 3);
	v.workflow = WORKFLOW_METADATA;
	v.bindings.present = BINDING_BIT(DEVICE);
	v.bindings.channel = v.bindings.release = bytes_of(NULL, 0);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	expect_stage(&b, ask_of(3, "fw-3", 1), "rest");
	rollout_end(&b);
}

/* A device that has the build when it gets its permit is counted, too, and so
 * is one that showed the build before the file had the gate. */
static void
test_gate_late(void)
{
	struct bench b = rollout_bench();
	struct wire_verdict v = ask_of(0, "fw-3", 3);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	expect_stage(&b, ask_of(3, "fw-3", 1), "rest");
	rollout_end(&b);

	b = rollout_bench();
	v = ask_of(0, "fw-3", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	b.t.rollout = NULL; /* for a file without the gate */
	v = ask_of(0, "fw-3", 3);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	b.t.rollout = rollout;
	v = ask_of(0, "fw-3", 3);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	expect_stage(&b, ask_of(3, "fw-3", 1), "rest");
	rollout_end(&b);
}

/* What a device shows counts also while a rollout holds it back: it does not go
 * back afterwards, and a gate counts it. */
static void
test_held_back(void)
{
	struct bench b = rollout_bench();
	struct wire_verdict v = ask_of(0, "fw-3", 1);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = ask_of(0, "fw-9", 3);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(ROLLOUT_NOT_REACHED));
	v = ask_of(0, "fw-3", 2);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(FIRMWARE_ROLLBACK));
	expect_stage(&b, ask_of(3, "fw-3", 1), "rest");
	/* Not of a device that is refused for itself. */
	v = ask_of(1, "fw-3", 3);
	v.reasons = BIT(BOOT_STATE);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(BOOT_STATE));
	v = ask_of(1, "fw-2", 2);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	rollout_end(&b);
}

/* A stop holds with and without a rollout file, for its release alone. */
static void
test_stop(void)
{
	struct bench b = rollout_bench();
	struct wire_verdict v = ask_of(0, "fw-2", 1);
	struct stop stop = { .id = { 7 }, .stopped_ms = KIT_NOW_MS };

	CU_ASSERT(store_small_set(&stop.release, bytes_of_str("fw-2")));
	CU_ASSERT(store_small_set(&stop.who, bytes_of_str("URI:urn:x:o")));
	CU_ASSERT(store_small_set(&stop.reason, bytes_of_str("smoke")));
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	KIT_OK(store_begin(b.t.store));
	KIT_OK(store_stop_add(b.t.store, &stop));
	KIT_OK(store_commit(b.t.store));
	v = ask_of(0, "fw-2", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(ROLLOUT_STOPPED));
	b.t.rollout = NULL;
	v = ask_of(0, "fw-2", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(ROLLOUT_STOPPED));
	b.t.rollout = rollout;
	v = ask_of(0, "fw-3", 1);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	/* In every workflow, and for a device that is new. */
	v = ask_of(0, "fw-2", 1);
	v.workflow = WORKFLOW_REGISTER;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(ROLLOUT_STOPPED));
	CU_ASSERT_EQUAL(b.outcome.rollout_version, 0);
	v = ask_without_channel(3, "fw-2", 1);
	v.workflow = WORKFLOW_REGISTER;
	v.bindings.present &= (uint16_t)~BINDING_BIT(DEVICE);
	v.bindings.device_handle = bytes_of(NULL, 0);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(ROLLOUT_STOPPED));
	v = ask_of(0, "fw-9", 1);
	v.workflow = WORKFLOW_REGISTER;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	rollout_end(&b);
}

/* A permit that was given by a clock that was ahead begins with the repair, and
 * holds as long as any other. */
static void
test_repaired(void)
{
	struct bench b = rollout_bench();
	const uint64_t now_s = b.t.now_ms / 1000;
	const struct wire_verdict v = ask_of(0, "fw-2", 1);
	const struct permit_of of = {
		.handle = v.bindings.device_handle,
		.release = v.bindings.release,
		.channel = v.bindings.channel,
	};
	struct permit p = { .given_s = now_s + 1000000,
		            .expires_s = now_s + 1003600,
		            .attempts = 1 };
	struct store_repair done;

	KIT_OK(store_begin(b.t.store));
	KIT_OK(store_permit_put(b.t.store, &of, &p));
	KIT_OK(store_repair(b.t.store, b.t.now_ms, &done));
	KIT_OK(store_permit(b.t.store, &of, &p));
	CU_ASSERT_EQUAL(p.given_s, now_s);
	CU_ASSERT_EQUAL(p.expires_s, now_s + 3600);
	p.given_s = now_s - 10;
	KIT_OK(store_permit_put(b.t.store, &of, &p));
	KIT_OK(store_repair(b.t.store, b.t.now_ms, &done));
	KIT_OK(store_permit(b.t.store, &of, &p));
	CU_ASSERT_EQUAL(p.given_s, now_s - 10);
	KIT_OK(store_commit(b.t.store));
	rollout_end(&b);
}

/* Deleting a device and enrolling it again resets no attempt. */
static void
test_deleted(void)
{
	struct bench b = rollout_bench();
	struct wire_verdict v;
	bool deleted = false;

	for (uint64_t i = 0; i <= 2; i++) {
		v = ask_of(0, "fw-2", 1);
		v.issued_s += i * 3600;
		v.expires_s += i * 3600;
		CU_ASSERT_EQUAL(decide(&b, &v), i < 2 ? 0 : BIT(ROLLOUT_LIMIT));
		b.t.now_ms += 3600 * 1000;
		KIT_OK(store_begin(b.t.store));
		KIT_OK(store_enrolment_delete(b.t.store, v.tenant,
		                              v.bindings.device_handle,
		                              &deleted));
		KIT_OK(store_commit(b.t.store));
		CU_ASSERT(deleted);
		add_device(&b, 0);
	}
	rollout_end(&b);
}

static const struct harness_test tests[] = {
	{ "the result names the rollout", test_result_names_rollout },
	{ "a refusal by the rollout", test_refused },
	{ "what is no question of a rollout", test_not_asked },
	{ "limits and permits", test_limits },
	{ "a channel that is left out", test_channel_left_out },
	{ "a gate that counts", test_gate },
	{ "a gate that counts late", test_gate_late },
	{ "levels of a device that is held back", test_held_back },
	{ "an emergency stop", test_stop },
	{ "permits of a repaired clock", test_repaired },
	{ "a deletion resets no attempt", test_deleted },
	{ NULL, NULL },
};

HARNESS_MAIN("eligible", tests)
