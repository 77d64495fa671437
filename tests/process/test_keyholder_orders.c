/*
 * test_keyholder_orders.c - pins files that replace the signing key: which the
 * key holder cannot follow, and what a later life makes of one.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"
#undef RIG /* the next has its own */
#include "tests/common/roles/rotation_rig.h"
#include "crypto/digest.h"
#include "hsm/admin/rotate.h"
#include "proc/role.h"

/* --- what is refused ------------------------------------------------------ */

/* A version that names a key which cannot be held: said, and the old key signs
 * on. */
static void
must_refuse(struct rota *k, const char *part)
{
	rota_give(k);
	bool said =
	        lifeline_wait_status(k->rig.life, true, part, HARNESS_WAIT_MS);
	if (!said)
		printf("not refused: %s\n", part);
	CU_ASSERT_TRUE(said);
	rota_signs(k, k->old_kid);
}

static void
next_two(struct rota *k)
{
	rota_two(k, rota_now_s() + 600, rota_now_s() + 700);
}

static void
put_object(struct pin *pin, const char *object)
{
	char *at = strstr(pin->uri, "object=");

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	snprintf(at, sizeof(pin->uri) - (size_t)(at - pin->uri), "%s", object);
}

static void
test_refused(void)
{
	ROTA(k);
	static const uint8_t id[] = { 9 };
	static const uint8_t id_8[] = { 8 };
	liar_add_pair(&k.rig.token, "loose", bytes_of(id, 1), true);
	liar_add_pair_with(&k.rig.token, "asks", bytes_of(id_8, 1),
	                   p11_in(CKA_ALWAYS_AUTHENTICATE, &liar_yes, 1));
	const struct pin third = rota_make(&k.rig.token, "third", 3);
	rota_open_old(&k);

	/* Another public half than that of the object; a key that can leave; a
	 * key that is not there. */
	next_two(&k);
	memcpy(k.pins.keys[1].uri, third.uri, sizeof(third.uri));
	must_refuse(&k, "not the pinned");
	next_two(&k);
	put_object(&k.pins.keys[1], "object=loose;id=%09");
	must_refuse(&k, "CKA_");
	next_two(&k);
	put_object(&k.pins.keys[1], "object=nexu;id=%02");
	must_refuse(&k, "no key 'nexu'");

	/* One that wants the PIN for each signature (SoftHSM keeps to that): it
	 * is not asked for one. */
	next_two(&k);
	put_object(&k.pins.keys[1], "object=asks;id=%08");
	must_refuse(&k, "CKA_ALWAYS_AUTHENTICATE");

	/* A good one is followed after all that. */
	next_two(&k);
	rota_give(&k);
	CU_ASSERT_TRUE(
	        lifeline_wait_status(k.rig.life, true, "", HARNESS_WAIT_MS));
	life_end(&k.rig);
}

/* An older file, the same version with other bytes, and nonsense change
 * nothing. */
static void
test_refused_files(void)
{
	ROTA(k);
	struct bytes packet;

	rota_open_old(&k);
	k.pins.version = 6;
	next_two(&k); /* 7 */
	rota_give(&k);
	rota_hear_both(&k, k.rig.front);
	k.pins.keys[1].from_s = rota_now_s() - 1; /* the same version */
	k.pins.keys[1].publish_s = rota_now_s() - 1;
	rota_give(&k);
	k.pins.version = 6;
	rota_give(&k);
	CU_ASSERT_TRUE(lifeline_text(k.rig.life, "pins", "nonsense\n"));
	CU_ASSERT_FALSE(
	        peer_receive_id(k.rig.front, WIRE_ID_KEY_HELD, 600, &packet));
	rota_signs(&k, k.old_kid);
	life_end(&k.rig);
}

/* --- later lives ---------------------------------------------------------- */

static void
destroy(const struct rota *k, const struct pin *pin)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	uint8_t sha256[HASH_SIZE];
	const struct hsm_key_pinned pinned = { k->rig.token.module, pin->uri,
		                               sha256, false, NULL };

	digest_sha256(pin_spki(pin), sha256);
	CU_ASSERT_EQUAL(hsm_key_destroy(&pinned, k->rig.token.pin, &why), OK);
	CU_ASSERT_EQUAL(hsm_key_destroy(&pinned, k->rig.token.pin, &why),
	                E_NOT_FOUND);
}

