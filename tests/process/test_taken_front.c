/*
 * test_taken_front.c - a front that was taken over.  It speaks in the name of
 * every client; it cannot make a challenge, judge, spend twice or sign, and
 * nothing of it stays.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../common/harness.h"
#include "../common/soft_batch.h"
#include "../common/trio.h"
#include "clock.h"
#include "reason.h"
#include "role.h"

#define REQUEST 7
#define BIT(name) reason_bit(REASON_##name)

static const uint8_t transport[HASH_SIZE] = { 1 };

static struct bindings
bound_to(const char *handle)
{
	struct bindings b = { .present = BINDING_BIT(DEVICE) |
		                         BINDING_BIT(TRANSPORT),
		              .device_handle = bytes_of_str(handle) };

	memcpy(b.transport, transport, HASH_SIZE);
	return b;
}

/* --- what it asks --------------------------------------------------------- */

/* The device is enrolled for a tenant: its handle. */
static void
enroll(struct trio *t, const char *tenant, char ret[static ASK_HANDLE_MAX])
{
	AUTO(buf_release) struct buf public = buf_of(4096);
	struct wire_ak_enroll m = { .request = REQUEST,
		                    .tenant = bytes_of_str(tenant) };
	struct wire_enrollment e;
	struct bytes packet;

	soft_tpm_public(t->tpm, &public);
	m.ak_public = buf_bytes(&public);
	wire_put_ak_enroll(&t->packet, &m);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_VERIFIER), &t->packet));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(trio_to(t, WIRE_ROLE_LEDGER),
	                                     WIRE_ID_ENROLLMENT, TRIO_WAIT_MS,
	                                     &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_enrollment(packet, &e), OK);
	snprintf(ret, ASK_HANDLE_MAX, "%.*s", (int)e.handle.len,
	         (const char *)e.handle.data);
}

static struct wire_challenge_make
order(const struct trio *t, const char *tenant)
{
	return (struct wire_challenge_make){
		.request = REQUEST,
		.tenant = bytes_of_str(tenant),
		.workflow = WORKFLOW_METADATA,
		.bindings = bound_to(t->handle),
	};
}

static void
take_challenge(struct trio *t, const struct wire_challenge_make *m,
               struct buf *ret)
{
	struct wire_challenge_made made;
	struct bytes packet;

	wire_put_challenge_make(&t->packet, m);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_KEYHOLDER), &t->packet));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(trio_to(t, WIRE_ROLE_KEYHOLDER),
	                                     WIRE_ID_CHALLENGE_MADE,
	                                     TRIO_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_challenge_made(packet, &made), OK);
	buf_reset(ret);
	buf_append(ret, made.challenge);
}

/* Evidence that it hands in, good or bad. */
struct attempt {
	struct trio *trio;
	struct buf token;
	struct wire_evidence m;
	char text[ASK_HANDLE_MAX];
};

static void
attempt_release(struct attempt *a)
{
	buf_release(&a->token);
}
DEFINE_AUTO_REF(struct attempt, attempt_release);

static void
answer_nonce_of(struct attempt *a)
{
	struct challenge c;

	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&a->token), &c), OK);
	a->m.challenge = buf_bytes(&a->token);
	a->m.evidence = trio_quote(a->trio, c.nonce);
}

static struct attempt
attempt_of(struct trio *t)
{
	struct attempt a = { .trio = t,
		             .token = buf_of(CHALLENGE_MAX),
		             .m = { .request = REQUEST,
		                    .tenant = bytes_of_str("backend-a"),
		                    .workflows = 0xffff,
		                    .observed = bound_to(t->handle) } };
	const struct wire_challenge_make m = order(t, "backend-a");

	take_challenge(t, &m, &a.token);
	answer_nonce_of(&a);
	return a;
}

