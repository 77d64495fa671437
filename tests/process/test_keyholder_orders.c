/*
 * test_keyholder_orders.c - orders to replace the signing key: which the key
 * holder refuses, and what a later life makes of one.
 */
#include <stdio.h>
#include <string.h>

#include "../common/harness.h"
#include "../common/liar.h"
#undef RIG /* the next has its own */
#include "../common/rotation_rig.h"
#include "hsm_next.h"

/* --- what is refused ------------------------------------------------------ */

static void
must_refuse(struct rota *k, const char *text, const char *part)
{
	CU_ASSERT_TRUE(lifeline_text(k->rig.life, "rotation", text));
	bool said = lifeline_wait_status(k->rig.life, true, part, WAIT_MS);
	if (!said)
		printf("not refused: %s\n%s", part, text);
	CU_ASSERT_TRUE(said);
	rota_signs(k, k->old_kid);
}

static void
must_refuse_order(struct rota *k, const struct rotation *r, const char *part)
{
	must_refuse(k, rota_write(k, r), part);
}

static void
test_refused(void)
{
	ROTA(k);
	char kid[KID_SIZE];
	liar_add_pair(&k.rig.token, "loose", bytes_of(liar_id_1, 1), true);
	const struct rotation_key third =
	        rota_make(&k.rig.token, "third", 3, kid);
	rota_open_old(&k);
	const uint64_t from = rota_now_s() + 600;
	const struct rotation good = rota_two(&k, from, from + 60);
	struct rotation bad;

	must_refuse(&k, "nonsense\n", "line 1");
	must_refuse(&k, "", "no key");
	bad = good;
	bad.keys[0] = third;
	bad.keys[0].retire_at_s = from + 60;
	must_refuse_order(&k, &bad, "does not name the key that signs");
	bad = rota_two(&k, rota_now_s() - 1, rota_now_s() + 60);
	must_refuse_order(&k, &bad, "another key would sign at once");
	bad = rota_two(&k, from, from);
	bad.keys[0].retire_at_s = from + 1;
	bad.keys[1].sign_from_s = from + 1;
	must_refuse_order(&k, &bad, "retires while it signs");
	bad = good;
	bad.keys[1].public_sha256[0] ^= 1;
	must_refuse_order(&k, &bad, "public_sha256");
	bad = good;
	bad.keys[1].uri[strlen("pkcs11")] = ';';
	must_refuse_order(&k, &bad, "token URI");
	bad = good;
	char *at = strstr(bad.keys[1].uri, "object=next");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memcpy(at, "object=nexu", strlen("object=nexu"));
	must_refuse_order(&k, &bad, "no key 'nexu'");

	/* A good one is followed after all that. */
	rota_give(&k, &good);
	CU_ASSERT_TRUE(lifeline_wait_status(k.rig.life, true, "", WAIT_MS));
	rota_hear_both(&k, k.rig.front, &good);
	life_end(&k.rig);
}

static void
test_refused_overlap(void)
{
	ROTA(k);
	k.rig.groups = "challenge: { batch=16; ttl=1; ttl_max=100; };\n"
	               "result: { ttl=200; };\n";
	rota_open_old(&k);
	const uint64_t from = rota_now_s() + 600;
	struct rotation r = rota_two(&k, from, from + 199);

	must_refuse_order(&k, &r, "before what it signed has expired");
	r = rota_two(&k, from, from + 200);
	rota_give(&k, &r);
	rota_hear_both(&k, k.rig.front, &r);
	life_end(&k.rig);
}

static void
test_refused_loose(void)
{
	ROTA(k);
	static const uint8_t id[] = { 9 };
	liar_add_pair(&k.rig.token, "loose", bytes_of(id, 1), true);
	rota_open_old(&k);
	struct rotation r =
	        rota_two(&k, rota_now_s() + 600, rota_now_s() + 700);
	char *at = strstr(r.keys[1].uri, "object=");

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	snprintf(at, sizeof(r.keys[1].uri) - (size_t)(at - r.keys[1].uri),
	         "object=loose;id=%%09");
	must_refuse_order(&k, &r, "CKA_");
	life_end(&k.rig);
}

/* --- later lives ---------------------------------------------------------- */

static void
destroy(const struct rota *k, const struct rotation_key *key)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	const struct hsm_key_pinned pinned = { k->rig.token.module, key->uri,
		                               key->public_sha256 };

	CU_ASSERT_EQUAL(hsm_key_destroy(&pinned, k->rig.token.pin, &why), OK);
	CU_ASSERT_EQUAL(hsm_key_destroy(&pinned, k->rig.token.pin, &why),
	                E_NOT_FOUND);
}

