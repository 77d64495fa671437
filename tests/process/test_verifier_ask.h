/*
 * test_verifier_ask.h - asks the verifier of a rig about the evidence.
 */
#ifndef PROCESS_TEST_VERIFIER_ASK_H
#define PROCESS_TEST_VERIFIER_ASK_H

#include "tests/process/test_verdict_take.h"
#include "tests/process/test_verifier_rig.h"

#define STEADY 10 /* asked so often, nothing has changed */
#define BIT(name) reason_bit(REASON_##name)

static inline void
send_evidence(struct rig *r)
{
	const struct wire_evidence m = {
		.request = 77,
		.tenant = r->claims.aud,
		.workflows = 0xffff,
		.challenge = buf_bytes(&r->token),
		.evidence = buf_bytes(&r->json),
		.observed = r->claims.bindings,
	};

	buf_reset(&r->packet);
	wire_put_evidence(&r->packet, &m);
	CU_ASSERT_FATAL(peer_send(r->front, &r->packet));
}

/* The verdict that comes next. */
static inline struct wire_verdict
next_verdict(struct rig *r)
{
	return take_verdict(r->ledger);
}

static inline struct wire_verdict
verdict_now(struct rig *r)
{
	send_evidence(r);
	return next_verdict(r);
}

/* By which version of the policy the evidence is judged now, and how. */
static inline void
expect_judged(struct rig *r, uint32_t version, reason_set reasons)
{
	const struct wire_verdict v = verdict_now(r);

	CU_ASSERT_EQUAL(v.policy_version, version);
	CU_ASSERT_EQUAL(v.reasons, reasons);
}

/* Of the verdict that comes next. */
static inline reason_set
reasons_of(struct rig *r)
{
	const struct wire_verdict v = next_verdict(r);

	r->identity_claim = v.vector[VECTOR_INSTANCE_IDENTITY];
	return v.reasons;
}

static inline reason_set
reasons_now(struct rig *r)
{
	send_evidence(r);
	return reasons_of(r);
}

/* A file and a request travel by two sockets: the file may come second. */
static inline bool
soon(struct rig *r, reason_set wanted)
{
	uint64_t until = clock_mono_ms() + HARNESS_WAIT_MS;

	while (reasons_now(r) != wanted) {
		if (clock_mono_ms() > until)
			return false;
		(void)usleep(10000);
	}
	return true;
}

static inline bool
steady(struct rig *r, reason_set wanted)
{
	for (unsigned i = 0; i < STEADY; i++) {
		if (reasons_now(r) != wanted)
			return false;
		(void)usleep(20000);
	}
	return true;
}

#endif
