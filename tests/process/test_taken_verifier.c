/*
 * test_taken_verifier.c - a verifier that was taken over.  It calls the evidence
 * good that it is asked about, and enrols what it likes; it has no result about
 * a challenge that nobody issued, that is another's or that is spent, and what it
 * said of rules ends with it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/roles/trio.h"
#include "tests/common/fakes/verdict_kit.h"
#include "base/clock.h"
#include "base/encode.h"
#include "wire/reason.h"
#include "proc/role.h"

/* --- what it says --------------------------------------------------------- */

static void
rule(struct trio *t, unsigned workflow, uint16_t required)
{
	const struct wire_workflow_rule m = { workflow, required, 0 };

	wire_put_workflow_rule(&t->packet, &m);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_FRONT), &t->packet));
}

/* A question of a client. */
static void
hear(struct trio *t, uint16_t id, struct bytes *ret_packet)
{
	CU_ASSERT_TRUE_FATAL(peer_receive_id(trio_to(t, WIRE_ROLE_FRONT), id,
	                                     HARNESS_WAIT_MS, ret_packet));
}

/* A key that no hardware holds: its row. */
static void
enroll(struct trio *t)
{
	AUTO(buf_release) struct buf body = buf_of(4096);
	AUTO(buf_release) struct buf answer = buf_of(4096);
	struct wire_enroll m = { .tenant = bytes_of_str("backend-a"),
		                 .format = bytes_of_str("tpm2-quote"),
		                 .identity = { 0x22 } }; /* verdict_kit.h's */
	struct wire_enroll_ask in;
	struct bytes packet;

	ask_enroll_body(bytes_of_str("no key"), &body);
	trio_send(t, "/v1/enrollments/tpm2", &body);
	hear(t, WIRE_ID_ENROLL_ASK, &packet);
	CU_ASSERT_EQUAL_FATAL(wire_get_enroll_ask(packet, &in), OK);
	m.request = in.request;
	wire_put_enroll(&t->packet, &m);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_LEDGER), &t->packet));
	CU_ASSERT_EQUAL_FATAL(trio_receive(t, &answer), 201);
	const char *at = strstr(buf_str(&answer), "dh1_");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	snprintf(t->handle, sizeof(t->handle), "%.*s", (int)strcspn(at, "\""),
	         at);
}

static bool
open_taken(struct trio *t)
{
	if (!trio_open(t, WIRE_ROLE_VERIFIER))
		return false;
	rule(t, WORKFLOW_METADATA, 0);
	trio_ready(t);
	enroll(t);
	return true;
}

#define TAKEN(t)                        \
	AUTO(trio_close) struct trio t; \
	if (!open_taken(&(t)))          \
	return

/* What a client asks, and what is answered to it. */
struct attempt {
	struct trio *trio;
	struct asked_challenge asked;
	struct buf token, evidence;
	struct challenge of;
	struct wire_finding f;
	const char *key;
	struct bytes shown; /* the challenge that goes along */
	uint64_t request;
};

static void
attempt_release(struct attempt *a)
{
	buf_release(&a->token);
	buf_release(&a->evidence);
}
DEFINE_AUTO_REF(struct attempt, attempt_release);

/* Evidence that is none, about a challenge that is one. */
static struct attempt
attempt_of(struct trio *t, unsigned ttl)
{
	struct attempt a = { .trio = t,
		             .token = buf_of(CHALLENGE_MAX),
		             .evidence = buf_of(WIRE_PACKET_MAX),
		             .key = VERDICT_KIT_KEY };
	struct wire_evidence in;
	struct bytes packet;

	trio_challenge(t, ttl, &a.asked);
	trio_attest(t, &a.asked, bytes_of_str("{\"format\":\"none\"}"));
	hear(t, WIRE_ID_EVIDENCE, &packet);
	CU_ASSERT_EQUAL_FATAL(wire_get_evidence(packet, &in), OK);
	a.request = in.request;
	buf_append(&a.token, in.challenge);
	a.shown = buf_bytes(&a.token);
	CU_ASSERT_EQUAL_FATAL(challenge_open(a.shown, &a.of), OK);
	a.f = verdict_kit_good(&a.of);
	return a;
}

