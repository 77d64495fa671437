/*
 * test_taken_front.c - a front that was taken over.  It speaks in the name of
 * every client; it cannot make a challenge, judge, spend twice or sign, and
 * nothing of it stays.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/roles/trio_front.h"
#include "base/clock.h"
#include "wire/reason.h"
#include "proc/role.h"

#define BIT(name) reason_bit(REASON_##name)

static const uint8_t transport[HASH_SIZE] = { 1 };

static enum trio_word
hand_in(struct trio_question *a, reason_set *ret_reasons, struct buf *ret_jwt)
{
	return trio_front_ask(a, trio_to(a->trio, WIRE_ROLE_VERIFIER),
	                      ret_reasons, ret_jwt);
}

/* --- lies ----------------------------------------------------------------- */

static void
own_challenge(struct trio_question *a)
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
	trio_front_quote(a);
}

/* Its own claims over the receipt of a real one. */
static void
other_claims(struct trio_question *a)
{
	uint8_t *at = memmem(a->token.data, a->token.len, a->trio->handle,
	                     strlen(a->trio->handle));

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[5] ^= 1;
	a->m.observed.device_handle = bytes_of(at, strlen(a->trio->handle));
	trio_front_quote(a);
}

static void
foreign(struct trio_question *a)
{
	a->m.tenant = bytes_of_str("backend-b");
}

static void
foreign_device(struct trio_question *a)
{
	const struct wire_challenge_make m =
	        trio_front_order(a->trio, "backend-b");

	trio_front_challenge(a->trio, &m, &a->token);
	a->m.tenant = bytes_of_str("backend-b");
	trio_front_quote(a);
}

static void
other_answer(struct trio_question *a)
{
	a->m.evidence = trio_quote(a->trio, transport);
}

static void
other_connection(struct trio_question *a)
{
	a->m.observed.transport[0]++;
}

static void
nothing_observed(struct trio_question *a)
{
	a->m.observed = (struct bindings){ 0 };
}

static void
enrols_by_it(struct trio_question *a)
{
	a->m.enroll = 1;
}

static void
no_binding(struct trio_question *a)
{
	struct wire_challenge_make m = trio_front_order(a->trio, "backend-a");

	m.bindings.present = BINDING_BIT(DEVICE);
	memset(m.bindings.transport, 0, HASH_SIZE);
	trio_front_challenge(a->trio, &m, &a->token);
	a->m.observed = m.bindings;
	trio_front_quote(a);
}

static void
expired(struct trio_question *a)
{
	struct wire_challenge_make m = trio_front_order(a->trio, "backend-a");
	uint64_t until = clock_wall_ms() / 1000 + 2;

	m.ttl_s = 1;
	trio_front_challenge(a->trio, &m, &a->token);
	trio_front_quote(a);
	while (clock_wall_ms() / 1000 < until)
		usleep(10000);
}

static const struct lie {
	const char *name;
	void (*tell)(struct trio_question *a);
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

	trio_front_enroll(&t, "backend-a", t.handle);
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		AUTO(trio_question_release)
		struct trio_question a = trio_front_question(&t);

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

	trio_front_enroll(&t, "backend-a", t.handle);
	AUTO(trio_question_release)
	struct trio_question a = trio_front_question(&t);
	CU_ASSERT_EQUAL(hand_in(&a, &reasons, &first), TRIO_ELIGIBLE);
	CU_ASSERT_EQUAL(hand_in(&a, &reasons, &again), TRIO_ELIGIBLE);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&first), buf_bytes(&again)));
	trio_front_quote(&a); /* another signature of the same quote */
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
	m = trio_front_order(&t, "backend-a");
	m.ttl_s = TRIO_TTL_MAX + 1;
	ask_nonsense(&t, &m);
	m = trio_front_order(&t, "Backend \"A\"");
	ask_nonsense(&t, &m);
	m = trio_front_order(&t, "backend-a");
	m.workflow = WORKFLOW_COUNT;
	ask_nonsense(&t, &m);
	m = trio_front_order(&t, "backend-a");
	m.bindings.device_handle = bytes_of(transport, 0); /* to nothing */
	ask_nonsense(&t, &m);
}

