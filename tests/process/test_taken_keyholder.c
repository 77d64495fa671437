/*
 * test_taken_keyholder.c - a key holder that was taken over.  It signs what the
 * token signs, as long as it runs; it names no other key and no other node, and
 * what it signed ahead dies with it.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/roles/trio.h"
#include "base/clock.h"
#include "base/encode.h"
#include "hsm/core/hsm.h"
#include "wire/reason.h"
#include "proc/role.h"

/* --- the token, in its hands ---------------------------------------------- */

struct taken {
	struct trio trio;
	struct hsm *hsm;
	struct soft_key *key; /* the token signs */
	uint32_t epoch;
	uint8_t life[CTI_SIZE];
	uint64_t serial;
};

static void
sign_by_token(void *arg, struct bytes msg, struct buf *out)
{
	struct hsm_signature s;

	CU_ASSERT_EQUAL_FATAL(hsm_sign(arg, msg, &s), OK);
	buf_append(out, bytes_of(s.bytes, s.len));
}

static void
open_token(struct taken *k)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	const struct softtoken *token = &k->trio.token;
	const struct hsm_options options = {
		.module = token->module,
		.uri = token->uri,
		.handle_label = "anchord-handle",
		.spki_sha256 = token->public_sha256,
	};

	CU_ASSERT_EQUAL_FATAL(hsm_open(&options, token->pin, &why, &k->hsm),
	                      OK);
	CU_ASSERT_EQUAL_FATAL(hsm_epoch_next(k->hsm, &k->epoch), OK);
	const struct soft_lender lender = {
		.alg = token->alg,
		.spki = bytes_of(token->spki, token->spki_len),
		.sign = sign_by_token,
		.arg = k->hsm,
	};
	k->key = soft_key_lent(&lender);
	memset(k->life, 0x11, sizeof(k->life));
}

static void
close_token(struct taken *k)
{
	hsm_close(k->hsm);
	k->hsm = NULL;
}

static bool
taken_open(struct taken *k)
{
	*k = (struct taken){ .hsm = NULL };
	if (!trio_open(&k->trio, WIRE_ROLE_KEYHOLDER))
		return false;
	open_token(k);
	return true;
}

static void
taken_close(struct taken *k)
{
	close_token(k);
	soft_key_free(k->key);
	trio_close(&k->trio);
}
DEFINE_AUTO_REF(struct taken, taken_close);

#define TAKEN(k)                          \
	AUTO(taken_close) struct taken k; \
	if (!taken_open(&(k)))            \
	return

/* --- what it says --------------------------------------------------------- */

static void
say_to(struct taken *k, enum wire_role to, const struct wire_key_held *m)
{
	wire_put_key_held(&k->trio.packet, m);
	CU_ASSERT_TRUE(peer_send(trio_to(&k->trio, to), &k->trio.packet));
}

static void
says(struct taken *k, const char *kid, uint32_t node, uint32_t epoch)
{
	struct wire_key_held m = { .kid = bytes_of_str(kid),
		                   .node = node,
		                   .epoch = epoch };

	memcpy(m.life, k->life, sizeof(m.life));
	say_to(k, WIRE_ROLE_LEDGER, &m);
	say_to(k, WIRE_ROLE_FRONT, &m);
}

static void
says_truth(struct taken *k)
{
	says(k, k->trio.kid, 1, k->epoch);
	trio_ready(&k->trio);
}

/* The device gets a handle of its choosing. */
static void
enroll(struct taken *k)
{
	struct trio *t = &k->trio;
	AUTO(buf_release) struct buf public = buf_of(4096);
	AUTO(buf_release) struct buf body = buf_of(8192);
	AUTO(buf_release) struct buf answer = buf_of(8192);
	struct wire_handle_derive in;
	struct wire_handle_made m = { .handle = bytes_of_str("dh1_mine") };
	struct bytes packet;

	soft_tpm_public(t->tpm, &public);
	ask_enroll_body(buf_bytes(&public), &body);
	trio_send(t, "/v1/enrollments/tpm2", &body);
	CU_ASSERT_TRUE_FATAL(peer_receive_id(trio_to(t, WIRE_ROLE_LEDGER),
	                                     WIRE_ID_HANDLE_DERIVE,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_handle_derive(packet, &in), OK);
	m.request = in.request;
	wire_put_handle_made(&t->packet, &m);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_LEDGER), &t->packet));
	CU_ASSERT_EQUAL(trio_receive(t, &answer), 201);
	snprintf(t->handle, sizeof(t->handle), "dh1_mine");
}

/* --- what it signs -------------------------------------------------------- */

struct minted {
	struct challenge_claims claims;
	const struct soft_key *key;
	struct asked_challenge asked;
};

