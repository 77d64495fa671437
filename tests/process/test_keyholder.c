/*
 * test_keyholder.c - the real key holder on a real SoftHSM; the test is its
 * supervisor, its front and its ledger.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/keyholder_rig.h"
#include "base/clock.h"
#include "crypto/token/ear.h"
#include "proc/role.h"

static void
test_challenge(void)
{
	RIG(r);
	uint64_t now_s = clock_wall_ms() / 1000;

	life_open(&r);
	CU_ASSERT_EQUAL(r.epoch, 1);
	rig_ask(&r, r.front, 7);
	struct challenge c = rig_take(&r, r.front, 7);
	CU_ASSERT_TRUE(bytes_equal_str(c.claims.aud, "backend-a"));
	CU_ASSERT_TRUE(
	        bytes_equal_str(c.claims.iss, "https://anchord.example"));
	CU_ASSERT_EQUAL(c.claims.workflow, WORKFLOW_METADATA);
	CU_ASSERT_TRUE(
	        bytes_equal_str(c.claims.bindings.device_handle, "dh1_x"));
	CU_ASSERT_EQUAL(c.claims.cti.node, 1);
	CU_ASSERT_EQUAL(c.claims.cti.epoch, 1);
	CU_ASSERT_EQUAL(c.claims.cti.serial, 1);
	CU_ASSERT_EQUAL(c.head.batch_size, 2); /* itself and a decoy */
	CU_ASSERT_TRUE(c.claims.iat_s >= now_s && c.claims.iat_s <= now_s + 10);
	CU_ASSERT_EQUAL(c.claims.exp_s, c.claims.iat_s + 60);
}

static int
by_hash(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

/* Several hundred at once: few signatures, no two alike, order kept. */
static void
test_batches(void)
{
	enum { N = 600 };
	static uint8_t salts[N][HASH_SIZE];
	RIG(r);
	uint8_t root[HASH_SIZE] = { 0 };
	unsigned batches = 0;

	life_open(&r);
	struct peer *second = lifeline_edge(r.life, WIRE_ROLE_FRONT, 1);
	rig_take_key(&r, second);
	for (uint64_t i = 0; i < N; i++)
		rig_ask(&r, i % 2 ? second : r.front, i);
	for (uint64_t i = 0; i < N; i += 2) {
		struct challenge c = rig_take(&r, r.front, i);

		memcpy(salts[i], c.claims.salt, HASH_SIZE);
		CU_ASSERT_TRUE(c.head.batch_size <= 16);
		batches += memcmp(root, c.root, HASH_SIZE) != 0;
		memcpy(root, c.root, HASH_SIZE);
		c = rig_take(&r, second, i + 1);
		memcpy(salts[i + 1], c.claims.salt, HASH_SIZE);
	}
	CU_ASSERT_TRUE(batches < N / 4);
	qsort(salts, N, HASH_SIZE, by_hash);
	for (size_t i = 1; i < N; i++)
		CU_ASSERT_NOT_EQUAL(by_hash(salts[i - 1], salts[i]), 0);
}

#define DRAWN_SIZE (HASH_SIZE - CHALLENGE_LIFE_SIZE)

/* The part of the salt that nobody can know before: not the life's id. */
static void
salt_of_first(struct rig *r, uint8_t ret_part[static DRAWN_SIZE])
{
	rig_ask(r, r->front, 1);
	struct challenge c = rig_take(r, r->front, 1);

	CU_ASSERT_EQUAL(c.claims.cti.serial, 1);
	memcpy(ret_part, c.claims.salt + CHALLENGE_LIFE_SIZE, DRAWN_SIZE);
}

/* Two challenges of the same number, in two lives: what is drawn for them is all that
 * tells them apart. */
static void
test_drawn_salt(void)
{
	RIG(r);
	uint8_t parts[2][DRAWN_SIZE];

	for (size_t i = 0; i < 2; i++) {
		life_open(&r);
		salt_of_first(&r, parts[i]);
		life_end(&r);
	}
	CU_ASSERT_NOT_EQUAL(memcmp(parts[0], parts[1], sizeof(parts[0])), 0);
}

static void
test_result(void)
{
	RIG(r);
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);
	struct wire_result_sign asked = rig_result(&r, 11);
	struct wire_result_signed m;
	struct bytes packet;

	life_open(&r);
	wire_put_result_sign(&r.packet, &asked);
	CU_ASSERT_TRUE(peer_send(r.ledger, &r.packet));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(r.ledger, WIRE_ID_RESULT_SIGNED,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_result_signed(packet, &m), OK);
	CU_ASSERT_EQUAL(m.request, 11);
	CU_ASSERT_EQUAL(ear_verify(m.jwt, r.ring, asked.issued_s, &payload),
	                OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&payload), "backend-a"));
}