static enum trio_word
judge(struct attempt *a, struct asked_result *ret)
{
	verdict_kit_packet(&a->trio->packet, &a->f, a->key, a->request,
	                   a->shown);
	CU_ASSERT_TRUE(peer_send(trio_to(a->trio, WIRE_ROLE_LEDGER),
	                         &a->trio->packet));
	return trio_answer(a->trio, ret);
}

/* --- lies ----------------------------------------------------------------- */

static void
nothing(struct attempt *a)
{
	(void)a;
}

static void
other_tenant(struct attempt *a)
{
	a->f.tenant = bytes_of_str("backend-b");
}

static void
later_end(struct attempt *a)
{
	a->f.expires_s += 60;
}

static void
earlier_end(struct attempt *a)
{
	a->f.expires_s -= 10;
}

static void
earlier_begin(struct attempt *a)
{
	a->f.issued_s--;
}

static void
other_cti(struct attempt *a)
{
	a->f.cti[15]++;
}

static void
other_life(struct attempt *a)
{
	a->f.life[15]++;
}

static void
other_nonce(struct attempt *a)
{
	a->f.nonce[0]++;
}

static void
other_workflow(struct attempt *a)
{
	a->f.workflow = WORKFLOW_ENROLL;
}

static void
fewer_bindings(struct attempt *a)
{
	a->f.bindings.present &= (uint16_t)~BINDING_BIT(TRANSPORT);
	memset(a->f.bindings.transport, 0, HASH_SIZE);
}

static void
other_request(struct attempt *a)
{
	a->f.bindings.request[0]++;
}

static void
own_challenge(struct attempt *a)
{
	struct challenge_claims claims = a->of.claims;
	AUTO(soft_key_free)
	struct soft_key *own = soft_key_new(ALG_ES256, "verifier");
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of(own, &claims, 1);

	buf_reset(&a->evidence);
	soft_batch_token(&b, 0, &a->evidence);
	a->shown = buf_bytes(&a->evidence);
	CU_ASSERT_EQUAL_FATAL(challenge_open(a->shown, &a->of), OK);
	a->f = verdict_kit_good(&a->of);
}

/* One that backend-b got, for backend-a. */
static void
foreign_challenge(struct attempt *a)
{
	AUTO(client_free) struct client *c = NULL;
	const struct ask ask = trio_ask(a->trio, 0);
	struct asked_challenge asked;

	CU_ASSERT_EQUAL_FATAL(
	        client_open(a->trio->backend_b, a->trio->port, &c), OK);
	CU_ASSERT_EQUAL_FATAL(ask_challenge(c, &ask, &asked), 201);
	buf_reset(&a->evidence);
	CU_ASSERT_EQUAL_FATAL(
	        decode_base64url(&a->evidence, bytes_of_str(asked.token)), OK);
	a->shown = buf_bytes(&a->evidence);
	CU_ASSERT_EQUAL_FATAL(challenge_open(a->shown, &a->of), OK);
	a->f = verdict_kit_good(&a->of);
	a->f.tenant = bytes_of_str("backend-a");
}

static void
other_key(struct attempt *a)
{
	a->key = VERDICT_KIT_OTHER_KEY;
}

