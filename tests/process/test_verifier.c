/*
 * test_verifier.c - the real verifier in its sandbox; the test is its
 * supervisor, its front and its ledger.
 */
#include "tests/common/fakes/facts_kit.h"
#include "tests/process/test_verifier_expect.h"

static const char policy_text[] =
        "id=\"t\"; version=3; workflows:{"
        "metadata:{bindings=[\"device\"];formats=[\"tpm2-quote\"];};};";

static void
test_good(void)
{
	AUTO(rig_close) struct rig r = rig_open(policy_text);
	struct ak_identity id = identity_of(&r);
	uint8_t digest[HASH_SIZE];
	struct challenge_claims claims;
	struct challenge said;

	send_key(&r);
	struct wire_evidence m = make_request(&r, &claims);
	CU_ASSERT(ask(&r, &m));
	struct wire_verdict v = verdict(&r);
	CU_ASSERT_EQUAL(v.front, 2);
	CU_ASSERT_EQUAL(v.request, 77);
	CU_ASSERT(bytes_equal_str(v.tenant, "backend-a"));
	CU_ASSERT_EQUAL(v.redeemable, 1);
	CU_ASSERT_EQUAL(cti_decode(v.cti).serial, 5);
	CU_ASSERT_EQUAL(v.expires_s, claims.exp_s);
	CU_ASSERT_EQUAL(v.workflow, WORKFLOW_METADATA);
	CU_ASSERT_EQUAL(v.reasons, 0);
	CU_ASSERT_EQUAL(v.bindings.present, BINDING_ALL);
	CU_ASSERT(bytes_equal_str(v.format, "tpm2-quote"));
	CU_ASSERT(memcmp(v.identity, id.identity, HASH_SIZE) == 0);
	digest_sha256(buf_bytes(&r.json), digest);
	CU_ASSERT(memcmp(v.evidence, digest, HASH_SIZE) == 0);
	CU_ASSERT(bytes_equal_str(v.policy_id, "t"));
	CU_ASSERT_EQUAL(v.policy_version, 3);
	digest_sha256(bytes_of_str(policy_text), digest);
	CU_ASSERT(memcmp(v.policy_digest, digest, HASH_SIZE) == 0);
	CU_ASSERT_EQUAL_FATAL(challenge_open(m.challenge, &said), OK);
	CU_ASSERT(bytes_equal(v.challenge_kid, said.head.kid));
	CU_ASSERT_EQUAL(v.challenge_kid.len, KID_SIZE - 1);
}

/* Reasons travel; identity only when it was proved. */
static void
test_bad(void)
{
	AUTO(rig_close) struct rig r = rig_open(policy_text);
	static const uint8_t zero[HASH_SIZE];
	struct challenge_claims claims;

	send_key(&r);
	struct wire_evidence m = make_request(&r, &claims);
	m.tenant = bytes_of_str("backend-b");
	CU_ASSERT(ask(&r, &m));
	struct wire_verdict v = verdict(&r);
	CU_ASSERT_EQUAL(v.reasons, BIT(CHALLENGE_AUDIENCE));
	CU_ASSERT_EQUAL(v.redeemable, 0);
	CU_ASSERT_EQUAL(cti_decode(v.cti).serial, 0);
	CU_ASSERT_EQUAL(v.bindings.present, 0);
	CU_ASSERT(memcmp(v.identity, zero, HASH_SIZE) == 0);

	m = make_request(&r, &claims);
	m.observed = (struct bindings){ 0 };
	m.evidence = bytes_of_str("{\"format\":\"no-such\"}");
	CU_ASSERT(ask(&r, &m));
	v = verdict(&r);
	CU_ASSERT_EQUAL(v.redeemable, 1);
	CU_ASSERT((v.reasons & BIT(EVIDENCE_UNSUPPORTED)) != 0);
	CU_ASSERT((v.reasons & BIT(BINDING_DEVICE)) != 0);
	CU_ASSERT_EQUAL(v.format.len, 0);
}

/* Two observations, two digests; the same one, the same digest. */
static void
test_observed(void)
{
	AUTO(rig_close) struct rig r = rig_open(policy_text);
	struct challenge_claims claims;
	uint8_t first[HASH_SIZE];

	send_key(&r);
	struct wire_evidence m = make_request(&r, &claims);
	CU_ASSERT(ask(&r, &m));
	memcpy(first, verdict(&r).observed, HASH_SIZE);
	CU_ASSERT(ask(&r, &m));
	CU_ASSERT(memcmp(first, verdict(&r).observed, HASH_SIZE) == 0);
	m.observed.present &= (uint16_t)~BINDING_BIT(TRANSPORT);
	memset(m.observed.transport, 0, HASH_SIZE);
	CU_ASSERT(ask(&r, &m));
	CU_ASSERT(memcmp(first, verdict(&r).observed, HASH_SIZE) != 0);
}

