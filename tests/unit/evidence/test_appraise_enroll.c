/*
 * test_appraise_enroll.c - which requests may enrol a device.
 */
#include <stdlib.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/devices/soft_tpm.h"
#include "evidence/appraise.h"

#define BIT(name) ((reason_set)1 << REASON_##name)

static const char policy_text[] = "id=\"t\"; version=3; workflows:{"
                                  "enroll:{formats=[\"tpm2-quote\"];};"
                                  "register:{formats=[\"tpm2-quote\"];};};";

/* Good evidence of a TPM for a challenge of that workflow. */
static reason_set
reasons(enum workflow workflow, bool enroll)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);
	struct challenge_claims claims = soft_batch_claims(0);
	struct soft_key *key = soft_key_new(ALG_ES256, "enroll");
	struct keyring *ring = soft_key_ring(key);
	struct appraise_result result = { 0 };
	struct policy *policy = NULL;
	struct soft_tpm *tpm = NULL;
	struct challenge c;

	claims.workflow = workflow;
	AUTO(soft_batch_release)
	struct soft_batch batch = soft_batch_of(key, &claims, 1);
	soft_batch_token(&batch, 0, &token);
	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&token), &c), OK);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &tpm), OK);
	struct soft_quote q = soft_quote_of(bytes_of(c.nonce, HASH_SIZE));
	CU_ASSERT_EQUAL_FATAL(soft_tpm_evidence(tpm, &q, &json), OK);
	CU_ASSERT_EQUAL_FATAL(
	        policy_parse(bytes_of_str(policy_text), &why, &policy), OK);

	const struct appraise_request request = {
		.tenant = claims.aud,
		.workflows = (1u << WORKFLOW_COUNT) - 1,
		.challenge = buf_bytes(&token),
		.evidence = buf_bytes(&json),
		.observed = claims.bindings,
		.rules = { .iss = bytes_of_str("https://anchor.example"),
		           .ttl_max_s = 120 },
		.now_s = SOFT_BATCH_IAT + 10,
		.enroll = enroll,
	};
	CU_ASSERT_EQUAL(appraise(&request, ring, policy, &why, &result), OK);
	CU_ASSERT(result.redeemable);
	policy_free(policy);
	soft_tpm_free(tpm);
	keyring_free(ring);
	soft_key_free(key);
	return result.appraisal.reasons;
}

/* Whose challenge was for something else. */
static void
test_workflow(void)
{
	CU_ASSERT_EQUAL(reasons(WORKFLOW_REGISTER, false), 0);
	CU_ASSERT_EQUAL(reasons(WORKFLOW_REGISTER, true), BIT(WORKFLOW_DENIED));
}

/* A TPM is enrolled by its public area, and by nothing that it quotes. */
static void
test_format(void)
{
	CU_ASSERT_EQUAL(reasons(WORKFLOW_ENROLL, false), 0);
	CU_ASSERT_EQUAL(reasons(WORKFLOW_ENROLL, true),
	                BIT(EVIDENCE_UNSUPPORTED));
}

static const struct harness_test tests[] = {
	{ "a challenge for something else enrols nobody", test_workflow },
	{ "a format that cannot enrol does not", test_format },
	{ NULL, NULL },
};
HARNESS_MAIN("appraise_enroll", tests)
