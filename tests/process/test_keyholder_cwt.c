/*
 * test_keyholder_cwt.c - results in CBOR at the key holder: one signature for all
 * that wait.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypto/token/ear_cwt.h"
#include "proc/role.h"
#include "tests/common/base/harness.h"
#include "tests/common/roles/keyholder_rig.h"

#define SLOW "C_Sign every delay 200"
#define SIGN_MS 200
#define MANY 200

#define SHIM(r, script)                           \
	RIG(r);                                   \
	if (!rig_shim(&(r), (script))) {          \
		harness_skip("no shim is built"); \
		return;                           \
	}

static void
ask_result(struct rig *r, uint64_t request, enum wire_result_form form)
{
	struct wire_result_sign m = rig_result(r, request);

	m.form = form;
	m.expires_s = m.issued_s + 30;
	wire_put_result_sign(&r->packet, &m);
	CU_ASSERT_TRUE(peer_send(r->ledger, &r->packet));
}

/* The next result, whatever its form; returns its request. */
static uint64_t
take_result(struct rig *r, struct buf *result)
{
	struct wire_result_signed m;
	struct bytes packet;

	CU_ASSERT_TRUE_FATAL(peer_receive_id(r->ledger, WIRE_ID_RESULT_SIGNED,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_result_signed(packet, &m), OK);
	buf_reset(result);
	buf_append(result, m.jwt);
	return m.request;
}

static struct ear_cwt
open_result(const struct rig *r, const struct buf *result)
{
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);
	struct ear_cwt v = { .fields = { .sequence = 0 } };

	CU_ASSERT_EQUAL_FATAL(ear_cwt_open(buf_bytes(result), &v), OK);
	CU_ASSERT_EQUAL(ear_cwt_verify(buf_bytes(result), r->ring,
	                               clock_wall_ms() / 1000, &payload),
	                OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&payload), "backend-a"));
	return v;
}

/* Both forms of one result say the same. */
static void
test_result(void)
{
	RIG(r);
	AUTO(buf_release) struct buf cwt = buf_of(EAR_RESULT_MAX);
	AUTO(buf_release) struct buf jwt = buf_of(EAR_RESULT_MAX);
	AUTO(buf_release) struct buf a = buf_of(EAR_RESULT_MAX);
	AUTO(buf_release) struct buf b = buf_of(EAR_RESULT_MAX);
	struct wire_result_sign m = rig_result(&r, 11);
	struct challenge c;

	life_open(&r);
	m.expires_s += 30;
	for (m.form = WIRE_RESULT_JWT; m.form <= WIRE_RESULT_CWT; m.form++) {
		wire_put_result_sign(&r.packet, &m);
		CU_ASSERT_TRUE(peer_send(r.ledger, &r.packet));
		CU_ASSERT_EQUAL(take_result(&r, m.form ? &cwt : &jwt), 11);
	}
	CU_ASSERT_EQUAL(ear_verify(buf_bytes(&jwt), r.ring, m.issued_s, &a),
	                OK);
	CU_ASSERT_EQUAL(ear_cwt_verify(buf_bytes(&cwt), r.ring, m.issued_s, &b),
	                OK);
	CU_ASSERT_STRING_EQUAL(buf_str(&a), buf_str(&b));
	const struct ear_cwt v = open_result(&r, &cwt);
	CU_ASSERT_EQUAL(v.receipt.head.batch_size, 2); /* and a decoy */
	CU_ASSERT_EQUAL(v.receipt.head.epoch, r.epoch);
	CU_ASSERT_EQUAL(challenge_open(buf_bytes(&cwt), &c), E_MALFORMED);
}

/* A result in the place of the challenge that it is about. */
static void
test_no_challenge(void)
{
	RIG(r);
	AUTO(buf_release) struct buf cwt = buf_of(EAR_RESULT_MAX);
	AUTO(buf_release) struct buf text = buf_of(4096);

	life_open(&r);
	rig_ask(&r, r.front, 1);
	const struct challenge c = rig_take(&r, r.front, 1);
	ask_result(&r, 2, WIRE_RESULT_CWT);
	CU_ASSERT_EQUAL(take_result(&r, &cwt), 2);

	struct wire_result_sign m = rig_result(&r, 3);
	const struct wire_finding f = verdict_kit_good(&c);
	verdict_kit_seal(&m, &f, VERDICT_KIT_KEY, &text);
	m.redeemed = WIRE_FLAG_YES;
	m.reasons = f.reasons;
	memcpy(m.vector, f.vector, sizeof(m.vector));
	m.challenge = buf_bytes(&cwt);
	wire_put_result_sign(&r.packet, &m);
	CU_ASSERT_TRUE(peer_send(r.ledger, &r.packet));
	rig_unavailable(r.ledger, 3);
}

