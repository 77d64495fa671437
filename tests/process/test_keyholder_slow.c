/*
 * test_keyholder_slow.c - a token that takes 200 ms for a signature, or longer
 * than it may: what the key holder does meanwhile.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/keyholder_rig.h"
#include "base/clock.h"
#include "proc/role.h"

#define SIGN_MS 200
#define SLOW "C_Sign every delay 200"
#define TRIES 5 /* where a busy machine may spoil one */

#define SHIM(r, script)                           \
	RIG(r);                                   \
	if (!rig_shim(&(r), (script))) {          \
		harness_skip("no shim is built"); \
		return;                           \
	}

static void
ask_as(struct rig *r, const char *tenant, uint64_t request)
{
	struct wire_challenge_make m = rig_request(request);

	m.tenant = bytes_of_str(tenant);
	wire_put_challenge_make(&r->packet, &m);
	CU_ASSERT_TRUE(peer_send(r->front, &r->packet));
}

/* A signature is under way: request 1, which nobody asks for afterwards. */
static uint64_t
begin_signature(struct rig *r)
{
	uint64_t began_at = clock_mono_ms();

	rig_ask(r, r->front, 1);
	usleep(30000);
	return began_at;
}

static bool
same_batch(const struct challenge *a, const struct challenge *b)
{
	return memcmp(a->root, b->root, HASH_SIZE) == 0;
}

/* --- meanwhile ------------------------------------------------------------ */

/* What comes during a signature is read then, not afterwards. */
static void
test_listens(void)
{
	SHIM(r, SLOW);
	bool early = false;

	life_open(&r);
	for (uint16_t i = 1; i <= TRIES && !early; i++) {
		uint64_t began_at = begin_signature(&r);
		struct peer *other = lifeline_edge(r.life, WIRE_ROLE_FRONT, i);

		rig_take_key(&r, other);
		early = clock_mono_ms() - began_at < SIGN_MS;
		rig_take(&r, r.front, 1);
		CU_ASSERT_TRUE(clock_mono_ms() - began_at >= SIGN_MS);
	}
	CU_ASSERT_TRUE(early);
}

/* Asks ten times, from request at on, while a signature is under way; how many
 * of them the batch of the first one has. */
static uint64_t
next_batch(struct rig *r, uint64_t at)
{
	uint64_t alike = 1;

	(void)begin_signature(r);
	for (uint64_t i = at; i < at + 10; i++) {
		rig_ask(r, r->front, i);
		usleep(1000);
	}
	rig_take(r, r->front, 1);
	struct challenge first = rig_take(r, r->front, at);
	for (uint64_t i = at + 1; i < at + 10; i++) {
		struct challenge c = rig_take(r, r->front, i);
		alike += same_batch(&first, &c);
	}
	CU_ASSERT_EQUAL(alike, first.head.batch_size);
	return alike;
}

/* It is in the next batch, and not in the one after. */
static void
test_next_batch(void)
{
	SHIM(r, SLOW);
	uint64_t alike = 0;

	life_open(&r);
	for (uint64_t i = 1; i <= TRIES && alike != 10; i++)
		alike = next_batch(&r, 100 * i);
	CU_ASSERT_EQUAL(alike, 10);
}

/* Another's crowd, which came first, fills the next batch and more (one has
 * 16 places): the late one still has its share of it. */
static void
test_fair(void)
{
	enum { CROWD = 60 };
	SHIM(r, SLOW);
	struct challenge late = { .nonce = { 0 } };
	bool came = false;

	life_open(&r);
	/* Random numbers are drawn with the first signature: without any, nothing
	 * would be composed during the next. */
	rig_ask(&r, r.front, 3);
	rig_take(&r, r.front, 3);
	(void)begin_signature(&r);
	for (uint64_t i = 0; i < CROWD; i++)
		ask_as(&r, "backend-a", 100 + i);
	usleep(50000); /* all are read, and half of the batch is full */
	ask_as(&r, "backend-b", 2);

	rig_take(&r, r.front, 1);
	struct challenge first = rig_take(&r, r.front, 100);
	for (uint64_t i = 1; i < 16 && !came; i++) {
		struct wire_challenge_made m;
		struct bytes packet;

		CU_ASSERT_TRUE_FATAL(peer_receive_id(r.front,
		                                     WIRE_ID_CHALLENGE_MADE,
		                                     HARNESS_WAIT_MS, &packet));
		CU_ASSERT_EQUAL_FATAL(wire_get_challenge_made(packet, &m), OK);
		CU_ASSERT_EQUAL_FATAL(challenge_open(m.challenge, &late), OK);
		CU_ASSERT_EQUAL(challenge_verify(&late, r.ring), OK);
		came = m.request == 2;
		CU_ASSERT_TRUE(came || m.request == 100 + i);
	}
	CU_ASSERT_TRUE(came);
	CU_ASSERT_TRUE(same_batch(&first, &late));
	CU_ASSERT_TRUE(bytes_equal_str(late.claims.aud, "backend-b"));
}

