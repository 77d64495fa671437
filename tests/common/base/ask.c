/*
 * ask.c - see ask.h.
 */
#include "tests/common/base/ask.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/encode.h"

DEFINE_AUTO(json_t *, json_decref);

void
ask_binding(uint8_t seed, uint8_t out[static HASH_SIZE])
{
	memset(out, seed, HASH_SIZE);
}

static void
put_binding(const char *name, uint8_t seed, struct buf *out)
{
	uint8_t digest[HASH_SIZE];

	ask_binding(seed, digest);
	buf_printf(out, "\"%s\":\"", name);
	encode_base64url(out, bytes_of(digest, sizeof(digest)));
	buf_append_str(out, "\"");
}

/* The members that requests and "observed" have in common, each with a comma
 * before it but the first. */
static void
put_ask(const struct ask *ask, const char *comma, struct buf *out)
{
	const struct {
		const char *name, *value;
	} texts[] = {
		{ "device_handle", ask->handle },
		{ "channel", ask->channel },
		{ "transaction", ask->transaction },
		{ "release", ask->release },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (!texts[i].value)
			continue;
		buf_printf(out, "%s\"%s\":\"%s\"", comma, texts[i].name,
		           texts[i].value);
		comma = ",";
	}
	if (!ask->bound && !ask->account)
		return;
	buf_printf(out, "%s\"bindings\":{", comma);
	if (ask->bound) {
		put_binding("transport", ask->transport, out);
		buf_append_str(out, ",");
		put_binding("request", ask->request, out);
	}
	if (ask->bound && ask->account)
		buf_append_str(out, ",");
	if (ask->account)
		put_binding("account", ask->account, out);
	buf_append_str(out, "}");
}

void
ask_challenge_body(const struct ask *ask, struct buf *out)
{
	buf_printf(out, "{\"workflow\":\"%s\"", ask->workflow);
	if (ask->ttl)
		buf_printf(out, ",\"ttl\":%u", ask->ttl);
	put_ask(ask, ",", out);
	buf_append_str(out, "}");
}

void
ask_attest_body(const char *challenge, struct bytes evidence,
                const struct ask *observed, struct buf *out)
{
	buf_printf(out, "{\"challenge\":\"%s\",\"evidence\":", challenge);
	buf_append(out, evidence);
	buf_append_str(out, ",\"observed\":{");
	put_ask(observed, "", out);
	buf_append_str(out, "}}");
}

void
ask_enroll_body(struct bytes ak_public, struct buf *out)
{
	buf_append_str(out, "{\"ak_public\":\"");
	encode_base64(out, ak_public);
	buf_append_str(out, "\"}");
}

static json_t *
parse(struct bytes text)
{
	return json_loadb((const char *)text.data, text.len,
	                  JSON_REJECT_DUPLICATES, NULL);
}

/* Copies a text member that fits. */
static bool
take_text(const json_t *object, const char *name, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text && snprintf(out, size, "%s", text) < (int)size;
}

bool
ask_challenge_read(struct buf *body, struct asked_challenge *ret)
{
	char nonce[HASH_SIZE * 2];
	AUTO(json_decref) json_t *o = parse(buf_bytes(body));

	return o && take_text(o, "challenge", ret->token, sizeof(ret->token)) &&
	       take_text(o, "nonce", nonce, sizeof(nonce)) &&
	       decode_base64url_exact(bytes_of_str(nonce), ret->nonce,
	                              HASH_SIZE) == OK;
}

/* The jti claim; the signature is the business of other tests. */
static bool
read_jti(struct asked_result *r)
{
	const char *payload = strchr(r->jwt, '.');
	const char *end = payload ? strchr(payload + 1, '.') : NULL;
	AUTO(buf_release) struct buf claims = buf_of(ASK_JWT_MAX);

	if (!end ||
	    decode_base64url(&claims, bytes_of(payload + 1,
	                                       (size_t)(end - payload - 1))) !=
	            OK)
		return false;
	AUTO(json_decref) json_t *o = parse(buf_bytes(&claims));
	return o && take_text(o, "jti", r->jti, sizeof(r->jti));
}

bool
ask_result_read(struct buf *body, struct asked_result *ret)
{
	AUTO(json_decref) json_t *o = parse(buf_bytes(body));
	const json_t *eligible = json_object_get(o, "eligible");
	const json_t *reasons = json_object_get(o, "reasons");
	size_t i = 0, at = 0;
	const json_t *reason = NULL;

	if (!json_is_boolean(eligible) || !json_is_array(reasons) ||
	    !take_text(o, "result", ret->jwt, sizeof(ret->jwt)))
		return false;
	ret->eligible = json_is_true(eligible);
	ret->reasons[0] = '\0';
	json_array_foreach(reasons, i, reason)
	{
		int n = snprintf(ret->reasons + at, sizeof(ret->reasons) - at,
		                 "%s%s", at ? " " : "",
		                 json_string_value(reason));
		if (n < 0 || (size_t)n >= sizeof(ret->reasons) - at)
			return false;
		at += (size_t)n;
	}
	return read_jti(ret);
}

static int
checked(int status, bool good)
{
	return status / 100 == 2 && !good ? -1 : status;
}

int
ask_challenge(struct client *c, const struct ask *ask,
              struct asked_challenge *ret)
{
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	ask_challenge_body(ask, &body);
	int status = client_exchange(c, "POST", "/v1/challenges",
	                             buf_bytes(&body), &answer);
	return checked(status,
	               status == 201 && ask_challenge_read(&answer, ret));
}

int
ask_attest(struct client *c, const char *challenge, struct bytes evidence,
           const struct ask *observed, struct asked_result *ret)
{
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	ask_attest_body(challenge, evidence, observed, &body);
	int status = client_exchange(c, "POST", "/v1/attestations",
	                             buf_bytes(&body), &answer);
	return checked(status, status == 200 && ask_result_read(&answer, ret));
}

int
ask_enroll(struct client *c, struct bytes ak_public,
           char ret_handle[static ASK_HANDLE_MAX])
{
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	ask_enroll_body(ak_public, &body);
	int status = client_exchange(c, "POST", "/v1/enrollments/tpm2",
	                             buf_bytes(&body), &answer);
	if (status / 100 != 2)
		return status;
	AUTO(json_decref) json_t *o = parse(buf_bytes(&answer));
	return checked(status, o && take_text(o, "device_handle", ret_handle,
	                                      ASK_HANDLE_MAX));
}