static struct minted
true_claims(struct taken *k)
{
	const struct ask ask = trio_ask(&k->trio, 0);
	uint64_t now_s = clock_wall_ms() / 1000;
	struct minted m = {
		.key = k->key,
		.claims = {
			.iss = bytes_of_str(LIFELINE_ISSUER),
			.aud = bytes_of_str("backend-a"),
			.iat_s = now_s,
			.exp_s = now_s + TRIO_TTL_MAX,
			.cti = { 1, k->epoch, ++k->serial },
			.workflow = WORKFLOW_METADATA,
			.bindings = {
				.present = BINDING_BIT(DEVICE) |
				           BINDING_BIT(TRANSPORT) |
				           BINDING_BIT(REQUEST),
				.device_handle = bytes_of_str(ask.handle),
			},
		},
	};

	ask_binding(ask.transport, m.claims.bindings.transport);
	ask_binding(ask.request, m.claims.bindings.request);
	memcpy(m.claims.salt, k->life, sizeof(k->life));
	memcpy(m.claims.salt + 16, &k->serial, sizeof(k->serial));
	return m;
}

static void
mint(struct minted *m)
{
	AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
	AUTO(buf_release) struct buf text = buf_of(ASK_TOKEN_MAX);
	struct challenge c;
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of(m->key, &m->claims, 1);

	soft_batch_token(&b, 0, &token);
	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&token), &c), OK);
	memcpy(m->asked.nonce, c.nonce, HASH_SIZE);
	encode_base64url(&text, buf_bytes(&token));
	snprintf(m->asked.token, sizeof(m->asked.token), "%s", buf_str(&text));
}

static void
truth(struct taken *k, struct minted *m)
{
	(void)k;
	(void)m;
}

static void
own_key(struct taken *k, struct minted *m)
{
	static struct soft_key *rogue;

	(void)k;
	if (!rogue)
		rogue = soft_key_new(ALG_ES256, "rogue");
	m->key = rogue;
}

static void
other_node(struct taken *k, struct minted *m)
{
	(void)k;
	m->claims.cti.node = 2;
}

static void
other_issuer(struct taken *k, struct minted *m)
{
	(void)k;
	m->claims.iss = bytes_of_str("https://other.example");
}

static void
next_epoch(struct taken *k, struct minted *m)
{
	m->claims.cti.epoch = k->epoch + 1;
}

static void
other_life(struct taken *k, struct minted *m)
{
	(void)k;
	m->claims.salt[0]++;
}

static void
far_ahead(struct taken *k, struct minted *m)
{
	(void)k;
	m->claims.iat_s += 3600;
	m->claims.exp_s += 3600;
}

static void
long_lived(struct taken *k, struct minted *m)
{
	(void)k;
	m->claims.exp_s++;
}

/* As far as clocks may differ. */
static void
little_ahead(struct taken *k, struct minted *m)
{
	(void)k;
	m->claims.iat_s += CLOCK_SKEW_S - 1;
	m->claims.exp_s = m->claims.iat_s + 60;
}

static const struct lie {
	const char *name;
	void (*tell)(struct taken *k, struct minted *m);
	enum reason meanwhile; /* REASON_COUNT: good while it runs */
	const char *after;     /* "": good afterwards, too: it was issued */
} lies[] = {
	{ "issued while it ran", truth, REASON_COUNT, "" },
	{ "by a key of its own", own_key, REASON_CHALLENGE_FORGED,
	  "challenge-forged" },
	{ "of another node", other_node, REASON_CHALLENGE_FORGED,
	  "challenge-forged" },
	{ "of another issuer", other_issuer, REASON_CHALLENGE_FORGED,
	  "challenge-forged" },
	{ "of its node's next epoch", next_epoch, REASON_CHALLENGE_EPOCH_LOST,
	  "challenge-epoch-lost" },
	{ "of another life", other_life, REASON_CHALLENGE_EPOCH_LOST,
	  "challenge-epoch-lost" },
	{ "dated far ahead", far_ahead, REASON_CHALLENGE_TIME,
	  "challenge-time" },
	{ "for longer than anybody may ask", long_lived, REASON_CHALLENGE_TIME,
	  "challenge-time" },
	{ "dated a little ahead", little_ahead, REASON_COUNT,
	  "challenge-epoch-lost" },
};

/* What the others found, as they ask it to sign; it does not. */
static reason_set
found(struct taken *k, const struct minted *m)
{
	struct trio *t = &k->trio;
	struct wire_result_sign in;
	struct wire_unavailable no = { .why = bytes_of_str("no") };
	struct bytes packet;

	trio_attest(t, &m->asked, trio_quote(t, m->asked.nonce));
	CU_ASSERT_TRUE_FATAL(peer_receive_id(trio_to(t, WIRE_ROLE_LEDGER),
	                                     WIRE_ID_RESULT_SIGN,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_result_sign(packet, &in), OK);
	no.request = in.request;
	wire_put_unavailable(&t->packet, &no);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_LEDGER), &t->packet));
	CU_ASSERT_EQUAL(trio_answer(t, NULL), TRIO_NOTHING);
	return in.reasons;
}

