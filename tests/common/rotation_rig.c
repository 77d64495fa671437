/*
 * rotation_rig.c - see rotation_rig.h.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "harness.h"
#include "liar.h"
#undef RIG /* the next has its own */
#include "clock.h"
#include "digest.h"
#include "rotation_rig.h"

static const char groups[] =
        "challenge: { batch=16; ttl=1; ttl_max=1; };\nresult: { ttl=1; };\n";

uint64_t
rota_now_s(void)
{
	return clock_wall_ms() / 1000;
}

void
rota_pause_until(uint64_t at_s)
{
	while (rota_now_s() < at_s) {
		const struct timespec t = { .tv_nsec = 20000000 };

		nanosleep(&t, NULL);
	}
}

struct rotation_key
rota_make(const struct softtoken *t, const char *label, uint8_t id,
          char ret_kid[static KID_SIZE])
{
	AUTO(buf_release) struct buf why = buf_of(256);
	const struct hsm_token_name name = { t->module, SOFTTOKEN_LABEL, "" };
	const struct hsm_keygen wanted = { ALG_ES256, label, bytes_of(&id, 1),
		                           "" };
	struct hsm_keygen_result r;
	struct rotation_key k = { .uri = "" };
	enum alg alg;

	CU_ASSERT_EQUAL_FATAL(
	        hsm_token_keygen(&name, t->pin, &wanted, &why, &r), OK);
	CU_ASSERT_EQUAL(
	        key_identify(bytes_of(r.spki, r.spki_len), &alg, ret_kid), OK);
	snprintf(k.uri, sizeof(k.uri), "%s", r.uri);
	digest_sha256(bytes_of(r.spki, r.spki_len), k.public_sha256);
	return k;
}

bool
rota_open(struct rota *k)
{
	memset(k, 0, sizeof(*k));
	if (!rig_open(&k->rig))
		return false;
	k->rig.groups = groups;
	snprintf(k->old.uri, sizeof(k->old.uri), "%s", k->rig.token.uri);
	memcpy(k->old.public_sha256, k->rig.token.public_sha256, HASH_SIZE);
	liar_honest_again(k->rig.token.module);
	k->next = rota_make(&k->rig.token, "next", 2, k->next_kid);
	return true;
}

void
rota_close(struct rota *k)
{
	rig_close(&k->rig);
}

const char *
rota_write(struct rota *k, const struct rotation *r)
{
	AUTO(buf_release) struct buf text = buf_of(sizeof(k->text) - 1);

	rotation_put(&text, r);
	snprintf(k->text, sizeof(k->text), "%s", buf_str(&text));
	return k->text;
}

struct rotation
rota_two(const struct rota *k, uint64_t from_s, uint64_t retire_s)
{
	struct rotation r = { .n = 2, .keys = { k->old, k->next } };

	r.keys[0].retire_at_s = retire_s;
	r.keys[1].publish_at_s = from_s < rota_now_s() ? from_s : rota_now_s();
	r.keys[1].sign_from_s = from_s;
	return r;
}

void
rota_give(struct rota *k, const struct rotation *r)
{
	CU_ASSERT_TRUE_FATAL(
	        lifeline_text(k->rig.life, "rotation", rota_write(k, r)));
}

struct wire_key_held
rota_hear(struct rota *k, struct peer *p, char ret_kid[static KID_SIZE])
{
	struct wire_key_held m = { .until_s = 77 };
	struct bytes packet;

	CU_ASSERT_TRUE_FATAL(
	        peer_receive_id(p, WIRE_ID_KEY_HELD, WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_key_held(packet, &m), OK);
	CU_ASSERT_EQUAL(
	        keyring_add(k->rig.ring, m.kid, m.spki, (enum alg)m.alg), OK);
	snprintf(ret_kid, KID_SIZE, "%.*s", (int)m.kid.len,
	         (const char *)m.kid.data);
	return m;
}

void
rota_hear_both(struct rota *k, struct peer *p, const struct rotation *r)
{
	char kid[KID_SIZE];
	struct wire_key_held m = rota_hear(k, p, kid);

	CU_ASSERT_STRING_EQUAL(kid, k->old_kid);
	CU_ASSERT_EQUAL(m.until_s, r->keys[0].retire_at_s);
	CU_ASSERT_EQUAL(m.signs_from_s, 0);
	m = rota_hear(k, p, kid);
	CU_ASSERT_STRING_EQUAL(kid, k->next_kid);
	CU_ASSERT_EQUAL(m.until_s, 0);
	CU_ASSERT_EQUAL(m.signs_from_s, r->keys[1].sign_from_s);
}

void
rota_open_old(struct rota *k)
{
	char kid[KID_SIZE];
	enum alg alg;
	struct bytes packet;
	struct wire_key_held m;

	life_open(&k->rig);
	k->rig.front = lifeline_edge(k->rig.life, WIRE_ROLE_FRONT, 0);
	k->rig.ledger = lifeline_edge(k->rig.life, WIRE_ROLE_LEDGER, 0);
	CU_ASSERT_TRUE_FATAL(peer_receive_id(k->rig.front, WIRE_ID_KEY_HELD,
	                                     WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_key_held(packet, &m), OK);
	CU_ASSERT_EQUAL(key_identify(m.spki, &alg, kid), OK);
	snprintf(k->old_kid, sizeof(k->old_kid), "%s", kid);
	CU_ASSERT_TRUE(peer_receive_id(k->rig.ledger, WIRE_ID_KEY_HELD, WAIT_MS,
	                               &packet));
}

void
rota_signs(struct rota *k, const char *kid)
{
	static uint64_t request = 100;

	rig_ask(&k->rig, k->rig.front, ++request);
	struct challenge c = rig_take(&k->rig, k->rig.front, request);
	bool same = bytes_equal_str(c.head.kid, kid);
	if (!same)
		printf("signed by %.*s\n", (int)c.head.kid.len,
		       (const char *)c.head.kid.data);
	CU_ASSERT_TRUE(same);
}

void
rota_signs_soon(struct rota *k, const char *kid)
{
	for (unsigned i = 0; i < 50; i++) {
		rig_ask(&k->rig, k->rig.front, 1000 + i);
		struct challenge c = rig_take(&k->rig, k->rig.front, 1000 + i);
		const struct timespec t = { .tv_nsec = 20000000 };

		if (bytes_equal_str(c.head.kid, kid))
			return;
		nanosleep(&t, NULL);
	}
	CU_FAIL("does not sign by that key");
}
