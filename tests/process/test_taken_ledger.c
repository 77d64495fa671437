/*
 * test_taken_ledger.c - a ledger that was taken over.  It says which device is
 * enrolled and lets a verdict count more than once, until its challenge is over;
 * it has nothing signed that a verifier did not find of a challenge that was
 * issued.
 */
#include <stdlib.h>
#include <unistd.h>

#include "tests/common/fakes/soft_batch.h"
#include "tests/common/fakes/verdict_kit.h"
#include "base/encode.h"
#include "wire/reason.h"

#include "tests/process/test_taken_ledger_kit.h"

#define SKEW_S (CLOCK_SKEW_S + 1) /* of the key holder's clock */

/* --- lies ----------------------------------------------------------------- */

static void
nothing(struct attempt *a)
{
	(void)a;
}

static void
counts_again(struct attempt *a)
{
	CU_ASSERT_EQUAL(ask(a), SIGNED_GOOD);
	a->m.jti[0]++;
	a->m.sequence++;
}

static void
no_tag(struct attempt *a)
{
	memset(a->m.tag, 0, HASH_SIZE);
}

static void
own_tag(struct attempt *a)
{
	struct wire_finding f = wire_finding_of(&a->v);

	f.reasons = 0;
	verdict_kit_seal(&a->m, &f, VERDICT_KIT_OTHER_KEY, &a->other);
}

/* The finding without its reasons, by the tag that it had. */
static void
rewritten(struct attempt *a)
{
	struct wire_finding f = wire_finding_of(&a->v);

	f.reasons = 0;
	wire_put_finding(&a->other, &f);
	a->m.finding = buf_bytes(&a->other);
	a->m.reasons = 0;
}

static void
dropped(struct attempt *a)
{
	a->m.reasons = 0;
}

static void
exchanged(struct attempt *a)
{
	a->m.reasons = reason_bit(REASON_DEVICE_SUSPENDED);
}

static void
unspent(struct attempt *a)
{
	a->m.redeemed = 0;
}

static void
praised(struct attempt *a)
{
	a->m.vector[VECTOR_EXECUTABLES] = 2;
}

static void
enrolled(struct attempt *a)
{
	a->m.enrolled = WIRE_ENROLLED_NOW;
	a->m.handle = bytes_of_str("dh1_mine");
}

static void
kept_back(struct attempt *a)
{
	a->m.challenge = bytes_of(NULL, 0);
}

/* Issued to nobody; all that the finding says of it is true. */
static void
own_challenge(struct attempt *a)
{
	struct challenge c;
	AUTO(soft_key_free)
	struct soft_key *own = soft_key_new(ALG_ES256, "ledger");

	CU_ASSERT_EQUAL_FATAL(challenge_open(a->v.challenge, &c), OK);
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of(own, &c.claims, 1);
	soft_batch_token(&b, 0, &a->other);
	a->m.challenge = buf_bytes(&a->other);
}

/* Another one that was issued, to the same client for the same device. */
static void
other_challenge(struct attempt *a)
{
	struct asked_challenge asked;

	trio_challenge(a->trio, 0, &asked);
	CU_ASSERT_EQUAL_FATAL(
	        decode_base64url(&a->other, bytes_of_str(asked.token)), OK);
	a->m.challenge = buf_bytes(&a->other);
}

static void
dated_ahead(struct attempt *a)
{
	a->m.issued_s += 60;
	a->m.expires_s += 60;
}

static void
dated_back(struct attempt *a)
{
	a->m.issued_s -= 60;
}

static void
lasting(struct attempt *a)
{
	a->m.expires_s++;
}