static void
test_refused(void)
{
	AUTO(rig_close) struct rig r = rig_open(policy_text);
	struct challenge_claims claims;
	struct wire_evidence_refused m;
	struct bytes packet;

	send_key(&r);
	struct wire_evidence in = make_request(&r, &claims);
	in.evidence = bytes_of_str("{\"format\":\"tpm2-quote\",\"more\":1}");
	CU_ASSERT(ask(&r, &in));
	CU_ASSERT_FATAL(peer_receive_id(r.front, WIRE_ID_EVIDENCE_REFUSED,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_evidence_refused(packet, &m), OK);
	CU_ASSERT_EQUAL(m.request, 77);
	CU_ASSERT(m.detail.len > 0);
	CU_ASSERT_FALSE(peer_receive(r.ledger, 100, &packet));
}

static void
test_rules(void)
{
	AUTO(rig_close) struct rig r = rig_open(policy_text);
	struct wire_workflow_rule m;
	struct bytes packet;

	CU_ASSERT_FATAL(peer_receive_id(r.front, WIRE_ID_WORKFLOW_RULE,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_workflow_rule(packet, &m), OK);
	CU_ASSERT_EQUAL(m.workflow, WORKFLOW_METADATA);
	CU_ASSERT_EQUAL(m.required, BINDING_BIT(DEVICE));
	CU_ASSERT_FALSE(
	        peer_receive_id(r.front, WIRE_ID_WORKFLOW_RULE, 100, &packet));
}

static void
test_not_ready(void)
{
	AUTO(rig_close) struct rig r = rig_open(policy_text);
	struct challenge_claims claims;

	CU_ASSERT(lifeline_wait_status(r.life, false, "no pinned keys",
	                               HARNESS_WAIT_MS));
	struct wire_evidence m = make_request(&r, &claims);
	CU_ASSERT(ask(&r, &m));
	expect_unavailable(&r, 77, "no pinned keys");

	send_key(&r);
	peer_close(r.ledger);
	CU_ASSERT(lifeline_wait_status(r.life, false, "no ledger",
	                               HARNESS_WAIT_MS));
	CU_ASSERT(ask(&r, &m));
	expect_unavailable(&r, 77, "no ledger");

	r.ledger = lifeline_edge(r.life, WIRE_ROLE_LEDGER, 0);
	CU_ASSERT(lifeline_wait_status(r.life, true, NULL, HARNESS_WAIT_MS));
	CU_ASSERT(ask(&r, &m));
	CU_ASSERT_EQUAL(verdict(&r).reasons, 0); /* the keys are still known */
}

/* A policy that does not parse: not ready, says why, judges nothing. */
static void
test_bad_policy(void)
{
	AUTO(rig_close) struct rig r = rig_open("id=\"t\"; version=1;");
	struct challenge_claims claims;

	CU_ASSERT(lifeline_wait_status(r.life, false, "workflows is missing",
	                               HARNESS_WAIT_MS));
	struct wire_evidence m = make_request(&r, &claims);
	CU_ASSERT(ask(&r, &m));
	expect_unavailable(&r, 77, "policy");
}

/* A pins file with a key that is not what it says changes nothing, and whoever
 * was taken over has no other way: KEY_HELD from the ledger ends the verifier. */
static void
test_wrong_key(void)
{
	AUTO(rig_close) struct rig r = rig_open(policy_text);
	AUTO(soft_key_free)
	struct soft_key *other = soft_key_new(ALG_ES256, "other");
	AUTO(pins_free) struct pins *pins = pins_kit_new();
	struct challenge_claims claims;

	CU_ASSERT(lifeline_wait_status(r.life, false, "no pinned",
	                               HARNESS_WAIT_MS));
	struct pin *pin =
	        pins_kit_add(pins, "token", 1, soft_key_spki(r.key), ALG_ES256);
	memcpy(pin->kid, soft_key_kid(other), KID_SIZE);
	AUTO(buf_release) struct buf text = pins_kit_text(pins);
	CU_ASSERT(lifeline_text(r.life, "pins", buf_str(&text)));
	struct wire_evidence m = make_request(&r, &claims);
	CU_ASSERT(ask(&r, &m));
	expect_unavailable(&r, 77, "no pinned");
}

/* Our key signed all of them; what the configuration says decides. */
static void
test_own_rules(void)
{
	AUTO(rig_close) struct rig r = rig_open(policy_text);
	struct challenge_claims good, bad;

	send_key(&r);
	struct wire_evidence in = make_request(&r, &good);
	CU_ASSERT(ask(&r, &in));
	CU_ASSERT_EQUAL(verdict(&r).reasons, 0);

	bad = good;
	bad.iss = bytes_of_str("https://other.example");
	in = make_request_of(&r, &bad);
	CU_ASSERT(ask(&r, &in));
	CU_ASSERT_EQUAL(verdict(&r).reasons, BIT(CHALLENGE_FORGED));

	bad = good;
	bad.iat_s += 3600; /* the signer's clock was an hour ahead */
	bad.exp_s += 3600;
	in = make_request_of(&r, &bad);
	CU_ASSERT(ask(&r, &in));
	CU_ASSERT_EQUAL(verdict(&r).reasons, BIT(CHALLENGE_TIME));

	bad = good;
	bad.exp_s = bad.iat_s + 601; /* challenge.ttl_max is 600 */
	in = make_request_of(&r, &bad);
	CU_ASSERT(ask(&r, &in));
	CU_ASSERT_EQUAL(verdict(&r).reasons, BIT(CHALLENGE_TIME));
}

static const struct harness_test tests[] = {
	{ "good evidence: a whole verdict", test_good },
	{ "bad evidence: reasons, and nothing unproved", test_bad },
	{ "issuer and times as the configuration says", test_own_rules },
	{ "what was observed has one digest", test_observed },
	{ "malformed evidence goes back to the front", test_refused },
	{ "fronts are told what challenges must carry", test_rules },
	{ "no keys or no ledger: unavailable, then again", test_not_ready },
	{ "a policy that does not parse", test_bad_policy },
	{ "takes no pins with a wrong key", test_wrong_key },
	{ NULL, NULL },
};

HARNESS_MAIN("verifier", tests)
