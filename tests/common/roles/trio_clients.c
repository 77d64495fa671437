/*
 * trio_clients.c - the clients of a trio's front, and what a relying party makes
 * of the answers; see trio.h.
 */
#include "tests/common/roles/trio.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "crypto/token/ear_cwt.h"
#include "base/encode.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/service.h"

DEFINE_AUTO(json_t *, json_decref);

/* NULL: no signature by the pinned key. */
static json_t *
claims_of(const struct trio *t, struct bytes jwt)
{
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);

	uint64_t now_s = clock_wall_ms() / 1000;
	err_t err = ear_form(jwt) == WIRE_RESULT_CWT
	                    ? ear_cwt_verify(jwt, t->ring, now_s, &payload)
	                    : ear_verify(jwt, t->ring, now_s, &payload);
	if (err != OK)
		return NULL;
	return json_loads(buf_str(&payload), 0, NULL);
}

static enum trio_word
word_in(const json_t *claims)
{
	const json_t *own = json_object_get(claims, "anchord");
	const json_t *eligible = json_object_get(own, "eligible");

	CU_ASSERT_TRUE(json_is_boolean(eligible));
	return json_is_true(eligible) ? TRIO_ELIGIBLE : TRIO_REFUSED;
}

enum trio_word
trio_word_of(const struct trio *t, struct bytes jwt)
{
	AUTO(json_decref) json_t *claims = claims_of(t, jwt);

	return claims ? word_in(claims) : TRIO_FALSE;
}

enum trio_word
trio_word_for(const struct trio *t, const uint8_t nonce[static HASH_SIZE],
              struct bytes jwt)
{
	AUTO(json_decref) json_t *claims = claims_of(t, jwt);
	AUTO(buf_release) struct buf wanted = buf_of(64);

	encode_base64url(&wanted, bytes_of(nonce, HASH_SIZE));
	const char *said =
	        json_string_value(json_object_get(claims, "eat_nonce"));
	enum trio_word word = claims ? word_in(claims) : TRIO_FALSE;
	return word == TRIO_ELIGIBLE &&
	                       (!said || strcmp(said, buf_str(&wanted)) != 0)
	               ? TRIO_OTHER
	               : word;
}

void
trio_ready(struct trio *t)
{
	uint64_t until = clock_mono_ms() + HARNESS_WAIT_MS;
	int status = 0;

	while (status != 200 && clock_mono_ms() < until) {
		AUTO(client_free) struct client *c = NULL;

		if (client_open(t->backend, t->port, &c) == OK)
			status = client_exchange(c, "GET", "/readyz",
			                         bytes_of(NULL, 0), NULL);
		if (status != 200)
			service_sleep_ms(5);
	}
	CU_ASSERT_EQUAL_FATAL(status, 200);
}

/* --- what is asked -------------------------------------------------------- */

struct ask
trio_ask(const struct trio *t, unsigned ttl)
{
	return (struct ask){ .workflow = "metadata",
		             .handle = t->handle,
		             .ttl = ttl,
		             .bound = true,
		             .transport = 1,
		             .request = 2 };
}

void
trio_challenge(struct trio *t, unsigned ttl, struct asked_challenge *ret)
{
	AUTO(client_free) struct client *c = NULL;
	const struct ask ask = trio_ask(t, ttl);

	CU_ASSERT_EQUAL_FATAL(client_open(t->backend, t->port, &c), OK);
	CU_ASSERT_EQUAL_FATAL(ask_challenge(c, &ask, ret), 201);
}

void
trio_enroll(struct trio *t)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf public = buf_of(4096);

	soft_tpm_public(t->tpm, &public);
	CU_ASSERT_EQUAL_FATAL(client_open(t->backend, t->port, &c), OK);
	int status = ask_enroll(c, buf_bytes(&public), t->handle);
	CU_ASSERT_TRUE_FATAL(status == 200 || status == 201);
}

struct bytes
trio_quote(struct trio *t, const uint8_t nonce[static HASH_SIZE])
{
	struct soft_quote q = soft_quote_of(bytes_of(nonce, HASH_SIZE));

	buf_reset(&t->evidence);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_evidence(t->tpm, &q, &t->evidence), OK);
	return buf_bytes(&t->evidence);
}

/* --- questions whose answer is awaited later ------------------------------ */

void
trio_send(struct trio *t, const char *path, const struct buf *body)
{
	client_free(t->client);
	t->client = NULL;
	CU_ASSERT_EQUAL_FATAL(client_open(t->backend, t->port, &t->client), OK);
	client_begin(t->client, "POST", path, buf_bytes(body));
	client_finish(t->client);
}

int
trio_receive(struct trio *t, struct buf *answer)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(t->client);
	int status = client_receive(t->client, answer);

	client_free(t->client);
	t->client = NULL;
	return status;
}

void
trio_attest(struct trio *t, const struct asked_challenge *c,
            struct bytes evidence)
{
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	const struct ask ask = trio_ask(t, 0);
	const struct ask observed = { .handle = ask.handle,
		                      .bound = true,
		                      .transport = ask.transport,
		                      .request = ask.request };

	memcpy(t->nonce, c->nonce, HASH_SIZE);
	ask_attest_body(c->token, evidence, &observed, &body);
	trio_send(t, "/v1/attestations", &body);
}

enum trio_word
trio_answer(struct trio *t, struct asked_result *ret)
{
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	static struct asked_result own;
	struct asked_result *r = ret ? ret : &own;

	if (trio_receive(t, &answer) != 200)
		return TRIO_NOTHING;
	if (!ask_result_read(&answer, r))
		return TRIO_FALSE;
	return trio_word_for(t, t->nonce, bytes_of_str(r->jwt));
}

enum trio_word
trio_attested(struct trio *t, const struct asked_challenge *c,
              struct asked_result *ret)
{
	trio_attest(t, c, trio_quote(t, c->nonce));
	return trio_answer(t, ret);
}

/* --- the whole job -------------------------------------------------------- */

static void
one_key(struct trio *t)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf keys = buf_of(ASK_BODY_MAX);

	CU_ASSERT_EQUAL_FATAL(client_open(t->backend, t->port, &c), OK);
	CU_ASSERT_EQUAL(
	        client_exchange(c, "GET", "/v1/keys", bytes_of(NULL, 0), &keys),
	        200);
	AUTO(json_decref) json_t *set = json_loads(buf_str(&keys), 0, NULL);
	const json_t *all = json_object_get(set, "keys");

	CU_ASSERT_EQUAL(json_array_size(all), 1);
	const char *kid = json_string_value(
	        json_object_get(json_array_get(all, 0), "kid"));
	CU_ASSERT_TRUE(kid && strcmp(kid, t->kid) == 0);
}

void
trio_whole(struct trio *t)
{
	static const uint8_t other[HASH_SIZE] = { 1 };
	struct asked_challenge c;
	struct asked_result r;

	one_key(t);
	trio_enroll(t);
	trio_challenge(t, 0, &c);
	CU_ASSERT_EQUAL(trio_attested(t, &c, &r), TRIO_ELIGIBLE);
	trio_challenge(t, 0, &c);
	trio_attest(t, &c, trio_quote(t, other));
	CU_ASSERT_EQUAL(trio_answer(t, &r), TRIO_REFUSED);
	CU_ASSERT_STRING_EQUAL(r.reasons, "nonce-mismatch");
}