/* A result has its turn between two batches: when it comes, the challenges of
 * the one under way are there, and of the next at most. */
static void
test_results(void)
{
	enum { N = 60 };
	SHIM(r, SLOW);
	struct wire_result_sign m = rig_result(&r, 9);
	struct bytes packet;
	uint64_t n = 0;

	life_open(&r);
	(void)begin_signature(&r);
	for (uint64_t i = 2; i < N; i++)
		rig_ask(&r, r.front, i);
	wire_put_result_sign(&r.packet, &m);
	CU_ASSERT_TRUE(peer_send(r.ledger, &r.packet));
	CU_ASSERT_TRUE(peer_receive_id(r.ledger, WIRE_ID_RESULT_SIGNED,
	                               HARNESS_WAIT_MS, &packet));
	while (peer_receive_id(r.front, WIRE_ID_CHALLENGE_MADE, 0, &packet))
		n++;
	CU_ASSERT_TRUE(n >= 1 && n <= 1 + 16);
	for (uint64_t i = n + 1; i < N; i++)
		rig_take(&r, r.front, i);
}

/* A front that goes takes along what is being signed for it, and what has been
 * gathered; its successor is served. */
static void
test_front_goes(void)
{
	SHIM(r, SLOW);
	life_open(&r);
	(void)begin_signature(&r);
	for (uint64_t i = 2; i < 40; i++)
		rig_ask(&r, r.front, i);
	usleep(20000);
	peer_close(r.front);
	r.front = lifeline_edge(r.life, WIRE_ROLE_FRONT, 0);
	rig_take_key(&r, r.front);
	rig_ask(&r, r.front, 77);
	rig_take(&r, r.front, 77);
}

/* Told to stop during a signature, it waits for it and no longer. */
static void
test_stops(void)
{
	SHIM(r, SLOW);
	life_open(&r);
	(void)begin_signature(&r);
	life_end(&r); /* asks for a good end */
}

/* --- too long, or failed -------------------------------------------------- */

/* Opening signs three times; then the first is made by the worker, since nobody
 * knows yet that the token is fast, the second in the loop. */
static void
hangs(const char *script, uint64_t before)
{
	SHIM(r, script);
	r.deadline_ms = 300;
	life_open(&r);
	for (uint64_t i = 0; i < before; i++) {
		rig_ask(&r, r.front, i);
		rig_take(&r, r.front, i);
	}
	uint64_t began_at = clock_mono_ms();
	rig_ask(&r, r.front, 50);
	usleep(20000);
	for (uint64_t i = 51; i < 90; i++)
		rig_ask(&r, r.front, i);
	life_ends(&r, before ? ROLE_EXIT_PART : ROLE_EXIT_VAIN);
	uint64_t took_for = clock_mono_ms() - began_at;
	CU_ASSERT_TRUE(took_for >= 300 &&
	               took_for <
	                       harness_promised_ms(2500)); /* the deadline's */
}

static void
test_deadline(void)
{
	hangs("C_Sign 4 hang", 0);
	hangs("C_Sign 5 hang", 1);
}

/* All that wait hear of it, in their order, wherever they wait. */
static void
test_fails(void)
{
	SHIM(r, "C_Sign 4 DEVICE_ERROR");
	life_open(&r);
	for (uint64_t i = 0; i < 40; i++)
		rig_ask(&r, r.front, i);
	for (uint64_t i = 0; i < 40; i++)
		rig_unavailable(r.front, i);
	life_ends(&r, ROLE_EXIT_VAIN);
}

static const struct harness_test tests[] = {
	{ "listens while the token signs", test_listens },
	{ "what comes meanwhile is in the next batch", test_next_batch },
	{ "and so is a tenant that comes after a crowd", test_fair },
	{ "results have their turn", test_results },
	{ "a front that goes takes its questions along", test_front_goes },
	{ "stops during a signature", test_stops },
	{ "ends when a signature takes too long", test_deadline },
	{ "a token that fails is told to all that wait", test_fails },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder_slow", tests)
