/*
 * test_verifier_bound.c - the real verifier, and challenges that are bound to a
 * release and an account.
 */
#include "base/encode.h"
#include "tests/process/test_verifier_tpm.h"

static const char policy_text[] =
        "id=\"t\"; version=3; workflows:{"
        "metadata:{bindings=[\"device\"];formats=[\"tpm2-quote\"];};};";

#define OBSERVED_BEFORE                    \
	"3d03cb89cb03280a469e11b876885c5b" \
	"16708fff4c565c0badd4dc2b882c3701"

/* An observation without release and account, and its digest as the verifier of
 * before them had it: SHA-256 of 001f, three texts with a u16 length each, and
 * transport and request.  A retry of a challenge that was redeemed then must get
 * its first result. */
static void
test_observed_before(void)
{
	AUTO(rig_close) struct rig r = rig_open(policy_text);
	struct challenge_claims claims;
	uint8_t wanted[HASH_SIZE];

	CU_ASSERT_EQUAL(decode_hex_exact(bytes_of_str(OBSERVED_BEFORE), wanted,
	                                 HASH_SIZE),
	                OK);
	send_key(&r);
	struct wire_evidence m = make_request(&r, &claims);
	m.observed.present = 0x1f;
	m.observed.device_handle = bytes_of_str("dh1_x");
	m.observed.channel = bytes_of_str("beta");
	m.observed.transaction = bytes_of_str("t-1");
	m.observed.release = bytes_of(NULL, 0);
	memset(m.observed.transport, 1, HASH_SIZE);
	memset(m.observed.request, 2, HASH_SIZE);
	memset(m.observed.account, 0, HASH_SIZE);
	CU_ASSERT(ask(&r, &m));
	CU_ASSERT_EQUAL(memcmp(verdict(&r).observed, wanted, HASH_SIZE), 0);
}

/* As long as soft_batch.c's, and its last digit is another. */
#define OTHER_RELEASE                             \
	"sha256:ba7816bf8f01cfea414140de5dae2223" \
	"b00361a396177a9cb410ff61f20015ae"

#define WRONG(name) ((reason_set)1 << REASON_BINDING_##name)

/* Release and account: shown right, as another, not at all. */
static const struct {
	uint16_t hidden; /* BINDING_ bits */
	const char *release;
	uint8_t flip; /* of the account's last byte */
	reason_set reasons;
} bound_rows[] = {
	{ 0, NULL, 0, 0 },
	{ 0, "sha256:00", 0, WRONG(RELEASE) },
	{ 0, OTHER_RELEASE, 0, WRONG(RELEASE) },
	{ 0, NULL, 1, WRONG(ACCOUNT) },
	{ BINDING_BIT(RELEASE), NULL, 0, WRONG(RELEASE) },
	{ BINDING_BIT(ACCOUNT), NULL, 0, WRONG(ACCOUNT) },
	{ BINDING_BIT(RELEASE) | BINDING_BIT(ACCOUNT), NULL, 0,
	  WRONG(RELEASE) | WRONG(ACCOUNT) },
};

/* The reasons, and digests of which no two are the same. */
static void
test_release_account(void)
{
	AUTO(rig_close) struct rig r = rig_open(policy_text);
	uint8_t seen[ARRAY_LEN(bound_rows)][HASH_SIZE];
	struct challenge_claims claims;

	send_key(&r);
	const struct wire_evidence good = make_request(&r, &claims);
	for (size_t i = 0; i < ARRAY_LEN(bound_rows); i++) {
		struct wire_evidence m = good;

		if (bound_rows[i].release)
			m.observed.release =
			        bytes_of_str(bound_rows[i].release);
		m.observed.account[HASH_SIZE - 1] ^= bound_rows[i].flip;
		m.observed.present &= (uint16_t)~bound_rows[i].hidden;
		if (bound_rows[i].hidden & BINDING_BIT(RELEASE))
			m.observed.release = bytes_of(NULL, 0);
		if (bound_rows[i].hidden & BINDING_BIT(ACCOUNT))
			memset(m.observed.account, 0, HASH_SIZE);
		CU_ASSERT(ask(&r, &m));
		struct wire_verdict v = verdict(&r);
		CU_ASSERT_EQUAL(v.reasons, bound_rows[i].reasons);
		CU_ASSERT_EQUAL(v.bindings.present, BINDING_ALL);
		memcpy(seen[i], v.observed, HASH_SIZE);
		for (size_t j = 0; j < i; j++)
			CU_ASSERT(memcmp(seen[i], seen[j], HASH_SIZE) != 0);
	}
}

/* A policy that demands both, and a challenge of before it. */
static void
test_release_account_required(void)
{
	AUTO(rig_close)
	struct rig r = rig_open("id=\"t\"; version=3; workflows:{metadata:{"
	                        "bindings=[\"release\",\"account\"];"
	                        "formats=[\"tpm2-quote\"];};};");
	struct challenge_claims claims;
	struct wire_workflow_rule rule;
	struct bytes packet;

	send_key(&r);
	CU_ASSERT_FATAL(peer_receive_id(r.front, WIRE_ID_WORKFLOW_RULE,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_workflow_rule(packet, &rule), OK);
	CU_ASSERT_EQUAL(rule.required,
	                BINDING_BIT(RELEASE) | BINDING_BIT(ACCOUNT));
	struct wire_evidence m = make_request(&r, &claims);
	CU_ASSERT(ask(&r, &m));
	CU_ASSERT_EQUAL(verdict(&r).reasons, 0);

	claims.bindings.present = 0x1f;
	claims.bindings.release = bytes_of(NULL, 0);
	memset(claims.bindings.account, 0, HASH_SIZE);
	m = make_request_of(&r, &claims);
	CU_ASSERT(ask(&r, &m));
	CU_ASSERT_EQUAL(verdict(&r).reasons,
	                BIT(BINDING_RELEASE) | BIT(BINDING_ACCOUNT));
}

static const struct harness_test tests[] = {
	{ "an observation as before release and account",
	  test_observed_before },
	{ "release and account, shown and not", test_release_account },
	{ "release and account that the policy demands",
	  test_release_account_required },
	{ NULL, NULL },
};

HARNESS_MAIN("verifier_bound", tests)
