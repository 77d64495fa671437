/*
 * test_verifier_enroll.c - the real verifier, and enrolments by a statement.
 */
#include "tests/common/fakes/facts_kit.h"
#include "tests/process/test_verifier_expect.h"

static const char policy_text[] =
        "id=\"t\"; version=3; workflows:{"
        "metadata:{bindings=[\"device\"];formats=[\"tpm2-quote\"];};};";

static void
ask_enroll(struct rig *r)
{
	AUTO(buf_release) struct buf public = buf_of(4096);

	soft_tpm_public(r->tpm, &public);
	const struct wire_enroll_ask m = { .request = 5,
		                           .tenant = bytes_of_str("backend-a"),
		                           .format = bytes_of_str("tpm2-quote"),
		                           .statement = buf_bytes(&public) };
	buf_reset(&r->packet);
	wire_put_enroll_ask(&r->packet, &m);
	CU_ASSERT(peer_send(r->front, &r->packet));
}

static void
test_enroll(void)
{
	AUTO(rig_close) struct rig r = rig_open(policy_text);
	struct ak_identity id = identity_of(&r);
	struct wire_enroll m;
	struct wire_evidence_refused refused;
	struct bytes packet;

	/* Both edges are up then. */
	CU_ASSERT(lifeline_wait_status(r.life, false, "no pinned keys",
	                               HARNESS_WAIT_MS));
	ask_enroll(&r);
	CU_ASSERT_FATAL(peer_receive_id(r.ledger, WIRE_ID_ENROLL,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_enroll(packet, &m), OK);
	CU_ASSERT_EQUAL(m.front, 2);
	CU_ASSERT_EQUAL(m.request, 5);
	CU_ASSERT(bytes_equal_str(m.format, "tpm2-quote"));
	CU_ASSERT_EQUAL(m.facts.n, 0);
	CU_ASSERT(memcmp(m.identity, id.identity, HASH_SIZE) == 0);

	CU_ASSERT_EQUAL(m.approval, WIRE_FLAG_NO);

	r.tpm->attributes &= ~0x00010000u; /* restricted */
	ask_enroll(&r);
	CU_ASSERT_FATAL(peer_receive_id(r.front, WIRE_ID_EVIDENCE_REFUSED,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_evidence_refused(packet, &refused), OK);
	CU_ASSERT_EQUAL(refused.request, 5);
	CU_ASSERT_PTR_NOT_NULL(memmem(refused.detail.data, refused.detail.len,
	                              "restricted", 10));

	peer_close(r.ledger);
	CU_ASSERT(lifeline_wait_status(r.life, false, "no ledger",
	                               HARNESS_WAIT_MS));
	ask_enroll(&r);
	expect_unavailable(&r, 5, "no ledger");
}

/* The policy says that a new device waits for an approval. */
static void
test_enroll_approval(void)
{
	AUTO(rig_close)
	struct rig r = rig_open("id=\"t\"; version=3; workflows:{enroll:{"
	                        "formats=[\"tpm2-quote\"]; approval=true;};};");
	struct bytes packet;
	struct wire_enroll m;

	CU_ASSERT(lifeline_wait_status(r.life, false, "no pinned keys",
	                               HARNESS_WAIT_MS));
	ask_enroll(&r);
	CU_ASSERT_FATAL(peer_receive_id(r.ledger, WIRE_ID_ENROLL,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_enroll(packet, &m), OK);
	CU_ASSERT_EQUAL(m.approval, WIRE_FLAG_YES);
}

/* Without a policy it is not known whether the device needs one. */
static void
test_enroll_no_policy(void)
{
	AUTO(rig_close) struct rig r = rig_open("nonsense");

	CU_ASSERT(
	        lifeline_wait_status(r.life, false, "policy", HARNESS_WAIT_MS));
	ask_enroll(&r);
	expect_unavailable(&r, 5, "policy");
}

static const struct harness_test tests[] = {
	{ "identity, refusal, no ledger", test_enroll },
	{ "an approval", test_enroll_approval },
	{ "no policy", test_enroll_no_policy },
	{ NULL, NULL },
};

HARNESS_MAIN("verifier_enroll", tests)