/* *ret_reasons: what the ledger says beside the result. */
static enum trio_word
hand_in(struct attempt *a, reason_set *ret_reasons, struct buf *ret_jwt)
{
	struct peer *ledger = trio_to(a->trio, WIRE_ROLE_LEDGER);
	struct wire_result r;
	struct bytes packet;

	wire_put_evidence(&a->trio->packet, &a->m);
	CU_ASSERT_TRUE(peer_send(trio_to(a->trio, WIRE_ROLE_VERIFIER),
	                         &a->trio->packet));
	CU_ASSERT_TRUE_FATAL(
	        peer_receive_id(ledger, WIRE_ID_RESULT, TRIO_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_result(packet, &r), OK);
	*ret_reasons = r.reasons;
	if (ret_jwt) {
		buf_reset(ret_jwt);
		buf_append(ret_jwt, r.jwt);
	}
	return trio_word_of(a->trio, r.jwt);
}

/* --- lies ----------------------------------------------------------------- */

static void
own_challenge(struct attempt *a)
{
	struct challenge_claims claims = soft_batch_claims(1);
	AUTO(soft_key_free)
	struct soft_key *own = soft_key_new(ALG_ES256, "front");

	claims.iss = bytes_of_str(LIFELINE_ISSUER);
	claims.iat_s = clock_wall_ms() / 1000;
	claims.exp_s = claims.iat_s + 60;
	claims.bindings = a->m.observed;
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of(own, &claims, 1);
	buf_reset(&a->token);
	soft_batch_token(&b, 0, &a->token);
	answer_nonce_of(a);
}

/* Its own claims over the receipt of a real one. */
static void
other_claims(struct attempt *a)
{
	uint8_t *at = memmem(a->token.data, a->token.len, a->trio->handle,
	                     strlen(a->trio->handle));

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[5] ^= 1;
	a->m.observed.device_handle = bytes_of(at, strlen(a->trio->handle));
	answer_nonce_of(a);
}

static void
foreign(struct attempt *a)
{
	a->m.tenant = bytes_of_str("backend-b");
}

static void
foreign_device(struct attempt *a)
{
	const struct wire_challenge_make m = order(a->trio, "backend-b");

	take_challenge(a->trio, &m, &a->token);
	a->m.tenant = bytes_of_str("backend-b");
	answer_nonce_of(a);
}

static void
other_answer(struct attempt *a)
{
	a->m.evidence = trio_quote(a->trio, transport);
}

static void
other_connection(struct attempt *a)
{
	a->m.observed.transport[0]++;
}

static void
nothing_observed(struct attempt *a)
{
	a->m.observed = (struct bindings){ 0 };
}

static void
enrols_by_it(struct attempt *a)
{
	a->m.enroll = 1;
}

static void
no_binding(struct attempt *a)
{
	struct wire_challenge_make m = order(a->trio, "backend-a");

	m.bindings.present = BINDING_BIT(DEVICE);
	memset(m.bindings.transport, 0, HASH_SIZE);
	take_challenge(a->trio, &m, &a->token);
	a->m.observed = m.bindings;
	answer_nonce_of(a);
}

static void
expired(struct attempt *a)
{
	struct wire_challenge_make m = order(a->trio, "backend-a");
	uint64_t until = clock_wall_ms() / 1000 + 2;

	m.ttl_s = 1;
	take_challenge(a->trio, &m, &a->token);
	answer_nonce_of(a);
	while (clock_wall_ms() / 1000 < until)
		usleep(10000);
}

static const struct lie {
	const char *name;
	void (*tell)(struct attempt *a);
	enum reason reason;
} lies[] = {
	{ "a challenge of its own", own_challenge, REASON_CHALLENGE_FORGED },
	{ "claims of its own", other_claims, REASON_CHALLENGE_FORGED },
	{ "another tenant's challenge", foreign, REASON_CHALLENGE_AUDIENCE },
	{ "another tenant's device", foreign_device,
	  REASON_DEVICE_NOT_ENROLLED },
	{ "the answer to another challenge", other_answer,
	  REASON_NONCE_MISMATCH },
	{ "another connection", other_connection, REASON_BINDING_TRANSPORT },
	{ "nothing observed", nothing_observed, REASON_BINDING_DEVICE },
	{ "an enrolment by another workflow", enrols_by_it,
	  REASON_WORKFLOW_DENIED },
	{ "a challenge that binds too little", no_binding,
	  REASON_BINDING_TRANSPORT },
	{ "an expired challenge", expired, REASON_CHALLENGE_EXPIRED },
};

static void
test_lies(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	reason_set reasons = 0;

	enroll(&t, "backend-a", t.handle);
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		AUTO(attempt_release) struct attempt a = attempt_of(&t);

		lies[i].tell(&a);
		if (hand_in(&a, &reasons, NULL) == TRIO_REFUSED &&
		    (reasons & reason_bit(lies[i].reason)))
			continue;
		fprintf(stderr, "%s: %llx\n", lies[i].name,
		        (unsigned long long)reasons);
		CU_FAIL("believed");
	}
}

