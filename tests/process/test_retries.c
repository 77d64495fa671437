/*
 * test_retries.c - a result that was not signed when its challenge was spent:
 * asked for again by way of another verifier, and in another life of the
 * service.  (Another token: test_failover.c.)
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/trio_front.h"
#include "tests/common/fakes/verdict_kit.h"
#include "base/clock.h"
#include "crypto/token/ear_cwt.h"

/* The policy of that version said so. */
static bool
by_policy(const struct trio *t, const struct buf *jwt, const char *version)
{
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);

	CU_ASSERT_EQUAL_FATAL(ear_verify(buf_bytes(jwt), t->ring,
	                                 clock_wall_ms() / 1000, &payload),
	                      OK);
	return strstr(buf_str(&payload), version) != NULL;
}

/* Asks until the ledger knows its key holder. */
static enum trio_word
eventually(struct trio_question *q, struct peer *verifier, struct buf *ret_jwt)
{
	uint64_t until = clock_mono_ms() + HARNESS_WAIT_MS;
	enum trio_word word = TRIO_NOTHING;
	reason_set reasons;

	while (word == TRIO_NOTHING && clock_mono_ms() < until)
		word = trio_front_ask(q, verifier, &reasons, ret_jwt);
	return word;
}

/* The challenge is spent, and nobody is there to sign. */
static void
spend_unsigned(struct trio_question *q)
{
	struct trio *t = q->trio;
	reason_set reasons;

	trio_end(t, WIRE_ROLE_KEYHOLDER);
	CU_ASSERT_EQUAL(trio_front_ask(q, trio_to(t, WIRE_ROLE_VERIFIER),
	                               &reasons, NULL),
	                TRIO_NOTHING);
}

static void
test_other_verifier(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	AUTO(buf_release) struct buf first = buf_of(65536);
	AUTO(buf_release) struct buf again = buf_of(65536);

	trio_front_enroll(&t, "backend-a", t.handle);
	t.policy_version = 4;
	struct peer *second = trio_second(&t);
	AUTO(trio_question_release)
	struct trio_question q = trio_front_question(&t);
	spend_unsigned(&q);
	trio_begin(&t, WIRE_ROLE_KEYHOLDER);

	/* It finds the device good, too, by a policy of its own; but the first
	 * verdict's tag signs the first statement. */
	CU_ASSERT_EQUAL(eventually(&q, second, &first), TRIO_ELIGIBLE);
	CU_ASSERT_TRUE(by_policy(&t, &first, "\"version\":3"));
	CU_ASSERT_EQUAL(eventually(&q, trio_to(&t, WIRE_ROLE_VERIFIER), &again),
	                TRIO_ELIGIBLE);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&first), buf_bytes(&again)));
}

/* All processes end, and verifiers and key holders get another key. */
static void
live_again(struct trio *t, const char *tag_key, unsigned policy_version)
{
	trio_end(t, WIRE_ROLE_VERIFIER);
	trio_end(t, WIRE_ROLE_LEDGER);
	t->tag_key = tag_key;
	t->policy_version = policy_version;
	trio_begin(t, WIRE_ROLE_KEYHOLDER);
	trio_begin(t, WIRE_ROLE_LEDGER);
	trio_begin(t, WIRE_ROLE_VERIFIER);
	AUTO(trio_question_release)
	struct trio_question other = trio_front_question(t);
	CU_ASSERT_EQUAL(
	        eventually(&other, trio_to(t, WIRE_ROLE_VERIFIER), NULL),
	        TRIO_ELIGIBLE);
}

static void
test_restart(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	AUTO(buf_release) struct buf jwt = buf_of(65536);
	reason_set reasons;

	trio_front_enroll(&t, "backend-a", t.handle);
	AUTO(trio_question_release)
	struct trio_question q = trio_front_question(&t);
	AUTO(buf_release) struct buf evidence = buf_of(65536);
	buf_append(&evidence, q.m.evidence);
	q.m.evidence = buf_bytes(&evidence);
	spend_unsigned(&q);

	/* Judged otherwise in a life that does not know the first tag. */
	live_again(&t, VERDICT_KIT_OTHER_KEY, 4);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(trio_front_ask(&q,
		                               trio_to(&t, WIRE_ROLE_VERIFIER),
		                               &reasons, NULL),
		                TRIO_NOTHING);

	/* Judged as before in another. */
	trio_end(&t, WIRE_ROLE_KEYHOLDER);
	live_again(&t,
	           "00000000000000000000000000000000"
	           "00000000000000000000000000000001",
	           3);
	CU_ASSERT_EQUAL(trio_front_ask(&q, trio_to(&t, WIRE_ROLE_VERIFIER),
	                               &reasons, &jwt),
	                TRIO_ELIGIBLE);
	CU_ASSERT_TRUE(by_policy(&t, &jwt, "\"version\":3"));
}

/* The claims of a result in either form, as text. */
static void
read_claims(const struct trio *t, const struct buf *result, struct buf *claims)
{
	uint64_t now_s = clock_wall_ms() / 1000;
	bool cwt = ear_form(buf_bytes(result)) == WIRE_RESULT_CWT;

	buf_reset(claims);
	CU_ASSERT_EQUAL(
	        cwt ? ear_cwt_verify(buf_bytes(result), t->ring, now_s, claims)
	            : ear_verify(buf_bytes(result), t->ring, now_s, claims),
	        OK);
}

/* The first request decides what is stored: a retry that wants the same form gets
 * the same bytes, one that wants the other gets the same claims. */
static void
retry_forms(enum wire_result_form first)
{
	TRIO(t, WIRE_ROLE_FRONT);
	struct buf results[5];
	AUTO(buf_release) struct buf said = buf_of(65536);
	AUTO(buf_release) struct buf again = buf_of(65536);
	struct peer *verifier = trio_to(&t, WIRE_ROLE_VERIFIER);
	enum wire_result_form other =
	        first == WIRE_RESULT_CWT ? WIRE_RESULT_JWT : WIRE_RESULT_CWT;
	reason_set reasons;

	trio_front_enroll(&t, "backend-a", t.handle);
	AUTO(trio_question_release)
	struct trio_question q = trio_front_question(&t);
	for (unsigned i = 0; i < 5; i++) {
		results[i] = buf_of(65536);
		q.m.form = i % 2 == 0 ? first : other;
		CU_ASSERT_EQUAL(
		        trio_front_ask(&q, verifier, &reasons, &results[i]),
		        TRIO_ELIGIBLE);
		CU_ASSERT_EQUAL(ear_form(buf_bytes(&results[i])), q.m.form);
		read_claims(&t, &results[i], i == 0 ? &said : &again);
		CU_ASSERT_TRUE(i == 0 || bytes_equal(buf_bytes(&said),
		                                     buf_bytes(&again)));
		CU_ASSERT_TRUE(i % 2 != 0 ||
		               bytes_equal(buf_bytes(&results[0]),
		                           buf_bytes(&results[i])));
	}
	for (unsigned i = 0; i < 5; i++)
		buf_release(&results[i]);
}

static void
test_forms(void)
{
	retry_forms(WIRE_RESULT_CWT);
	retry_forms(WIRE_RESULT_JWT);
}

static const struct harness_test tests[] = {
	{ "by another verifier, with the first one's tag",
	  test_other_verifier },
	{ "after a restart, when it is judged as before", test_restart },
	{ "in the other form", test_forms },
	{ NULL, NULL },
};

HARNESS_MAIN("retries", tests)
