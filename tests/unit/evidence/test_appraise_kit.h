/*
 * test_appraise_kit.h - a challenge, good evidence for it, and the question.
 */
#ifndef UNIT_EVIDENCE_TEST_APPRAISE_KIT_H
#define UNIT_EVIDENCE_TEST_APPRAISE_KIT_H

#include <stdlib.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/devices/soft_tpm.h"
#include "evidence/appraise.h"
#include "base/clock.h"
#include "crypto/digest.h"

#define BIT(name) ((reason_set)1 << REASON_##name)

static const char policy_text[] =
        "id=\"t\"; version=3; workflows:{"
        "metadata:{bindings=[\"device\"];formats=[\"tpm2-quote\"];};"
        "register:{formats=[\"other\"];};};";

/* A challenge, good evidence for it, and everything that goes with them. */
struct scene {
	struct soft_key *key;
	struct keyring *ring;
	struct soft_tpm *tpm;
	struct policy *policy;
	struct challenge_claims claims;
	struct buf token, json;
	struct appraise_request request;
};

__attribute__((unused)) static void
make_evidence(struct scene *s, struct bytes nonce)
{
	struct soft_quote q = soft_quote_of(nonce);

	buf_reset(&s->json);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_evidence(s->tpm, &q, &s->json), OK);
	s->request.evidence = buf_bytes(&s->json);
}

/* The challenge of s->claims, and evidence for it. */
__attribute__((unused)) static void
make_challenge(struct scene *s)
{
	AUTO(soft_batch_release)
	struct soft_batch batch = soft_batch_of(s->key, &s->claims, 1);
	struct challenge c;

	buf_reset(&s->token);
	soft_batch_token(&batch, 0, &s->token);
	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&s->token), &c), OK);
	s->request.challenge = buf_bytes(&s->token);
	make_evidence(s, bytes_of(c.nonce, HASH_SIZE));
}

__attribute__((unused)) static struct scene
scene_of(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct scene s = {
		.key = soft_key_new(ALG_ES256, "appraise"),
		.claims = soft_batch_claims(0),
		.token = buf_of(CHALLENGE_MAX),
		.json = buf_of(EVIDENCE_JSON_MAX),
	};

	s.ring = soft_key_ring(s.key);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &s.tpm), OK);
	CU_ASSERT_EQUAL_FATAL(
	        policy_parse(bytes_of_str(policy_text), &why, &s.policy), OK);
	s.request = (struct appraise_request){
		.tenant = s.claims.aud,
		.workflows = (1u << WORKFLOW_COUNT) - 1,
		.observed = s.claims.bindings,
		.rules = { .iss = bytes_of_str("https://anchor.example"),
		           .ttl_max_s = 120 },
		.now_s = SOFT_BATCH_IAT + 10,
	};
	make_challenge(&s);
	return s;
}

__attribute__((unused)) static void
scene_release(struct scene *s)
{
	soft_key_free(s->key);
	keyring_free(s->ring);
	soft_tpm_free(s->tpm);
	policy_free(s->policy);
	buf_release(&s->token);
	buf_release(&s->json);
}
DEFINE_AUTO_REF(struct scene, scene_release);

__attribute__((unused)) static struct appraise_result
run(const struct scene *s)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct appraise_result result = { 0 };

	CU_ASSERT_EQUAL(
	        appraise(&s->request, s->ring, s->policy, &why, &result), OK);
	return result;
}

__attribute__((unused)) static reason_set
reasons(const struct scene *s)
{
	return run(s).appraisal.reasons;
}

__attribute__((unused)) static bool
is_zero(const void *p, size_t n)
{
	const uint8_t *bytes = p;

	while (n > 0 && bytes[n - 1] == 0)
		n--;
	return n == 0;
}

__attribute__((unused)) static void
check_disbelieved(const struct scene *s, reason_set expected)
{
	struct appraise_result r = run(s);

	CU_ASSERT_EQUAL(r.appraisal.reasons, expected);
	CU_ASSERT_FALSE(r.redeemable);
	CU_ASSERT(is_zero(&r.challenge, sizeof(r.challenge)));
	CU_ASSERT_FALSE(r.appraisal.identified);
}

#endif
