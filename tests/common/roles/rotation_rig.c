/*
 * rotation_rig.c - see rotation_rig.h.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"
#undef RIG /* the next has its own */
#include "base/clock.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/roles/rotation_rig.h"

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

struct pin
rota_make(const struct softtoken *t, const char *label, uint8_t id)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(pins_free) struct pins *pins = pins_kit_new();
	const struct hsm_token_name name = { t->module, SOFTTOKEN_LABEL, "",
		                             NULL };
	const struct hsm_keygen wanted = { .alg = ALG_ES256,
		                           .label = label,
		                           .id = bytes_of(&id, 1),
		                           .handle_label = "" };
	struct hsm_keygen_result r;

	CU_ASSERT_EQUAL_FATAL(
	        hsm_token_keygen(&name, t->pin, &wanted, &why, &r), OK);
	struct pin *pin = pins_kit_add(pins, "token", 1,
	                               bytes_of(r.spki, r.spki_len), ALG_ES256);
	snprintf(pin->uri, sizeof(pin->uri), "%s", r.uri);
	return *pin;
}

static void
take_old(struct rota *k)
{
	AUTO(pins_free) struct pins *pins = pins_kit_new();
	const struct softtoken *t = &k->rig.token;

	k->old = *pins_kit_add(pins, "token", 1, bytes_of(t->spki, t->spki_len),
	                       t->alg);
	snprintf(k->old.uri, sizeof(k->old.uri), "%s", t->uri);
}

bool
rota_open(struct rota *k)
{
	memset(k, 0, sizeof(*k));
	if (!rig_open(&k->rig))
		return false;
	k->rig.groups = groups;
	take_old(k);
	liar_honest_again(k->rig.token.module);
	k->next = rota_make(&k->rig.token, "next", 2);
	memcpy(k->old_kid, k->old.kid, KID_SIZE);
	memcpy(k->next_kid, k->next.kid, KID_SIZE);
	k->pins.version = 1; /* what rig_open() pins */
	return true;
}

void
rota_close(struct rota *k)
{
	rig_close(&k->rig);
}

/* From here on the ring of the peers is of this file, too. */
const char *
rota_write(struct rota *k)
{
	AUTO(buf_release) struct buf text = buf_of(sizeof(k->text) - 1);

	pins_put(&text, &k->pins);
	snprintf(k->text, sizeof(k->text), "%s", buf_str(&text));
	return k->text;
}

void
rota_one(struct rota *k)
{
	k->pins = (struct pins){ .version = k->pins.version + 1,
		                 .n = 1,
		                 .keys = { k->old } };
}

void
rota_two(struct rota *k, uint64_t from_s, uint64_t until_s)
{
	k->pins = (struct pins){ .version = k->pins.version + 1,
		                 .n = 2,
		                 .keys = { k->old, k->next } };
	k->pins.keys[0].until_s = until_s;
	k->pins.keys[1].publish_s =
	        from_s < rota_now_s() ? from_s : rota_now_s();
	k->pins.keys[1].from_s = from_s;
}

void
rota_give(struct rota *k)
{
	CU_ASSERT_TRUE_FATAL(lifeline_text(k->rig.life, "pins", rota_write(k)));
	/* The peers verify by both keys, whatever this file says. */
	for (unsigned i = 0; i < 2; i++) {
		const struct pin *pin = i ? &k->next : &k->old;

		CU_ASSERT_EQUAL(keyring_add(k->rig.ring, bytes_of_str(pin->kid),
		                            pin_spki(pin), pin->alg),
		                OK);
	}
}

void
rota_hear(struct rota *k, struct peer *p, char ret_kid[static KID_SIZE])
{
	struct wire_key_held m;
	struct bytes packet;

	(void)k;
	CU_ASSERT_TRUE_FATAL(
	        peer_receive_id(p, WIRE_ID_KEY_HELD, HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_key_held(packet, &m), OK);
	CU_ASSERT_EQUAL(m.node, 1);
	snprintf(ret_kid, KID_SIZE, "%.*s", (int)m.kid.len,
	         (const char *)m.kid.data);
}

void
rota_hear_both(struct rota *k, struct peer *p)
{
	char kid[KID_SIZE];

	rota_hear(k, p, kid);
	CU_ASSERT_STRING_EQUAL(kid, k->old_kid);
	rota_hear(k, p, kid);
	CU_ASSERT_STRING_EQUAL(kid, k->next_kid);
}

void
rota_open_old(struct rota *k)
{
	char kid[KID_SIZE];

	life_open(&k->rig);
	k->rig.front = lifeline_edge(k->rig.life, WIRE_ROLE_FRONT, 0);
	k->rig.ledger = lifeline_edge(k->rig.life, WIRE_ROLE_LEDGER, 0);
	rota_hear(k, k->rig.front, kid);
	CU_ASSERT_STRING_EQUAL(kid, k->old_kid);
	rota_hear(k, k->rig.ledger, kid);
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
