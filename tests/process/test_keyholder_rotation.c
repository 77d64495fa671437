/*
 * test_keyholder_rotation.c - orders to replace the signing key: what the key
 * holder announces, and which key signs when.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/rotation_rig.h"
#include "crypto/token/ear.h"
#include "base/encode.h"

static void
test_rotation(void)
{
	ROTA(k);
	rota_open_old(&k);
	rota_two(&k, rota_now_s() + 3, rota_now_s() + 6);
	rota_give(&k);
	rota_hear_both(&k, k.rig.front);
	rota_hear_both(&k, k.rig.ledger);
	rota_signs(&k, k.old_kid);
	CU_ASSERT_TRUE(rota_now_s() <
	               k.pins.keys[1].from_s); /* else too slow */

	rota_pause_until(k.pins.keys[1].from_s);
	rota_signs_soon(&k, k.next_kid);
	rota_signs(&k, k.next_kid);
	/* The same order again changes nothing. */
	rota_give(&k);
	rota_hear_both(&k, k.rig.front);
	rota_signs(&k, k.next_kid);

	/* The old one is let go, and nobody who comes hears of it. */
	rota_pause_until(k.pins.keys[0].until_s + 1);
	char kid[KID_SIZE];
	k.rig.front = lifeline_edge(k.rig.life, WIRE_ROLE_FRONT, 0);
	rota_hear(&k, k.rig.front, kid);
	CU_ASSERT_STRING_EQUAL(kid, k.next_kid);
	rota_signs(&k, k.next_kid);
	life_end(&k.rig);
}

/* What was composed before the switch is signed by the key that it names, and
 * a result is one, too. */
static void
test_results(void)
{
	ROTA(k);
	rota_open_old(&k);
	rota_two(&k, rota_now_s() + 3, rota_now_s() + 6);
	rota_give(&k);
	rota_hear_both(&k, k.rig.ledger);
	rota_pause_until(k.pins.keys[1].from_s);
	rota_signs_soon(&k, k.next_kid);

	const struct wire_result_sign m = rig_result(&k.rig, 5);
	struct wire_result_signed answer;
	struct bytes packet;

	wire_put_result_sign(&k.rig.packet, &m);
	CU_ASSERT_TRUE(peer_send(k.rig.ledger, &k.rig.packet));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(
	        k.rig.ledger, WIRE_ID_RESULT_SIGNED, HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_result_signed(packet, &answer), OK);
	AUTO(buf_release) struct buf payload = buf_of(65536);
	CU_ASSERT_EQUAL(
	        ear_verify(answer.jwt, k.rig.ring, rota_now_s(), &payload), OK);
	/* The header names the key, so this is the one that verified. */
	AUTO(buf_release) struct buf head = buf_of(4096);
	const uint8_t *dot = memchr(answer.jwt.data, '.', answer.jwt.len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dot);
	CU_ASSERT_EQUAL(
	        decode_base64url(&head,
	                         bytes_of(answer.jwt.data,
	                                  (size_t)(dot - answer.jwt.data))),
	        OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&head), k.next_kid));
	life_end(&k.rig);
}

/* Held at once, announced at its time and not before. */
static void
test_published_later(void)
{
	ROTA(k);
	rota_open_old(&k);
	rota_two(&k, rota_now_s() + 3, rota_now_s() + 9);
	struct bytes packet;
	char kid[KID_SIZE];

	k.pins.keys[1].publish_s = rota_now_s() + 2;
	rota_give(&k);
	rota_hear(&k, k.rig.front, kid);
	CU_ASSERT_FALSE(
	        peer_receive_id(k.rig.front, WIRE_ID_KEY_HELD, 500, &packet));
	struct peer *late = lifeline_edge(k.rig.life, WIRE_ROLE_FRONT, 1);
	rota_hear(&k, late, kid);
	CU_ASSERT_STRING_EQUAL(kid, k.old_kid);
	CU_ASSERT_TRUE(rota_now_s() <
	               k.pins.keys[1].publish_s); /* else too slow */
	rota_hear_both(&k, late);
	CU_ASSERT_TRUE(rota_now_s() >= k.pins.keys[1].publish_s);
	life_end(&k.rig);
}