/* It ends whoever heard it of the front, and not the one behind. */
static void
test_no_tenant(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	struct peer *ledger = trio_to(&t, WIRE_ROLE_LEDGER);
	const struct wire_enroll_ask enroll = {
		.tenant = bytes_of_str("A B"),
		.format = bytes_of_str("tpm2-quote"),
	};

	snprintf(t.handle, sizeof(t.handle), "dh1_x");
	AUTO(trio_question_release)
	struct trio_question a = trio_front_question(&t);
	a.m.tenant = bytes_of_str("A B");
	wire_put_evidence(&t.packet, &a.m);
	CU_ASSERT_TRUE(peer_send(trio_to(&t, WIRE_ROLE_VERIFIER), &t.packet));
	trio_ended(&t, WIRE_ROLE_VERIFIER, ROLE_EXIT_WIRE);
	wire_put_enroll_ask(&t.packet, &enroll);
	CU_ASSERT_TRUE(peer_send(trio_to(&t, WIRE_ROLE_VERIFIER), &t.packet));
	trio_ended(&t, WIRE_ROLE_VERIFIER, ROLE_EXIT_WIRE);
	CU_ASSERT_FALSE(peer_gone(ledger, TRIO_NONE_MS));
}

/* A change of a key that no honest front asks for: with half of a signature, with one
 * beside an officer's order, or together with an enrolment. */
static void
test_no_change(void)
{
	static const uint8_t some[601] = { 1 };
	const struct bytes key = bytes_of(some, 91), none = bytes_of(NULL, 0);
	const struct bytes more = bytes_of(some, sizeof(some));
	const struct {
		enum wire_key_change change;
		enum wire_flag enroll;
		struct bytes key, signature;
	} rows[] = {
		{ WIRE_KEY_CHANGE_BY_KEY, WIRE_FLAG_NO, key, none },
		{ WIRE_KEY_CHANGE_BY_KEY, WIRE_FLAG_NO, none, key },
		{ WIRE_KEY_CHANGE_BY_OFFICER, WIRE_FLAG_NO, key, key },
		{ WIRE_KEY_CHANGE_NONE, WIRE_FLAG_NO, key, key },
		{ WIRE_KEY_CHANGE_BY_OFFICER, WIRE_FLAG_YES, none, none },
		{ WIRE_KEY_CHANGE_BY_KEY, WIRE_FLAG_NO, more, key },
		{ WIRE_KEY_CHANGE_BY_KEY, WIRE_FLAG_NO, key, more },
	};
	TRIO(t, WIRE_ROLE_FRONT);

	snprintf(t.handle, sizeof(t.handle), "dh1_x");
	AUTO(trio_question_release)
	struct trio_question a = trio_front_question(&t);
	bool ended = true;
	for (size_t i = 0; ended && i < ARRAY_LEN(rows); i++) {
		a.m.change = rows[i].change;
		a.m.enroll = rows[i].enroll;
		a.m.previous_key = rows[i].key;
		a.m.previous_signature = rows[i].signature;
		wire_put_evidence(&t.packet, &a.m);
		CU_ASSERT_TRUE(
		        peer_send(trio_to(&t, WIRE_ROLE_VERIFIER), &t.packet));
		ended = trio_ended(&t, WIRE_ROLE_VERIFIER, ROLE_EXIT_WIRE);
	}
}

/* A front offers what the verifier was made with: by a statement, or not. */
static void
test_no_statement(void)
{
	static const char *const formats[] = { "", "no-format", "android-key" };
	TRIO(t, WIRE_ROLE_FRONT);

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		const struct wire_enroll_ask m = {
			.tenant = bytes_of_str("backend-a"),
			.format = bytes_of_str(formats[i]),
		};

		wire_put_enroll_ask(&t.packet, &m);
		CU_ASSERT_TRUE(
		        peer_send(trio_to(&t, WIRE_ROLE_VERIFIER), &t.packet));
		trio_ended(&t, WIRE_ROLE_VERIFIER, ROLE_EXIT_WIRE);
	}
}

