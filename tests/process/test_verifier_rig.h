/*
 * test_verifier_rig.h - starts the verifier.
 */
#ifndef PROCESS_TEST_VERIFIER_RIG_H
#define PROCESS_TEST_VERIFIER_RIG_H

#include "tests/process/test_verifier_kit.h"

/* The device and its evidence; no verifier yet. */
static inline struct rig
rig_device(void)
{
	struct rig r = {
		.key = soft_key_new(ALG_ES256, "verifier"),
		.now_s = clock_wall_ms() / 1000,
		.packet = buf_of(WIRE_PACKET_MAX),
		.token = buf_of(CHALLENGE_MAX),
		.json = buf_of(EVIDENCE_JSON_MAX),
	};

	make_evidence(&r);
	return r;
}

/* Everything but START, roots, a list and a policy. */
static inline void
rig_spawn(struct rig *r, const struct lifeline_config *settings)
{
	AUTO(buf_release) struct buf config = buf_of(65536);

	r->life = lifeline_spawn("anchord-verifier", NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->life);
	lifeline_config(&config, settings);
	CU_ASSERT(lifeline_text(r->life, "config", buf_str(&config)));
	CU_ASSERT(
	        lifeline_text(r->life, ROLE_FILE_VERDICT_KEY, VERDICT_KIT_KEY));
	r->front = lifeline_edge(r->life, WIRE_ROLE_FRONT, 0);
	r->ledger = lifeline_edge(r->life, WIRE_ROLE_LEDGER, 0);
}

static inline struct rig
rig_unruled(const struct lifeline_config *settings)
{
	struct rig r = rig_device();

	rig_spawn(&r, settings);
	return r;
}

static inline struct rig
rig_with(const struct lifeline_config *settings)
{
	struct rig r = rig_unruled(settings);

	hand_policy(&r);
	return r;
}

static inline struct rig
rig_bare(const char *more, const char *anchors)
{
	const struct lifeline_config settings = { .log_level = "info",
		                                  .more = more,
		                                  .trust_more = anchors };

	return rig_with(&settings);
}

/* A root for each of ANCHORS: the device's. */
static inline void
hand_roots(struct rig *r)
{
	hand_root(r, r->chain);
	hand_root_as(r, "trust-2", r->chain);
}

/* Everything but START, and no list. */
static inline struct rig
rig_open(const char *more)
{
	struct rig r = rig_bare(more, ANCHORS);

	hand_roots(&r);
	return r;
}

/* complaint: why it is not ready; NULL: it is. */
static inline void
start_with(struct rig *r, const char *complaint)
{
	AUTO(buf_release)
	struct buf pins = pins_kit_one(soft_key_spki(r->key),
	                               soft_key_alg(r->key), "pkcs11:object=k");

	CU_ASSERT(lifeline_start(r->life, 0));
	CU_ASSERT(lifeline_text(r->life, "pins", buf_str(&pins)));
	CU_ASSERT(lifeline_wait_status(r->life, !complaint, complaint,
	                               HARNESS_WAIT_MS));
}

static inline void
start(struct rig *r)
{
	start_with(r, NULL);
}

#endif