static void
test_cancelled(void)
{
	ROTA(k);
	rota_open_old(&k);
	char kid[KID_SIZE];

	rota_two(&k, rota_now_s() + 3, rota_now_s() + 9);
	rota_give(&k);
	rota_hear_both(&k, k.rig.front);
	uint64_t from_s = k.pins.keys[1].from_s;
	rota_one(&k);
	rota_give(&k);
	rota_hear(&k, k.rig.front, kid);
	CU_ASSERT_STRING_EQUAL(kid, k.old_kid);
	rota_pause_until(from_s + 1);
	rota_signs(&k, k.old_kid);
	/* The key that was taken back is let go. */
	struct peer *late = lifeline_edge(k.rig.life, WIRE_ROLE_FRONT, 1);
	struct bytes packet;
	rota_hear(&k, late, kid);
	CU_ASSERT_STRING_EQUAL(kid, k.old_kid);
	CU_ASSERT_FALSE(peer_receive_id(late, WIRE_ID_KEY_HELD, 300, &packet));
	life_end(&k.rig);
}

/* A slow device that is never idle: the next key is found between two of its
 * signatures, and the old one let go likewise. */
static void
test_slow(void)
{
	ROTA(k);
	if (!rig_shim(&k.rig, "C_Sign every delay 120")) {
		harness_skip("no shim is built");
		return;
	}
	rota_open_old(&k);
	rota_two(&k, rota_now_s() + 3, rota_now_s() + 6);
	bool by_next = false;
	unsigned after = 0;

	for (uint64_t i = 0; i < 4; i++) /* always some that wait */
		rig_ask(&k.rig, k.rig.front, 3000 + i);
	rota_give(&k);
	rota_hear_both(&k, k.rig.ledger);
	for (uint64_t i = 0; rota_now_s() <= k.pins.keys[0].until_s + 1; i++) {
		struct challenge c = rig_take(&k.rig, k.rig.front, 3000 + i);
		bool next = bytes_equal_str(c.head.kid, k.next_kid);

		CU_ASSERT_TRUE(next || !by_next); /* and never back */
		CU_ASSERT_TRUE(!next || c.head.iat_s >= k.pins.keys[1].from_s);
		after += next;
		by_next = by_next || next;
		rig_ask(&k.rig, k.rig.front, 3004 + i);
	}
	CU_ASSERT_TRUE(after > 3);
	char kid[KID_SIZE];
	struct peer *late = lifeline_edge(k.rig.life, WIRE_ROLE_FRONT, 1);
	rota_hear(&k, late, kid);
	CU_ASSERT_STRING_EQUAL(kid, k.next_kid);
	life_end(&k.rig);
}

/* Each search takes half of what a signature may take, or more: the next key, for
 * which the token is searched several times, has the time of an opening. */
static void
test_slow_search(void)
{
	ROTA(k);
	if (!rig_shim(&k.rig, "C_FindObjectsInit every delay 500")) {
		harness_skip("no shim is built");
		return;
	}
	k.rig.deadline_ms = 900;
	rota_open_old(&k);
	rota_two(&k, rota_now_s() + 600, rota_now_s() + 700);
	rota_give(&k);
	rota_hear_both(&k, k.rig.front);
	rota_signs(&k, k.old_kid);
	life_end(&k.rig);
}

static const struct harness_test tests[] = {
	{ "publishes, switches, retires", test_rotation },
	{ "signs results by the new key", test_results },
	{ "publishes a key at its time", test_published_later },
	{ "takes an order back", test_cancelled },
	{ "does so on a device that is slow and busy", test_slow },
	{ "gives a token that searches slowly its time", test_slow_search },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder_rotation", tests)
