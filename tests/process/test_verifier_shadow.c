/*
 * test_verifier_shadow.c - the real verifier in its sandbox, with Android evidence,
 * and a shadow policy that comes, changes, is invalid and goes.
 */
#include <string.h>
#include <unistd.h>

#include "tests/process/test_verifier_ask.h"

#define SETTING "revocation: { max_age = 0; };\n"
#define FILE_NAME ROLE_FILE_SHADOW

/* Like the live policy, but for its id, its version and the states it accepts. */
static void
hand_shadow(struct rig *r, unsigned version, const char *states)
{
	AUTO(buf_release) struct buf text = buf_of(4096);

	put_policy_of(&text, "next", version, POLICY_METADATA, states);
	hand(r, FILE_NAME, buf_bytes(&text));
}

/* The front hears which version judges, and whether the file is refused. */
static void
expect_known(struct rig *r, uint32_t version, bool refused)
{
	struct wire_shadow_known m = { 0 };
	struct bytes packet;

	CU_ASSERT_FATAL(peer_receive_id(r->front, WIRE_ID_SHADOW_KNOWN,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_shadow_known(packet, &m), OK);
	CU_ASSERT_EQUAL(m.version, version);
	CU_ASSERT_EQUAL(m.refused, refused);
}

/* The device's evidence is good under the live policy, always. */
static void
expect_shadow(struct rig *r, uint32_t version, reason_set reasons)
{
	const struct wire_verdict v = verdict_now(r);

	CU_ASSERT_EQUAL(v.reasons, 0);
	CU_ASSERT_TRUE(bytes_equal_str(v.policy_id, "t"));
	CU_ASSERT_TRUE(bytes_equal_str(v.shadow_id, version ? "next" : ""));
	CU_ASSERT_EQUAL(v.shadow_version, version);
	CU_ASSERT_EQUAL(v.shadow_reasons, reasons);
	CU_ASSERT_EQUAL(bytes_all_zero(v.shadow_digest, HASH_SIZE), !version);
}

static struct rig
rig_shadowed(void)
{
	const struct lifeline_config settings = {
		.log_level = "info",
		.more = SETTING,
		.trust_more = ANCHORS,
		.policy_more = "shadow=\"/shadow\";",
	};
	struct rig r = rig_with(&settings);

	hand_roots(&r);
	return r;
}

static void
test_judged(void)
{
	AUTO(rig_close) struct rig r = rig_shadowed();

	hand_shadow(&r, 5, "verified");
	start(&r);
	expect_known(&r, 5, false);
	expect_shadow(&r, 5, BIT(BOOT_STATE));
	hand_shadow(&r, 6, "self_signed");
	expect_known(&r, 6, false);
	expect_shadow(&r, 6, 0);
}

/* It neither stops the service nor what was tried before. */
static void
test_invalid(void)
{
	AUTO(rig_close) struct rig r = rig_shadowed();

	hand_shadow(&r, 5, "verified");
	start(&r);
	expect_known(&r, 5, false);
	hand(&r, FILE_NAME, bytes_of_str("id = \"next\"; vershion = 6;"));
	expect_known(&r, 5, true);
	CU_ASSERT(lifeline_wait_status(r.life, true, "policy.shadow: line 1",
	                               HARNESS_WAIT_MS));
	CU_ASSERT(lifeline_wait_status(r.life, true, "before it goes on",
	                               HARNESS_WAIT_MS));
	expect_shadow(&r, 5, BIT(BOOT_STATE));
	hand_shadow(&r, 6, "self_signed");
	expect_known(&r, 6, false);
	CU_ASSERT(lifeline_wait_status(r.life, true, "", HARNESS_WAIT_MS));
	expect_shadow(&r, 6, 0);
}

static void
test_missing(void)
{
	AUTO(rig_close) struct rig r = rig_shadowed();

	start(&r);
	expect_known(&r, 0, true);
	CU_ASSERT(lifeline_wait_status(r.life, true, "policy.shadow: missing",
	                               HARNESS_WAIT_MS));
	expect_shadow(&r, 0, 0);
	hand_shadow(&r, 5, "verified");
	expect_known(&r, 5, false);
	expect_shadow(&r, 5, BIT(BOOT_STATE));
}

/* An empty file ends the trial. */
static void
test_ended(void)
{
	AUTO(rig_close) struct rig r = rig_shadowed();

	hand_shadow(&r, 5, "verified");
	start(&r);
	expect_known(&r, 5, false);
	hand(&r, FILE_NAME, bytes_of(NULL, 0));
	expect_known(&r, 0, false);
	CU_ASSERT(lifeline_wait_status(r.life, true, "", HARNESS_WAIT_MS));
	expect_shadow(&r, 0, 0);
}

/* Without the setting the file means nothing. */
static void
test_not_wanted(void)
{
	AUTO(rig_close) struct rig r = rig_open(SETTING);

	hand_shadow(&r, 5, "verified");
	start(&r);
	expect_shadow(&r, 0, 0);
}

static const struct harness_test tests[] = {
	{ "judged beside, and replaced", test_judged },
	{ "an invalid one disturbs nothing", test_invalid },
	{ "a missing one disturbs nothing", test_missing },
	{ "an empty one ends the trial", test_ended },
	{ "none without the setting", test_not_wanted },
	{ NULL, NULL },
};

HARNESS_MAIN("verifier_shadow", tests)
