/*
 * test_verifier_policy.c - the real verifier in its sandbox, with Android evidence,
 * and a live policy that is replaced.
 */
#include <string.h>
#include <unistd.h>

#include "crypto/digest.h"

#include "tests/process/test_verifier_ask.h"

#define SETTING "revocation: { max_age = 0; };\n"
#define FILE_NAME ROLE_FILE_POLICY_NEXT

/* Like the policy from the start (policy_text(), version 3), but for these. */
static void
put_policy(struct buf *out, unsigned version, const char *workflows,
           const char *states)
{
	buf_reset(out);
	put_policy_of(out, "t", version, workflows, states);
}

static void
hand_next(struct rig *r, unsigned version, const char *workflows,
          const char *states)
{
	AUTO(buf_release) struct buf text = buf_of(4096);

	put_policy(&text, version, workflows, states);
	hand(r, FILE_NAME, buf_bytes(&text));
}

static void
hand_states(struct rig *r, unsigned version, const char *states)
{
	hand_next(r, version, POLICY_METADATA, states);
}

/* The front hears which version judges, and whether the file is refused. */
static void
expect_known(struct rig *r, uint32_t version, bool refused)
{
	struct wire_policy_known m = { 0 };
	struct bytes packet;

	CU_ASSERT_FATAL(peer_receive_id(r->front, WIRE_ID_POLICY_KNOWN,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_policy_known(packet, &m), OK);
	CU_ASSERT_EQUAL(m.version, version);
	CU_ASSERT_EQUAL(m.refused, refused);
}

static void
expect_rule(struct rig *r, enum workflow workflow, uint16_t required,
            bool withdrawn)
{
	struct wire_workflow_rule m = { 0 };
	struct bytes packet;

	CU_ASSERT_FATAL(peer_receive_id(r->front, WIRE_ID_WORKFLOW_RULE,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_workflow_rule(packet, &m), OK);
	CU_ASSERT_EQUAL(m.workflow, workflow);
	CU_ASSERT_EQUAL(m.required, required);
	CU_ASSERT_EQUAL(m.withdrawn, withdrawn);
}

static void
expect_note(struct rig *r, const char *part)
{
	CU_ASSERT(lifeline_wait_status(r->life, true, part, HARNESS_WAIT_MS));
}

/* The front, the supervisor and the next verdict agree. */
static void
test_replaced(void)
{
	AUTO(rig_close) struct rig r = rig_open(SETTING);
	AUTO(buf_release) struct buf text = buf_of(4096);
	uint8_t digest[HASH_SIZE];

	start(&r);
	expect_known(&r, 3, false);
	expect_judged(&r, 3, 0);
	put_policy(&text, 4, POLICY_METADATA, "verified");
	digest_sha256(buf_bytes(&text), digest);
	hand(&r, FILE_NAME, buf_bytes(&text));
	expect_known(&r, 4, false);
	CU_ASSERT(lifeline_wait_policy(r.life, digest, HARNESS_WAIT_MS));
	expect_judged(&r, 4, BIT(BOOT_STATE));
	hand_states(&r, 5, "self_signed");
	expect_known(&r, 5, false);
	expect_judged(&r, 5, 0);
}

static void
test_invalid(void)
{
	AUTO(rig_close) struct rig r = rig_open(SETTING);

	start(&r);
	expect_known(&r, 3, false);
	hand(&r, FILE_NAME, bytes_of_str("id = \"t\"; vershion = 6;"));
	expect_known(&r, 3, true);
	expect_note(&r, "policy: line 1");
	expect_judged(&r, 3, 0);
	hand(&r, FILE_NAME, bytes_of(NULL, 0));
	expect_known(&r, 3, true);
	expect_note(&r, "stays in force");
	/* The one in force again */
	AUTO(buf_release) struct buf text = policy_text();
	hand(&r, FILE_NAME, buf_bytes(&text));
	expect_known(&r, 3, false);
	CU_ASSERT(lifeline_wait_status(r.life, true, "", HARNESS_WAIT_MS));
	expect_judged(&r, 3, 0);
}

static void
test_lower(void)
{
	AUTO(rig_close) struct rig r = rig_open(SETTING);

	start(&r);
	expect_known(&r, 3, false);
	hand_states(&r, 2, "verified");
	expect_known(&r, 3, true);
	expect_note(&r, "version 2 is lower than version 3, which is in "
	                "force: give it a greater version, or restart");
	expect_judged(&r, 3, 0);
}

static void
test_same_version(void)
{
	AUTO(rig_close) struct rig r = rig_open(SETTING);

	start(&r);
	expect_known(&r, 3, false);
	hand_states(&r, 3, "verified");
	expect_known(&r, 3, true);
	expect_note(&r, "version 3 is another text than version 3");
	expect_judged(&r, 3, 0);
	hand_states(&r, 4, "verified");
	expect_known(&r, 4, false);
	expect_judged(&r, 4, BIT(BOOT_STATE));
}

/* New rules come before old ones go, so that a front is never without any. */
static void
test_rules(void)
{
	AUTO(rig_close) struct rig r = rig_open(SETTING);

	start(&r);
	expect_rule(&r, WORKFLOW_METADATA, 0, false);
	hand_next(&r, 4,
	          "artifact:{bindings=[\"device\"];"
	          "formats=[\"android-key\"];};",
	          "self_signed");
	expect_rule(&r, WORKFLOW_ARTIFACT, BINDING_BIT(DEVICE), false);
	expect_rule(&r, WORKFLOW_METADATA, 0, true);
	/* A challenge of before: the workflow is denied. */
	expect_judged(&r, 4, BIT(WORKFLOW_DENIED));
	hand_next(&r, 5,
	          "metadata:{bindings=[\"device\"];"
	          "formats=[\"android-key\"];};",
	          "self_signed");
	expect_rule(&r, WORKFLOW_METADATA, BINDING_BIT(DEVICE), false);
	expect_rule(&r, WORKFLOW_ARTIFACT, 0, true);
}

/* A verifier that starts anew has both files. */
static void
test_started_anew(void)
{
	AUTO(rig_close) struct rig r = rig_open(SETTING);

	hand(&r, FILE_NAME, bytes_of_str("id = \"t\"; vershion = 6;"));
	start(&r);
	expect_known(&r, 3, true);
	expect_note(&r, "policy: line 1");
	expect_judged(&r, 3, 0);
}

static void
test_started_newer(void)
{
	AUTO(rig_close) struct rig r = rig_open(SETTING);

	hand_states(&r, 4, "verified");
	start(&r);
	expect_known(&r, 4, false);
	expect_judged(&r, 4, BIT(BOOT_STATE));
}

/* The first one that is valid counts, whatever its version. */
static void
test_mended(void)
{
	const struct lifeline_config settings = { .log_level = "info",
		                                  .more = SETTING,
		                                  .trust_more = ANCHORS };
	AUTO(rig_close) struct rig r = rig_unruled(&settings);

	hand(&r, "policy", bytes_of_str("id = \"t\"; vershion = 6;"));
	hand_roots(&r);
	start_with(&r, "policy: line 1");
	expect_known(&r, 0, true);
	hand_states(&r, 1, "self_signed");
	expect_known(&r, 1, false);
	CU_ASSERT(lifeline_wait_status(r.life, true, "", HARNESS_WAIT_MS));
	expect_judged(&r, 1, 0);
}

static const struct harness_test tests[] = {
	{ "another one judges, without a restart", test_replaced },
	{ "an invalid one leaves the one in force", test_invalid },
	{ "one of a lower version, too", test_lower },
	{ "one of the same version with another text, too", test_same_version },
	{ "the first valid one counts", test_mended },
	{ "rules follow, and are withdrawn", test_rules },
	{ "an invalid one at a later start", test_started_anew },
	{ "a newer one at a later start", test_started_newer },
	{ NULL, NULL },
};

HARNESS_MAIN("verifier_policy", tests)