static const struct lie {
	const char *name;
	bool good; /* the evidence */
	void (*tell)(struct attempt *a);
	enum outcome_of_asking outcome;
} lies[] = {
	{ "the truth", true, nothing, SIGNED_GOOD },
	{ "the truth about bad evidence", false, nothing, SIGNED_BAD },
	{ "once more: its row", true, counts_again, SIGNED_GOOD },
	{ "no tag", true, no_tag, DENIED },
	{ "a tag by a key of its own", false, own_tag, DENIED },
	{ "a finding that it rewrote", false, rewritten, DENIED },
	{ "a reason dropped", false, dropped, ENDED },
	{ "a reason exchanged", false, exchanged, ENDED },
	{ "eligible, and not spent", true, unspent, ENDED },
	{ "a claim of its own", true, praised, ENDED },
	{ "an enrolment that nobody asked for", true, enrolled, ENDED },
	{ "the challenge kept back", true, kept_back, ENDED },
	{ "a challenge of its own", true, own_challenge, DENIED },
	{ "another challenge", true, other_challenge, DENIED },
	{ "a time to come", true, dated_ahead, DENIED },
	{ "a time before the challenge", true, dated_back, DENIED },
	{ "a result that lasts", true, lasting, DENIED },
};

static void
test_lies(void)
{
	TAKEN(t);

	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		AUTO(attempt_release)
		struct attempt a = attempt_of(&t, lies[i].good);

		lies[i].tell(&a);
		enum outcome_of_asking outcome = ask(&a);
		if (outcome == lies[i].outcome)
			continue;
		fprintf(stderr, "%s: %d\n", lies[i].name, (int)outcome);
		CU_FAIL("another answer");
	}
}

/* A good verdict's tag over a bad one's finding, and the other way round. */
static void
test_tags(void)
{
	TAKEN(t);
	AUTO(attempt_release) struct attempt good = attempt_of(&t, true);
	AUTO(attempt_release) struct attempt bad = attempt_of(&t, false);
	const struct wire_result_sign was = bad.m;

	memcpy(bad.m.tag, good.m.tag, HASH_SIZE);
	CU_ASSERT_EQUAL(ask(&bad), DENIED);
	bad.m = was;
	memcpy(bad.m.tag, good.m.tag, HASH_SIZE); /* with its finding */
	bad.m.finding = good.m.finding;
	bad.m.reasons = 0;
	memcpy(bad.m.vector, good.m.vector, sizeof(bad.m.vector));
	CU_ASSERT_EQUAL(ask(&bad), DENIED);
}

static void
wait_until(uint64_t s)
{
	while (clock_wall_ms() / 1000 < s)
		usleep(10000);
}

static void
date(struct attempt *a, uint64_t issued_s)
{
	a->m.issued_s = issued_s;
	a->m.expires_s = issued_s + TRIO_RESULT_TTL;
}

/* When the challenge is over, so is what can be had signed about it. */
static void
test_over(void)
{
	TAKEN(t);
	unsigned ttl = 2;

	AUTO(attempt_release) struct attempt a = attempt_made(&t, ttl, true);
	while (a.v.reasons != 0 && ttl < 60) { /* a slow machine */
		attempt_release(&a);
		ttl *= 2;
		a = attempt_made(&t, ttl, true);
	}
	uint64_t end_s = a.v.expires_s;

	wait_until(end_s + 1);
	CU_ASSERT_EQUAL(ask(&a), SIGNED_GOOD); /* spent in time, signed late */
	date(&a, end_s + SKEW_S + 1);          /* which is a time of now */
	CU_ASSERT_EQUAL(ask(&a), DENIED);
	if (!getenv("ANCHORD_TEST_ALL"))
		return; /* half a minute */
	date(&a, end_s);
	wait_until(end_s + RETRY_GRACE_S + SKEW_S + 1);
	CU_ASSERT_EQUAL(ask(&a), DENIED);
}

static void
test_words(void)
{
	TRIO(t, WIRE_ROLE_LEDGER);

	trio_may_not_say(&t);
}

static const struct harness_test tests[] = {
	{ "says nothing that is another's to say", test_words },
	{ "has no lie signed", test_lies },
	{ "has nothing signed by another verdict's tag", test_tags },
	{ "has nothing signed when it is over", test_over },
	{ NULL, NULL },
};

HARNESS_MAIN("taken_ledger", tests)