static void
try_after(struct taken *k, const struct lie *lie, const struct minted *m)
{
	struct asked_result r = { .reasons = "" };
	enum trio_word word = trio_attested(&k->trio, &m->asked, &r);

	if (word == (*lie->after ? TRIO_REFUSED : TRIO_ELIGIBLE) &&
	    strcmp(r.reasons, lie->after) == 0)
		return;
	fprintf(stderr, "%s: %d %s\n", lie->name, (int)word, r.reasons);
	CU_FAIL("another answer");
}

static void
test_signed(void)
{
	static struct minted minted[ARRAY_LEN(lies)];
	TAKEN(k);

	says_truth(&k);
	enroll(&k);
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		minted[i] = true_claims(&k);
		lies[i].tell(&k, &minted[i]);
		mint(&minted[i]);
		if (lies[i].meanwhile != REASON_COUNT)
			CU_ASSERT_EQUAL(found(&k, &minted[i]),
			                reason_bit(lies[i].meanwhile));
	}
	minted[ARRAY_LEN(lies) - 1] = true_claims(&k); /* as late as can be */
	little_ahead(&k, &minted[ARRAY_LEN(lies) - 1]);
	mint(&minted[ARRAY_LEN(lies) - 1]);
	close_token(&k);
	trio_restore(&k.trio);
	for (size_t i = 0; i < ARRAY_LEN(lies); i++)
		try_after(&k, &lies[i], &minted[i]);
	trio_whole(&k.trio);
}

/* --- which keys it claims ------------------------------------------------- */

/* No challenge is asked of it: nobody believes that it holds a key. */
static void
must_not_be_asked(struct taken *k)
{
	AUTO(client_free) struct client *c = NULL;
	const struct ask ask = { .workflow = "enroll" };
	struct asked_challenge asked;
	struct bytes packet;

	CU_ASSERT_EQUAL_FATAL(client_open(k->trio.backend, k->trio.port, &c),
	                      OK);
	CU_ASSERT_EQUAL(ask_challenge(c, &ask, &asked), 503);
	CU_ASSERT_FALSE(peer_receive_id(trio_to(&k->trio, WIRE_ROLE_FRONT),
	                                WIRE_ID_CHALLENGE_MAKE, TRIO_NONE_MS,
	                                &packet));
}

static void
test_claims(void)
{
	AUTO(soft_key_free)
	struct soft_key *rogue = soft_key_new(ALG_ES256, "rogue");
	TAKEN(k);

	says(&k, soft_key_kid(rogue), 1, k.epoch);
	says(&k, k.trio.kid, 2, k.epoch); /* another's ids */
	says(&k, "", 1, k.epoch);
	must_not_be_asked(&k);
	says_truth(&k);
	says(&k, soft_key_kid(rogue), 1, k.epoch); /* beside the pinned one */
	close_token(&k);
	trio_restore(&k.trio);
	trio_whole(&k.trio); /* and one key is published */
}

/* An epoch that was over does not begin again, and another life of one that
 * is known does not pass for it. */
static void
test_epochs(void)
{
	TAKEN(k);
	struct asked_result r;
	struct bytes packet;

	says_truth(&k);
	enroll(&k);
	memset(k.life, 0x22, sizeof(k.life));
	says(&k, k.trio.kid, 1, k.epoch);
	struct minted n = true_claims(&k);
	mint(&n);
	trio_attest(&k.trio, &n.asked, trio_quote(&k.trio, n.asked.nonce));
	CU_ASSERT_FALSE(peer_receive_id(trio_to(&k.trio, WIRE_ROLE_LEDGER),
	                                WIRE_ID_RESULT_SIGN, TRIO_NONE_MS,
	                                &packet));
	CU_ASSERT_EQUAL(trio_answer(&k.trio, NULL), TRIO_NOTHING);
	close_token(&k);
	trio_restore(&k.trio);
	CU_ASSERT_EQUAL(trio_attested(&k.trio, &n.asked, &r), TRIO_REFUSED);
	CU_ASSERT_STRING_EQUAL(r.reasons, "challenge-epoch-lost");
	trio_whole(&k.trio);
}

static void
test_words(void)
{
	TAKEN(k);

	trio_may_not_say(&k.trio);
}

static const struct harness_test tests[] = {
	{ "says nothing that is another's to say", test_words },
	{ "holds no key but the pinned one", test_claims },
	{ "has one life an epoch", test_epochs },
	{ "what it signed ahead dies with it", test_signed },
	{ NULL, NULL },
};

HARNESS_MAIN("taken_keyholder", tests)
