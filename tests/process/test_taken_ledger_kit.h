/*
 * test_taken_ledger_kit.h - what a ledger that was taken over hears of a verifier
 * and asks of a key holder.
 */
#ifndef TEST_TAKEN_LEDGER_KIT_H
#define TEST_TAKEN_LEDGER_KIT_H

#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/trio.h"
#include "base/clock.h"
#include "proc/role.h"

/* --- what it hears and asks ----------------------------------------------- */

/* A verifier's word, and what an honest ledger makes of it. */
struct attempt {
	struct trio *trio;
	struct asked_challenge asked;
	struct buf packet, finding, other;
	struct wire_verdict v;
	struct wire_result_sign m;
};

static inline void
attempt_release(struct attempt *a)
{
	buf_release(&a->packet);
	buf_release(&a->finding);
	buf_release(&a->other);
}
DEFINE_AUTO_REF(struct attempt, attempt_release);

static inline void
hear_verdict(struct attempt *a)
{
	struct bytes packet;

	CU_ASSERT_TRUE_FATAL(
	        peer_receive_id(trio_to(a->trio, WIRE_ROLE_VERIFIER),
	                        WIRE_ID_VERDICT, HARNESS_WAIT_MS, &packet));
	buf_reset(&a->packet);
	buf_append(&a->packet, packet);
	CU_ASSERT_EQUAL_FATAL(wire_get_verdict(buf_bytes(&a->packet), &a->v),
	                      OK);
	const struct wire_finding f = wire_finding_of(&a->v);
	buf_reset(&a->finding);
	wire_put_finding(&a->finding, &f);
}

/* As redeem.c has it. */
static inline void
make_statement(struct attempt *a)
{
	uint64_t now_s = clock_wall_ms() / 1000;

	a->m = (struct wire_result_sign){
		.request = 5,
		.jti = { 1 },
		.issued_s = now_s,
		.expires_s = now_s + TRIO_RESULT_TTL,
		.sequence = 1,
		.redeemed = 1,
		.reasons = a->v.reasons,
		.finding = buf_bytes(&a->finding),
		.challenge = a->v.challenge,
	};
	memcpy(a->m.vector, a->v.vector, sizeof(a->m.vector));
	memcpy(a->m.tag, a->v.tag, HASH_SIZE);
}

static const uint8_t another[HASH_SIZE] = { 1 };

/* A client's evidence for another nonce, or good, unless the challenge was over
 * before it was judged. */
static inline struct attempt
attempt_made(struct trio *t, unsigned ttl, bool good)
{
	struct attempt a = { .trio = t,
		             .packet = buf_of(WIRE_PACKET_MAX),
		             .finding = buf_of(WIRE_PACKET_MAX),
		             .other = buf_of(WIRE_PACKET_MAX) };

	trio_challenge(t, ttl, &a.asked);
	trio_attest(t, &a.asked, trio_quote(t, good ? a.asked.nonce : another));
	hear_verdict(&a);
	make_statement(&a);
	return a;
}

static inline struct attempt
attempt_of(struct trio *t, bool good)
{
	struct attempt a = attempt_made(t, 0, good);

	CU_ASSERT_EQUAL(a.v.reasons == 0, good);
	return a;
}

enum outcome_of_asking { SIGNED_GOOD, SIGNED_BAD, DENIED, ENDED };

/* Asks for the signature. */
static inline enum outcome_of_asking
ask(struct attempt *a)
{
	struct trio *t = a->trio;
	struct peer *keyholder = trio_to(t, WIRE_ROLE_KEYHOLDER);
	struct wire_result_signed m;
	struct bytes packet;

	wire_put_result_sign(&t->packet, &a->m);
	CU_ASSERT_TRUE(peer_send(keyholder, &t->packet));
	do {
		if (!peer_receive(keyholder, HARNESS_WAIT_MS, &packet)) {
			CU_ASSERT_TRUE(peer_gone(keyholder, 0));
			trio_ended(t, WIRE_ROLE_KEYHOLDER, ROLE_EXIT_WIRE);
			trio_ready(t);
			return ENDED;
		}
		if (wire_packet_id(packet) == WIRE_ID_UNAVAILABLE)
			return DENIED;
	} while (wire_packet_id(packet) != WIRE_ID_RESULT_SIGNED);
	CU_ASSERT_EQUAL_FATAL(wire_get_result_signed(packet, &m), OK);
	return trio_word_of(t, m.jwt) == TRIO_ELIGIBLE ? SIGNED_GOOD
	                                               : SIGNED_BAD;
}

static inline bool
open_taken(struct trio *t)
{
	if (!trio_open(t, WIRE_ROLE_LEDGER))
		return false;
	trio_ready(t);
	/* which devices there are is its word */
	snprintf(t->handle, sizeof(t->handle), "dh1_x");
	return true;
}

#define TAKEN(t)                        \
	AUTO(trio_close) struct trio t; \
	if (!open_taken(&(t)))          \
	return

#endif