/* --- the life of a device --------------------------------------------------- */

static struct wire_enrollment
order_device(struct trio *t, const char *tenant, enum wire_device_order order)
{
	const struct wire_enrollment_change m = {
		.tenant = bytes_of_str(tenant),
		.handle = bytes_of_str(t->handle),
		.order = order,
		.client = bytes_of_str("URI:an-officer"),
	};
	struct wire_enrollment e = { 0 };
	struct bytes packet;

	wire_put_enrollment_change(&t->packet, &m);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_LEDGER), &t->packet));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(trio_to(t, WIRE_ROLE_LEDGER),
	                                     WIRE_ID_ENROLLMENT,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_enrollment(packet, &e), OK);
	return e;
}

/* It gives an officer's orders: that is its row.  It gives none that no officer
 * could give, and what it resumed is the enrolled key and no other. */
static void
test_device_orders(void)
{
	TRIO(t, WIRE_ROLE_FRONT);

	trio_front_enroll(&t, "backend-a", t.handle);
	CU_ASSERT_EQUAL(order_device(&t, "backend-b", WIRE_ORDER_RETIRE).state,
	                WIRE_ENROLMENT_NOT_FOUND);
	CU_ASSERT_EQUAL(order_device(&t, "backend-a", WIRE_ORDER_RETIRE).device,
	                WIRE_DEVICE_RETIRED);
	for (unsigned o = WIRE_ORDER_APPROVE; o < WIRE_ORDER_RETIRE; o++)
		CU_ASSERT_EQUAL(
		        order_device(&t, "backend-a", (enum wire_device_order)o)
		                .state,
		        WIRE_ENROLMENT_REFUSED);
	AUTO(trio_question_release)
	struct trio_question a = trio_front_question(&t);
	reason_set reasons = 0;
	CU_ASSERT_EQUAL(hand_in(&a, &reasons, NULL), TRIO_REFUSED);
	CU_ASSERT_EQUAL(reasons, BIT(DEVICE_SUSPENDED));
}

/* What no honest front sends ends the ledger, and changes nothing. */
static void
test_device_nonsense(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	const struct wire_enrollment_change m = {
		.tenant = bytes_of_str("A B"),
		.handle = bytes_of_str("dh1_x"),
		.order = WIRE_ORDER_RETIRE,
	};

	wire_put_enrollment_change(&t.packet, &m);
	CU_ASSERT_TRUE(peer_send(trio_to(&t, WIRE_ROLE_LEDGER), &t.packet));
	trio_ended(&t, WIRE_ROLE_LEDGER, ROLE_EXIT_WIRE);
	const struct wire_enrollment_list all = {
		.tenant = bytes_of_str("backend-a"),
		.limit = UINT16_MAX, /* more than a packet has room for */
	};
	wire_put_enrollment_list(&t.packet, &all);
	CU_ASSERT_TRUE(peer_send(trio_to(&t, WIRE_ROLE_LEDGER), &t.packet));
	trio_ended(&t, WIRE_ROLE_LEDGER, ROLE_EXIT_WIRE);
}

static void
test_words(void)
{
	TRIO(t, WIRE_ROLE_FRONT);

	trio_may_not_say(&t);
}

/* It spoils the quotas that all fronts share, and has questions under way. */
static void
test_end(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	const struct wire_key_silent silent = { .index = 0 };

	trio_front_enroll(&t, "backend-a", t.handle);
	AUTO(trio_question_release)
	struct trio_question a = trio_front_question(&t);
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
	{ "makes no retired device count", test_device_orders },
	{ "orders nothing that is no order", test_device_nonsense },
	{ "says nothing that is another's to say", test_words },
	{ "orders nothing that is against the rules", test_orders },
	{ "no tenant at all ends the one that is asked", test_no_tenant },
	{ "a change of a key that nobody asks for", test_no_change },
	{ "a statement for a format that takes none", test_no_statement },
	{ "has no lie believed", test_lies },
	{ "spends a challenge once", test_once },
	{ "leaves nothing behind", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("taken_front", tests)
