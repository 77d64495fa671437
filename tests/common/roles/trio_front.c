/*
 * trio_front.c - see trio_front.h.
 */
#include "tests/common/roles/trio_front.h"

#include <stdio.h>
#include <string.h>

#include "crypto/token/challenge.h"
#include "tests/common/base/harness.h"

#define REQUEST 7

static struct bindings
bound_to(const char *handle)
{
	return (struct bindings){ .present = BINDING_BIT(DEVICE) |
		                             BINDING_BIT(TRANSPORT),
		                  .device_handle = bytes_of_str(handle),
		                  .transport = { 1 } };
}

void
trio_front_enroll(struct trio *t, const char *tenant,
                  char ret[static ASK_HANDLE_MAX])
{
	AUTO(buf_release) struct buf public = buf_of(4096);
	struct wire_enroll_ask m = { .request = REQUEST,
		                     .tenant = bytes_of_str(tenant),
		                     .format = bytes_of_str("tpm2-quote") };
	struct wire_enrollment e;
	struct bytes packet;

	soft_tpm_public(t->tpm, &public);
	m.statement = buf_bytes(&public);
	wire_put_enroll_ask(&t->packet, &m);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_VERIFIER), &t->packet));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(trio_to(t, WIRE_ROLE_LEDGER),
	                                     WIRE_ID_ENROLLMENT,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_enrollment(packet, &e), OK);
	snprintf(ret, ASK_HANDLE_MAX, "%.*s", (int)e.handle.len,
	         (const char *)e.handle.data);
}

struct wire_challenge_make
trio_front_order(const struct trio *t, const char *tenant)
{
	return (struct wire_challenge_make){
		.request = REQUEST,
		.tenant = bytes_of_str(tenant),
		.workflow = WORKFLOW_METADATA,
		.bindings = bound_to(t->handle),
	};
}

void
trio_front_challenge(struct trio *t, const struct wire_challenge_make *m,
                     struct buf *ret_token)
{
	struct peer *keyholder = trio_to(t, WIRE_ROLE_KEYHOLDER);
	struct wire_challenge_made made;
	struct bytes packet;

	wire_put_challenge_make(&t->packet, m);
	CU_ASSERT_TRUE(peer_send(keyholder, &t->packet));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(keyholder, WIRE_ID_CHALLENGE_MADE,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_challenge_made(packet, &made), OK);
	buf_reset(ret_token);
	buf_append(ret_token, made.challenge);
}

void
trio_front_quote(struct trio_question *q)
{
	struct challenge c;

	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&q->token), &c), OK);
	q->m.challenge = buf_bytes(&q->token);
	q->m.evidence = trio_quote(q->trio, c.nonce);
}

struct trio_question
trio_front_question(struct trio *t)
{
	struct trio_question q = {
		.trio = t,
		.token = buf_of(CHALLENGE_MAX),
		.m = { .request = REQUEST,
		       .tenant = bytes_of_str("backend-a"),
		       .workflows = 0xffff,
		       .observed = bound_to(t->handle) },
	};
	const struct wire_challenge_make m = trio_front_order(t, "backend-a");

	trio_front_challenge(t, &m, &q.token);
	trio_front_quote(&q);
	return q;
}

void
trio_question_release(struct trio_question *q)
{
	buf_release(&q->token);
}

/* RESULT or UNAVAILABLE, by whoever says it. */
static bool
hear(struct trio_question *q, struct peer *verifier, struct bytes *ret_packet)
{
	struct peer *ledger = trio_to(q->trio, WIRE_ROLE_LEDGER);

	for (unsigned ms = 0; ms < HARNESS_WAIT_MS; ms += 20) {
		while (peer_receive(ledger, 10, ret_packet))
			if (wire_packet_id(*ret_packet) == WIRE_ID_RESULT)
				return true;
			else if (wire_packet_id(*ret_packet) ==
			         WIRE_ID_UNAVAILABLE)
				return false;
		if (peer_receive_id(verifier, WIRE_ID_UNAVAILABLE, 10,
		                    ret_packet))
			return false;
	}
	CU_FAIL("no answer");
	return false;
}

enum trio_word
trio_front_ask(struct trio_question *q, struct peer *verifier,
               reason_set *ret_reasons, struct buf *ret_jwt)
{
	struct wire_result r;
	struct bytes packet;

	wire_put_evidence(&q->trio->packet, &q->m);
	CU_ASSERT_TRUE(peer_send(verifier, &q->trio->packet));
	if (!hear(q, verifier, &packet))
		return TRIO_NOTHING;
	CU_ASSERT_EQUAL_FATAL(wire_get_result(packet, &r), OK);
	*ret_reasons = r.reasons;
	if (ret_jwt) {
		buf_reset(ret_jwt);
		buf_append(ret_jwt, r.jwt);
	}
	return trio_word_of(q->trio, r.jwt);
}
