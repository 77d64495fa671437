/*
 * test_verifier_tpm.h - the real verifier in its sandbox, and a TPM whose evidence
 * it is asked about; the test is its supervisor, its front and its ledger.
 */
#ifndef PROCESS_TEST_VERIFIER_TPM_H
#define PROCESS_TEST_VERIFIER_TPM_H

#include <stdlib.h>
#include <string.h>

#include "tests/process/test_verdict_take.h"
#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/devices/soft_tpm.h"
#include "tests/common/fakes/verdict_kit.h"
#include "evidence/tpm/ak.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "evidence/evidence.h"
#include "policy/policy.h"
#include "wire/reason.h"
#include "proc/role.h"
#include "wire/wire.h"

#define BIT(name) reason_bit(REASON_##name)

struct rig {
	struct lifeline *life;
	struct peer *front, *ledger;
	struct soft_key *key;
	struct soft_tpm *tpm;
	struct buf packet, token, json;
};

static inline void
rig_close(struct rig *r)
{
	CU_ASSERT_EQUAL(lifeline_end(r->life), ROLE_EXIT_OK);
	soft_key_free(r->key);
	soft_tpm_free(r->tpm);
	buf_release(&r->packet);
	buf_release(&r->token);
	buf_release(&r->json);
}
DEFINE_AUTO_REF(struct rig, rig_close);

/* A verifier with this policy, a front of index 2 and a ledger; no keys yet. */
static inline struct rig
rig_open(const char *policy)
{
	AUTO(buf_release) struct buf config = buf_of(65536);
	const struct lifeline_config settings = { 0 };
	struct rig r = {
		.life = lifeline_spawn("anchord-verifier", NULL),
		.key = soft_key_new(ALG_ES256, "verifier"),
		.packet = buf_of(WIRE_PACKET_MAX),
		.token = buf_of(CHALLENGE_MAX),
		.json = buf_of(EVIDENCE_JSON_MAX),
	};

	CU_ASSERT_PTR_NOT_NULL_FATAL(r.life);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_RSA, &r.tpm), OK);
	lifeline_config(&config, &settings);
	CU_ASSERT(lifeline_text(r.life, "config", buf_str(&config)));
	CU_ASSERT(
	        lifeline_text(r.life, ROLE_FILE_VERDICT_KEY, VERDICT_KIT_KEY));
	CU_ASSERT(lifeline_text(r.life, "policy", policy));
	r.front = lifeline_edge(r.life, WIRE_ROLE_FRONT, 2);
	r.ledger = lifeline_edge(r.life, WIRE_ROLE_LEDGER, 0);
	CU_ASSERT(lifeline_start(r.life, 0));
	return r;
}

static inline void
send_key(struct rig *r)
{
	AUTO(buf_release)
	struct buf pins = pins_kit_one(soft_key_spki(r->key),
	                               soft_key_alg(r->key), "pkcs11:object=k");

	CU_ASSERT(lifeline_text(r->life, "pins", buf_str(&pins)));
	CU_ASSERT(lifeline_wait_status(r->life, true, NULL, HARNESS_WAIT_MS));
}

/* A challenge of these claims, and good evidence for it. */
static inline struct wire_evidence
make_request_of(struct rig *r, const struct challenge_claims *claims)
{
	struct challenge c;

	AUTO(soft_batch_release)
	struct soft_batch batch = soft_batch_of(r->key, claims, 1);
	buf_reset(&r->token);
	soft_batch_token(&batch, 0, &r->token);
	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&r->token), &c), OK);
	struct soft_quote q = soft_quote_of(bytes_of(c.nonce, HASH_SIZE));
	buf_reset(&r->json);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_evidence(r->tpm, &q, &r->json), OK);
	return (struct wire_evidence){
		.request = 77,
		.tenant = claims->aud,
		.workflows = 0xffff,
		.challenge = buf_bytes(&r->token),
		.evidence = buf_bytes(&r->json),
		.observed = claims->bindings,
	};
}

/* A challenge of now. */
static inline struct wire_evidence
make_request(struct rig *r, struct challenge_claims *claims)
{
	*claims = soft_batch_claims(4);
	claims->iss = bytes_of_str(LIFELINE_ISSUER);
	claims->iat_s = clock_wall_ms() / 1000;
	claims->exp_s = claims->iat_s + 100;
	return make_request_of(r, claims);
}

static inline bool
ask(struct rig *r, const struct wire_evidence *m)
{
	buf_reset(&r->packet);
	wire_put_evidence(&r->packet, m);
	return peer_send(r->front, &r->packet);
}

static inline struct wire_verdict
verdict(struct rig *r)
{
	return take_verdict(r->ledger);
}

#endif