static void
test_lives(void)
{
	ROTA(k);
	rota_open_old(&k);
	life_end(&k.rig);
	char kid[KID_SIZE];

	/* Before the switch, after it, and after the old one has gone. */
	struct rotation r =
	        rota_two(&k, rota_now_s() + 600, rota_now_s() + 700);
	k.rig.order = rota_write(&k, &r);
	life_open(&k.rig);
	(void)rota_hear(&k, k.rig.front, kid);
	CU_ASSERT_STRING_EQUAL(kid, k.next_kid);
	rota_signs(&k, k.old_kid);
	life_end(&k.rig);

	r = rota_two(&k, rota_now_s() - 1, rota_now_s() + 700);
	k.rig.order = rota_write(&k, &r);
	life_open(&k.rig);
	(void)rota_hear(&k, k.rig.front, kid);
	rota_signs(&k, k.next_kid);
	/* A file that is no good now: the order before stands, also for the
	 * next life. */
	CU_ASSERT_TRUE(lifeline_text(k.rig.life, "rotation", "nonsense\n"));
	CU_ASSERT_TRUE(
	        lifeline_wait_status(k.rig.life, true, "refused", WAIT_MS));
	rota_signs(&k, k.next_kid);
	life_end(&k.rig);
	k.rig.order = "nonsense\n";
	life_open(&k.rig);
	(void)rota_hear(&k, k.rig.front, kid);
	rota_signs(&k, k.next_kid);
	life_end(&k.rig);

	r = rota_two(&k, rota_now_s() - 100, rota_now_s() - 50);
	k.rig.order = rota_write(&k, &r);
	destroy(&k, &k.old);
	life_open(&k.rig);
	rota_signs(&k, k.next_kid);
	k.rig.front = lifeline_edge(k.rig.life, WIRE_ROLE_FRONT, 0);
	(void)rota_hear(&k, k.rig.front, kid);
	CU_ASSERT_STRING_EQUAL(kid, k.next_kid);
	life_end(&k.rig);
}

/* A life that begins when a bad key should sign: the old one does, although
 * its time is over; a key retires only when its successor is in use. */
static void
test_life_bad_next(void)
{
	ROTA(k);
	rota_open_old(&k);
	life_end(&k.rig);
	struct rotation r = rota_two(&k, rota_now_s() - 100, rota_now_s() - 50);

	r.keys[1].public_sha256[0] ^= 1;
	k.rig.order = rota_write(&k, &r);
	life_begin(&k.rig);
	CU_ASSERT_TRUE(lifeline_wait_status(k.rig.life, true,
	                                    "rotation refused", WAIT_MS));
	rig_take_key(&k.rig, k.rig.front);
	rota_signs(&k, k.old_kid);
	/* so it must stay published */
	char kid[KID_SIZE];
	k.rig.front = lifeline_edge(k.rig.life, WIRE_ROLE_FRONT, 0);
	CU_ASSERT_EQUAL(rota_hear(&k, k.rig.front, kid).until_s, 0);
	CU_ASSERT_STRING_EQUAL(kid, k.old_kid);
	rota_pause_until(rota_now_s() + 1);
	rota_signs(&k, k.old_kid);
	life_end(&k.rig);
}

static void
test_life_none(void)
{
	ROTA(k);
	struct rotation r = rota_two(&k, rota_now_s() - 100, rota_now_s() - 50);

	r.keys[1].public_sha256[0] ^= 1;
	r.keys[0].public_sha256[0] ^= 1;
	k.rig.order = rota_write(&k, &r);
	life_begin(&k.rig);
	CU_ASSERT_TRUE(lifeline_wait_status(k.rig.life, false, "public_sha256",
	                                    WAIT_MS));
	CU_ASSERT_TRUE(rig_latched(&k.rig));
	life_end(&k.rig);
}

static const struct harness_test tests[] = {
	{ "refuses a bad order and signs on", test_refused },
	{ "refuses an overlap that is too short", test_refused_overlap },
	{ "refuses a key that can leave", test_refused_loose },
	{ "later lives follow the order", test_lives },
	{ "signs by the old key when the new one is no good",
	  test_life_bad_next },
	{ "latches when none is", test_life_none },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder_orders", tests)