static const struct lie {
	const char *name;
	void (*tell)(struct attempt *a);
	enum trio_word word;
} lies[] = {
	{ "bad evidence called good: its row", nothing, TRIO_ELIGIBLE },
	{ "another tenant", other_tenant, TRIO_NOTHING },
	{ "a later end", later_end, TRIO_NOTHING },
	{ "an earlier end", earlier_end, TRIO_NOTHING },
	{ "an earlier begin", earlier_begin, TRIO_NOTHING },
	{ "another cti", other_cti, TRIO_NOTHING },
	{ "another life", other_life, TRIO_NOTHING },
	{ "another nonce", other_nonce, TRIO_NOTHING },
	{ "another workflow", other_workflow, TRIO_NOTHING },
	{ "fewer bindings", fewer_bindings, TRIO_NOTHING },
	{ "another request", other_request, TRIO_NOTHING },
	{ "a challenge of its own", own_challenge, TRIO_NOTHING },
	{ "another tenant's challenge", foreign_challenge, TRIO_NOTHING },
	{ "a tag by another key", other_key, TRIO_NOTHING },
};

static void
test_lies(void)
{
	TAKEN(t);

	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		AUTO(attempt_release) struct attempt a = attempt_of(&t, 0);

		lies[i].tell(&a);
		enum trio_word word = judge(&a, NULL);
		if (word == lies[i].word)
			continue;
		fprintf(stderr, "%s: %d\n", lies[i].name, (int)word);
		CU_FAIL("another answer");
	}
}

/* What it says of a shadow policy, about evidence that it refuses: nothing is
 * granted. */
static void
test_shadow(void)
{
	static const reason_set said_of[] = { 0, (reason_set)1
		                                         << REASON_BOOT_STATE };
	TAKEN(t);

	for (size_t i = 0; i < ARRAY_LEN(said_of); i++) {
		AUTO(attempt_release) struct attempt a = attempt_of(&t, 0);
		AUTO(buf_release) struct buf said = buf_of(WIRE_PACKET_MAX);
		struct wire_verdict v;

		a.f.reasons = reason_bit(REASON_PCR_MISMATCH);
		a.f.confirmation = bytes_of(NULL, 0);
		verdict_kit_packet(&said, &a.f, a.key, a.request, a.shown);
		CU_ASSERT_EQUAL_FATAL(wire_get_verdict(buf_bytes(&said), &v),
		                      OK);
		v.shadow_id = bytes_of_str("next");
		v.shadow_version = 1;
		v.shadow_reasons = said_of[i];
		wire_put_verdict(&t.packet, &v);
		CU_ASSERT_TRUE(
		        peer_send(trio_to(&t, WIRE_ROLE_LEDGER), &t.packet));
		CU_ASSERT_EQUAL(trio_answer(&t, NULL), TRIO_REFUSED);
	}
}

/* A tag that it gave one challenge says nothing of another. */
static void
test_tag(void)
{
	TAKEN(t);
	AUTO(buf_release) struct buf text = buf_of(WIRE_PACKET_MAX);
	AUTO(attempt_release) struct attempt a = attempt_of(&t, 0);
	struct wire_result_sign m;

	CU_ASSERT_EQUAL(judge(&a, NULL), TRIO_ELIGIBLE);
	AUTO(attempt_release) struct attempt b = attempt_of(&t, 0);
	verdict_kit_packet(&t.packet, &b.f, b.key, b.request, b.shown);
	verdict_kit_seal(&m, &a.f, a.key, &text);
	memcpy(t.packet.data + t.packet.len - HASH_SIZE, m.tag, HASH_SIZE);
	CU_ASSERT_TRUE(peer_send(trio_to(&t, WIRE_ROLE_LEDGER), &t.packet));
	CU_ASSERT_EQUAL(trio_answer(&t, NULL), TRIO_NOTHING);

	/* What was found of one, for whoever asks about the other: the result
	 * says which it is about. */
	AUTO(attempt_release) struct attempt c = attempt_of(&t, 0);
	c.f = a.f;
	CU_ASSERT_EQUAL(judge(&c, NULL), TRIO_OTHER);
}