/* What the key holder wrote for officers. */
static void
must_record(const struct rota *k, const char *kid)
{
	char path[256], text[256] = "", wanted[256];

	snprintf(path, sizeof(path), "%s/state/signs", k->rig.token.directory);
	snprintf(wanted, sizeof(wanted), "kid %s\nversion %u\n", kid,
	         k->pins.version);
	FILE *f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_TRUE(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	CU_ASSERT_STRING_EQUAL(text, wanted);
}

static void
test_lives(void)
{
	ROTA(k);
	char kid[KID_SIZE];

	/* Before the switch, after it, and after the old one has gone. */
	next_two(&k);
	k.rig.pins = rota_write(&k);
	life_open(&k.rig);
	rota_hear(&k, k.rig.front, kid);
	CU_ASSERT_STRING_EQUAL(kid, k.next_kid);
	rota_signs(&k, k.old_kid);
	must_record(&k, k.old_kid);
	life_end(&k.rig);

	rota_two(&k, rota_now_s() - 1, rota_now_s() + 700);
	k.rig.pins = rota_write(&k);
	life_open(&k.rig);
	rota_signs(&k, k.next_kid);
	must_record(&k, k.next_kid);
	life_end(&k.rig);

	rota_two(&k, rota_now_s() - 100, rota_now_s() - 50);
	k.rig.pins = rota_write(&k);
	destroy(&k, &k.old);
	life_open(&k.rig);
	rota_signs(&k, k.next_kid);
	k.rig.front = lifeline_edge(k.rig.life, WIRE_ROLE_FRONT, 0);
	rota_hear(&k, k.rig.front, kid);
	CU_ASSERT_STRING_EQUAL(kid, k.next_kid);
	life_end(&k.rig);
}

/* The key whose turn it is cannot be held: the one before it signs, and only
 * until it is over. */
static void
test_life_bad_next(void)
{
	ROTA(k);
	rota_two(&k, rota_now_s() - 1, rota_now_s() + 700);
	put_object(&k.pins.keys[1], "object=nexu;id=%02");
	k.rig.pins = rota_write(&k);
	life_begin(&k.rig);
	CU_ASSERT_TRUE(lifeline_wait_status(k.rig.life, true, "is not held",
	                                    HARNESS_WAIT_MS));
	rig_take_key(&k.rig, k.rig.front);
	rota_signs(&k, k.old_kid);
	must_record(&k, k.old_kid);
	life_end(&k.rig);
}

/* So is one whose turn comes later: said by a life that begins with it, which
 * signs by the old key, until a version names one that is there. */
static void
test_life_bad_later(void)
{
	ROTA(k);
	next_two(&k);
	put_object(&k.pins.keys[1], "object=nexu;id=%02");
	k.rig.pins = rota_write(&k);
	life_begin(&k.rig);
	CU_ASSERT_TRUE(lifeline_first_status(k.rig.life, true, "is not held",
	                                     HARNESS_WAIT_MS));
	rig_take_key(&k.rig, k.rig.front);
	rota_signs(&k, k.old_kid);
	must_record(&k, k.old_kid);
	next_two(&k);
	rota_give(&k);
	CU_ASSERT_TRUE(
	        lifeline_wait_status(k.rig.life, true, "", HARNESS_WAIT_MS));
	life_end(&k.rig);
}

static void
test_life_over(void)
{
	ROTA(k);
	rota_two(&k, rota_now_s() - 100, rota_now_s() - 50);
	put_object(&k.pins.keys[1], "object=nexu;id=%02");
	k.rig.pins = rota_write(&k);
	life_begin(&k.rig);
	/* The old one is in the token, and over: it never signs again. */
	CU_ASSERT_TRUE(lifeline_wait_status(k.rig.life, false, "no key",
	                                    HARNESS_WAIT_MS));
	CU_ASSERT_TRUE(rig_latched(&k.rig));
	life_end(&k.rig);
}

/* In the middle of a life, too. */
static void
test_over_while_open(void)
{
	ROTA(k);
	rota_open_old(&k);
	rota_two(&k, rota_now_s() + 1, rota_now_s() + 2);
	put_object(&k.pins.keys[1], "object=nexu;id=%02");
	rota_give(&k);
	CU_ASSERT_TRUE(lifeline_wait_status(k.rig.life, false, "has ended",
	                                    HARNESS_WAIT_MS));
	life_ends(&k.rig, ROLE_EXIT_PART);
}

/* No file, no key of this token, another node: nothing is even opened. */
static void
test_nothing_pinned(void)
{
	static const char *const why[] = { "no pins file", "for this token",
		                           "another node" };

	for (unsigned i = 0; i < ARRAY_LEN(why); i++) {
		ROTA(k);
		rota_one(&k);
		if (i == 1)
			snprintf(k.pins.keys[0].token, PINS_TOKEN_SIZE, "b");
		if (i == 2)
			k.pins.keys[0].node = 2;
		k.rig.pins = i ? rota_write(&k) : "";
		life_begin(&k.rig);
		CU_ASSERT_TRUE(lifeline_wait_status(k.rig.life, false, why[i],
		                                    HARNESS_WAIT_MS));
		CU_ASSERT_FALSE(rig_latched(&k.rig));
		life_ends(&k.rig, ROLE_EXIT_PART);
	}
}

static const struct harness_test tests[] = {
	{ "says which pinned key it cannot hold, and signs on", test_refused },
	{ "takes no older file and no other bytes", test_refused_files },
	{ "later lives follow the pins", test_lives },
	{ "signs by the old key while the new one is no good",
	  test_life_bad_next },
	{ "says from its birth that the next one is no good",
	  test_life_bad_later },
	{ "never by a key that is over", test_life_over },
	{ "nor goes on with one", test_over_while_open },
	{ "opens nothing when nothing is pinned", test_nothing_pinned },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder_orders", tests)