/* Its clients' requests are its own: that is its row.  Twice is not. */
static void
test_once(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	AUTO(buf_release) struct buf first = buf_of(65536);
	AUTO(buf_release) struct buf again = buf_of(65536);
	reason_set reasons = 0;

	enroll(&t, "backend-a", t.handle);
	AUTO(attempt_release) struct attempt a = attempt_of(&t);
	CU_ASSERT_EQUAL(hand_in(&a, &reasons, &first), TRIO_ELIGIBLE);
	CU_ASSERT_EQUAL(hand_in(&a, &reasons, &again), TRIO_ELIGIBLE);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&first), buf_bytes(&again)));
	answer_nonce_of(&a); /* another signature of the same quote */
	CU_ASSERT_EQUAL(hand_in(&a, &reasons, NULL), TRIO_REFUSED);
	CU_ASSERT_EQUAL(reasons, BIT(CHALLENGE_REPLAYED));
	a.m.tenant = bytes_of_str("backend-b");
	CU_ASSERT_EQUAL(hand_in(&a, &reasons, NULL), TRIO_REFUSED);
}

/* --- what no honest front asks -------------------------------------------- */

static void
ask_nonsense(struct trio *t, const struct wire_challenge_make *m)
{
	wire_put_challenge_make(&t->packet, m);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_KEYHOLDER), &t->packet));
	trio_ended(t, WIRE_ROLE_KEYHOLDER, ROLE_EXIT_WIRE);
}

static void
test_orders(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	struct wire_challenge_make m;

	snprintf(t.handle, sizeof(t.handle), "dh1_x");
	m = order(&t, "backend-a");
	m.ttl_s = TRIO_TTL_MAX + 1;
	ask_nonsense(&t, &m);
	m = order(&t, "Backend \"A\"");
	ask_nonsense(&t, &m);
	m = order(&t, "backend-a");
	m.workflow = WORKFLOW_COUNT;
	ask_nonsense(&t, &m);
	m = order(&t, "backend-a");
	m.bindings.device_handle = bytes_of(transport, 0); /* to nothing */
	ask_nonsense(&t, &m);
}

static void
test_words(void)
{
	TRIO(t, WIRE_ROLE_FRONT);

	trio_may_not_say(&t);
}

/* --- its end -------------------------------------------------------------- */

/* It spoils the quotas that all fronts share, and has questions under way. */
static void
test_end(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	const struct wire_key_silent silent = { .index = 0 };

	enroll(&t, "backend-a", t.handle);
	AUTO(attempt_release) struct attempt a = attempt_of(&t);
	wire_put_key_silent(&t.packet, &silent);
	CU_ASSERT_TRUE(peer_send(trio_to(&t, WIRE_ROLE_LEDGER), &t.packet));
	wire_put_evidence(&t.packet, &a.m);
	CU_ASSERT_TRUE(peer_send(trio_to(&t, WIRE_ROLE_VERIFIER), &t.packet));
	void *quotas = mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, t.quotas, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(quotas, MAP_FAILED);
	memset(quotas, 0xff, 4096);
	munmap(quotas, 4096);
	trio_restore(&t);
	trio_whole(&t);
}

static const struct harness_test tests[] = {
	{ "says nothing that is another's to say", test_words },
	{ "orders nothing that is against the rules", test_orders },
	{ "has no lie believed", test_lies },
	{ "spends a challenge once", test_once },
	{ "leaves nothing behind", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("taken_front", tests)