static void
ask_handle(struct rig *r, const char *tenant, uint8_t first,
           char handle[static 64])
{
	struct wire_handle_derive m = { .request = 5,
		                        .tenant = bytes_of_str(tenant),
		                        .identity = { first } };
	struct wire_handle_made made;
	struct bytes packet;

	wire_put_handle_derive(&r->packet, &m);
	CU_ASSERT_TRUE(peer_send(r->ledger, &r->packet));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(r->ledger, WIRE_ID_HANDLE_MADE,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_handle_made(packet, &made), OK);
	CU_ASSERT_EQUAL(made.handle.len, 47);
	snprintf(handle, 64, "%.*s", (int)made.handle.len,
	         (const char *)made.handle.data);
	CU_ASSERT_EQUAL(strncmp(handle, "dh1_", 4), 0);
}

/* Stable over lives, different for each tenant and device; the epoch grows. */
static void
test_handles(void)
{
	RIG(r);
	char first[64];
	char again[64];
	char other[64];

	life_open(&r);
	ask_handle(&r, "backend-a", 1, first);
	ask_handle(&r, "backend-b", 1, other);
	CU_ASSERT_STRING_NOT_EQUAL(first, other);
	ask_handle(&r, "backend-a", 2, other);
	CU_ASSERT_STRING_NOT_EQUAL(first, other);
	life_end(&r);
	life_open(&r);
	CU_ASSERT_EQUAL(r.epoch, 2);
	ask_handle(&r, "backend-a", 1, again);
	CU_ASSERT_STRING_EQUAL(first, again);
	rig_ask(&r, r.front, 1);
	struct challenge c = rig_take(&r, r.front, 1);
	CU_ASSERT_EQUAL(c.claims.cti.epoch, 2);
	CU_ASSERT_EQUAL(c.claims.cti.serial, 1);
}

/* A peer that dies takes its questions along; its successor gets the key. */
static void
test_edges(void)
{
	RIG(r);

	life_open(&r);
	rig_ask(&r, r.front, 1);
	peer_close(r.front);
	r.front = lifeline_edge(r.life, WIRE_ROLE_FRONT, 0);
	rig_take_key(&r, r.front);
	rig_ask(&r, r.front, 2);
	rig_take(&r, r.front, 2);
}

/* --- nonsense ------------------------------------------------------------- */

/* The packet must end the process, and with it nothing else is answered. */
static void
ends_it(struct rig *r, struct peer *p, const char *what)
{
	CU_ASSERT_TRUE(peer_send(p, &r->packet));
	int status = lifeline_wait_exit(r->life, HARNESS_WAIT_MS);
	if (status != ROLE_EXIT_WIRE)
		printf("  %s: exit %d\n", what, status);
	CU_ASSERT_EQUAL(status, ROLE_EXIT_WIRE);
	lifeline_end(r->life);
	r->life = NULL;
	keyring_free(r->ring);
	r->ring = NULL;
}

static void
test_nonsense(void)
{
	RIG(r);
	struct wire_challenge_make m = rig_request(1);

	life_open(&r);
	wire_put_challenge_make(&r.packet, &m);
	buf_u8(&r.packet, 0);
	ends_it(&r, r.front, "a byte too many");

	life_open(&r);
	m.ttl_s = 301;
	wire_put_challenge_make(&r.packet, &m);
	ends_it(&r, r.front, "ttl over the limit");

	life_open(&r);
	m = rig_request(1);
	m.tenant = bytes_of_str("Backend A");
	wire_put_challenge_make(&r.packet, &m);
	ends_it(&r, r.front, "no tenant's name");

	life_open(&r);
	m = rig_request(1);
	m.workflow = WORKFLOW_COUNT;
	wire_put_challenge_make(&r.packet, &m);
	ends_it(&r, r.front, "no workflow");
}

static void
test_nonsense_results(void)
{
	RIG(r);
	struct wire_result_sign m = rig_result(&r, 1);

	life_open(&r);
	wire_put_result_sign(&r.packet, &m);
	ends_it(&r, r.front, "a front that wants a result");

	life_open(&r);
	m.reasons = 1ULL << 63;
	wire_put_result_sign(&r.packet, &m);
	ends_it(&r, r.ledger, "a reason without a row");
}

static const struct harness_test tests[] = {
	{ "makes a challenge that verifies", test_challenge },
	{ "signs batches, in order, no two alike", test_batches },
	{ "draws what nobody can know of a salt", test_drawn_salt },
	{ "signs a result that verifies", test_result },
	{ "makes handles that last, in a growing epoch", test_handles },
	{ "survives its peers", test_edges },
	{ "ends on a malformed challenge request", test_nonsense },
	{ "ends on a malformed result", test_nonsense_results },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder", tests)