/* Whatever it says of it, a challenge is spent once, and not after its end. */
static void
test_once(void)
{
	TAKEN(t);
	struct asked_result r;
	AUTO(attempt_release) struct attempt a = attempt_of(&t, 0);

	CU_ASSERT_EQUAL(judge(&a, NULL), TRIO_ELIGIBLE);
	trio_attest(&t, &a.asked, bytes_of_str("{\"format\":\"other\"}"));
	struct bytes packet;
	struct wire_evidence in;
	hear(&t, WIRE_ID_EVIDENCE, &packet);
	CU_ASSERT_EQUAL_FATAL(wire_get_evidence(packet, &in), OK);
	a.request = in.request;
	a.f.evidence[0]++;
	CU_ASSERT_EQUAL(judge(&a, &r), TRIO_REFUSED);
	CU_ASSERT_STRING_EQUAL(r.reasons, "challenge-replayed");

	AUTO(attempt_release) struct attempt late = attempt_of(&t, 1);
	while (clock_wall_ms() / 1000 < late.f.expires_s)
		usleep(10000);
	CU_ASSERT_EQUAL(judge(&late, &r), TRIO_REFUSED);
	CU_ASSERT_STRING_EQUAL(r.reasons, "challenge-expired");
}

/* What no verifier of ours says ends the ledger before it is written. */
static void
test_nonsense(void)
{
	TAKEN(t);
	AUTO(attempt_release) struct attempt a = attempt_of(&t, 0);

	a.f.redeemable = 0; /* good, of a challenge that is none */
	CU_ASSERT_EQUAL(judge(&a, NULL), TRIO_NOTHING);
	trio_ended(&t, WIRE_ROLE_LEDGER, ROLE_EXIT_WIRE);
	trio_ready(&t);
	AUTO(attempt_release) struct attempt b = attempt_of(&t, 0);
	b.shown = bytes_of(NULL, 0); /* the challenge kept back */
	CU_ASSERT_EQUAL(judge(&b, NULL), TRIO_NOTHING);
	trio_ended(&t, WIRE_ROLE_LEDGER, ROLE_EXIT_WIRE);
}

static void
test_words(void)
{
	TRIO(t, WIRE_ROLE_VERIFIER);

	trio_may_not_say(&t);
}

/* --- its end -------------------------------------------------------------- */

static int
challenged(struct trio *t, const struct ask *ask)
{
	AUTO(client_free) struct client *c = NULL;
	struct asked_challenge asked;

	CU_ASSERT_EQUAL_FATAL(client_open(t->backend, t->port, &c), OK);
	return ask_challenge(c, ask, &asked);
}

static void
test_end(void)
{
	TAKEN(t);
	const struct ask unbound = { .workflow = "metadata" };
	const struct ask unruled = { .workflow = "artifact" };
	struct asked_challenge kept;
	struct asked_result r;

	rule(&t, WORKFLOW_ARTIFACT, 0); /* the policy has none such */
	trio_ready(&t);
	CU_ASSERT_EQUAL(challenged(&t, &unbound), 201);
	CU_ASSERT_EQUAL(challenged(&t, &unruled), 201);
	trio_challenge(&t, 0, &kept); /* it has a good tag for it, too */

	trio_restore(&t);
	CU_ASSERT_EQUAL(challenged(&t, &unbound), 422);
	CU_ASSERT_EQUAL(challenged(&t, &unruled), 403);
	/* A key of its own was enrolled, and is of no use without it. */
	CU_ASSERT_EQUAL(trio_attested(&t, &kept, &r), TRIO_REFUSED);
	CU_ASSERT_STRING_EQUAL(r.reasons, "device-key-mismatch");
	trio_whole(&t);
}

static const struct harness_test tests[] = {
	{ "says nothing that is another's to say", test_words },
	{ "has no result about what was not issued so", test_lies },
	{ "grants nothing by a shadow policy", test_shadow },
	{ "has no result by another verdict's tag", test_tag },
	{ "spends a challenge once, and in time", test_once },
	{ "says no nonsense twice", test_nonsense },
	{ "leaves no rule and no word behind", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("taken_verifier", tests)
