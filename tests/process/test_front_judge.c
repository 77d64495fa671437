/*
 * test_front_judge.c - evidence that is judged again, because the trust bundle
 * changed between the verifier and the ledger.
 */
#include <stdio.h>
#include <string.h>

#include "proc/role.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/governed_kit.h"
#include "tests/common/roles/front_rig.h"

static const char attestation[] =
        "{\"challenge\":\"AQID\",\"evidence\":{\"format\":\"tpm2-quote\","
        "\"quote\":\"x\"},\"observed\":{\"device_handle\":\"dh1_x\"}}";

struct asked {
	struct governed_kit kit;
	struct front_rig *rig;
	struct raw *c;
	uint64_t request;
};

static void
asked_release(struct asked *a)
{
	raw_free(a->c);
	front_rig_free(a->rig);
	governed_kit_release(&a->kit);
}
DEFINE_AUTO_REF(struct asked, asked_release);

/* What a verifier is asked; false: nothing within ms. */
static bool
hear(struct asked *a, int ms)
{
	struct wire_evidence m;
	struct bytes packet;

	if (!peer_receive_id(a->rig->verifier, WIRE_ID_EVIDENCE, ms, &packet))
		return false;
	CU_ASSERT_EQUAL_FATAL(wire_get_evidence(packet, &m), OK);
	CU_ASSERT_TRUE(bytes_equal(m.challenge, bytes_of("\1\2\3", 3)));
	CU_ASSERT_TRUE(m.evidence.len > 0);
	CU_ASSERT_TRUE(bytes_equal_str(m.observed.device_handle, "dh1_x"));
	CU_ASSERT_TRUE(bytes_equal_str(m.tenant, "backend-a"));
	a->request = m.request;
	return true;
}

static void
begin(struct asked *a, bool officers)
{
	*a = (struct asked){ 0 };
	if (officers) {
		front_rig_govern(&a->kit);
		front_rig_chain = &a->kit;
	}
	a->rig = front_rig_start(NULL);
	front_rig_chain = NULL;
	CU_ASSERT_PTR_NOT_NULL_FATAL(a->rig);
	a->c = raw_open(a->rig->backend, a->rig->port, "http/1.1");
	CU_ASSERT_PTR_NOT_NULL_FATAL(a->c);
	CU_ASSERT_TRUE(raw_send_post(a->c, "/v1/attestations", attestation));
	CU_ASSERT_TRUE_FATAL(hear(a, 2000));
}

static void
judge_again(struct asked *a, uint64_t request)
{
	wire_put_judge_again(&a->rig->packet,
	                     &(struct wire_judge_again){ .request = request });
	CU_ASSERT_TRUE(front_rig_say(a->rig, a->rig->ledger));
}

static void
answer(struct asked *a)
{
	wire_put_result(&a->rig->packet,
	                &(struct wire_result){ .request = a->request,
	                                       .jwt = bytes_of_str("a.b.c") });
	CU_ASSERT_TRUE(front_rig_say(a->rig, a->rig->ledger));
}

/* The same question, under the same id. */
static void
test_once(void)
{
	AUTO(asked_release) struct asked a;

	begin(&a, true);
	uint64_t first = a.request;
	judge_again(&a, first);
	CU_ASSERT_TRUE_FATAL(hear(&a, 2000));
	CU_ASSERT_EQUAL(a.request, first);
	answer(&a);
	CU_ASSERT_EQUAL(raw_receive(a.c), 200);
	CU_ASSERT_EQUAL(raw_get(a.c, "/healthz"), 200);
}

static void
must_be_unavailable(struct asked *a)
{
	CU_ASSERT_EQUAL(raw_receive(a->c), 503);
	CU_ASSERT_STRING_EQUAL(raw_problem(a->c), "part-unavailable");
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(raw_body(a->c), "the trust bundle changes"));
}

static void
test_twice(void)
{
	AUTO(asked_release) struct asked a;

	begin(&a, true);
	judge_again(&a, a.request);
	CU_ASSERT_TRUE_FATAL(hear(&a, 2000));
	judge_again(&a, a.request);
	must_be_unavailable(&a);
	judge_again(&a, a.request); /* nobody waits any more */
	CU_ASSERT_FALSE(hear(&a, 700));
	CU_ASSERT_EQUAL(raw_get(a.c, "/healthz"), 200);
}

/* A ledger that repeats itself, before the front has asked again. */
static void
test_repeated(void)
{
	AUTO(asked_release) struct asked a;

	begin(&a, true);
	judge_again(&a, a.request);
	judge_again(&a, a.request);
	must_be_unavailable(&a);
	CU_ASSERT_FALSE(hear(&a, 700));
}

/* The verifier that judged may end meanwhile: another is asked. */
static void
test_other_verifier(void)
{
	AUTO(asked_release) struct asked a;

	begin(&a, true);
	judge_again(&a, a.request);
	peer_close(a.rig->verifier);
	front_rig_verifier_up(a.rig);
	CU_ASSERT_TRUE_FATAL(hear(&a, 2000));
	answer(&a);
	CU_ASSERT_EQUAL(raw_receive(a.c), 200);
}

/* Whose client has gone is asked no more. */
static void
test_vanished(void)
{
	AUTO(asked_release) struct asked a;

	begin(&a, true);
	judge_again(&a, a.request);
	raw_free(a.c);
	a.c = raw_open(a.rig->backend, a.rig->port, "http/1.1");
	CU_ASSERT_PTR_NOT_NULL_FATAL(a.c);
	CU_ASSERT_FALSE(hear(&a, 700));
	CU_ASSERT_EQUAL(raw_get(a.c, "/healthz"), 200);
}

/* No bundle can have changed, and the body was not kept. */
static void
test_ungoverned(void)
{
	AUTO(asked_release) struct asked a;

	begin(&a, false);
	judge_again(&a, a.request);
	must_be_unavailable(&a);
}

/* No honest ledger asks that for a challenge. */
static void
test_challenge(void)
{
	AUTO(asked_release) struct asked a;
	struct wire_challenge_make m;
	struct bytes packet;

	begin(&a, true);
	AUTO(raw_free)
	struct raw *c = raw_open(a.rig->backend, a.rig->port, "http/1.1");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_TRUE(raw_send_post(c, "/v1/challenges", RIG_BODY));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(
	        a.rig->keyholder, WIRE_ID_CHALLENGE_MAKE, 2000, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_challenge_make(packet, &m), OK);
	judge_again(&a, m.request);
	CU_ASSERT_EQUAL(lifeline_wait_exit(a.rig->front, HARNESS_WAIT_MS),
	                ROLE_EXIT_WIRE);
}

static const struct harness_test tests[] = {
	{ "judged again, under the same id", test_once },
	{ "a second disagreement", test_twice },
	{ "a ledger that repeats itself", test_repeated },
	{ "by another verifier", test_other_verifier },
	{ "not for a client that has gone", test_vanished },
	{ "not without officers", test_ungoverned },
	{ "never a challenge", test_challenge },
	{ NULL, NULL },
};

HARNESS_MAIN("front_judge", tests)