/* What comes during a signature is under the next one: however many there are,
 * two signatures are enough. */
static void
test_batch(void)
{
	SHIM(r, SLOW);
	AUTO(buf_release) struct buf result = buf_of(EAR_RESULT_MAX);
	uint32_t most = 0;

	life_open(&r);
	uint64_t began_at = clock_mono_ms();
	for (uint64_t i = 0; i < MANY; i++)
		ask_result(&r, i, WIRE_RESULT_CWT);
	for (uint64_t i = 0; i < MANY; i++) {
		CU_ASSERT_EQUAL(take_result(&r, &result), i);
		const struct ear_cwt v = open_result(&r, &result);
		if (v.receipt.head.batch_size > most)
			most = v.receipt.head.batch_size;
	}
	CU_ASSERT_TRUE(most >= MANY / 3); /* of at most three batches */
	CU_ASSERT_TRUE(clock_mono_ms() - began_at <
	               harness_promised_ms(MANY / 4 * SIGN_MS));
}

/* Of challenges, results by themselves and results in CBOR none waits for all of
 * another. */
static void
test_turns(void)
{
	enum { EACH = 6 };
	SHIM(r, SLOW);
	AUTO(buf_release) struct buf result = buf_of(EAR_RESULT_MAX);
	unsigned jwts = 0, before = 0;

	life_open(&r);
	rig_ask(&r, r.front, 1);
	usleep(30000);
	for (uint64_t i = 0; i < EACH; i++)
		ask_result(&r, 100 + i, WIRE_RESULT_JWT);
	ask_result(&r, 200, WIRE_RESULT_CWT);
	rig_ask(&r, r.front, 2);
	for (uint64_t i = 0; i <= EACH; i++) {
		bool single = take_result(&r, &result) < 200;

		jwts += single;
		if (!single)
			before = jwts;
	}
	CU_ASSERT_EQUAL(jwts, EACH);
	CU_ASSERT_TRUE(before <= 1);
	rig_take(&r, r.front, 1);
	rig_take(&r, r.front, 2);
}

/* All that wait hear of it, those in the batch and those behind it. */
static void
test_fails(void)
{
	SHIM(r, "C_Sign 4 DEVICE_ERROR");
	life_open(&r);
	for (uint64_t i = 0; i < 40; i++)
		ask_result(&r, i, WIRE_RESULT_CWT);
	for (uint64_t i = 0; i < 40; i++)
		rig_unavailable(r.ledger, i);
	life_ends(&r, ROLE_EXIT_VAIN);
}

/* A ledger that goes takes its questions along; its successor is served. */
static void
test_ledger_goes(void)
{
	SHIM(r, SLOW);
	AUTO(buf_release) struct buf result = buf_of(EAR_RESULT_MAX);

	life_open(&r);
	for (uint64_t i = 0; i < 40; i++)
		ask_result(&r, i, WIRE_RESULT_CWT);
	usleep(30000);
	peer_close(r.ledger);
	r.ledger = lifeline_edge(r.life, WIRE_ROLE_LEDGER, 0);
	rig_take_key(&r, r.ledger);
	ask_result(&r, 77, WIRE_RESULT_CWT);
	CU_ASSERT_EQUAL(take_result(&r, &result), 77);
	(void)open_result(&r, &result);
}

static const struct harness_test tests[] = {
	{ "a result in CBOR says what the JWT says", test_result },
	{ "and is no challenge", test_no_challenge },
	{ "one signature for all that wait", test_batch },
	{ "each kind has its turn", test_turns },
	{ "a token that fails is told to all that wait", test_fails },
	{ "a ledger that goes takes its questions along", test_ledger_goes },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder_cwt", tests)
