/*
 * verb_challenge.c - `anchorctl challenge verify`: verifies that the service
 * issued a challenge, and prints to whom, for what, and whether it is still
 * valid.
 *
 * The content of a challenge without a valid signature is not printed, because
 * anybody could have written it.
 */
#include <stdio.h>

#include "crypto/token/challenge.h"
#include "base/clock.h"
#include "base/encode.h"
#include "provisioning/anchorctl/verb_verify.h"
#include "provisioning/anchorctl/verbs.h"

#define TEXT_MAX 256 /* characters of an encoded value */

static json_t *
base64url_json(const uint8_t *data, size_t len)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);

	encode_base64url(&text, bytes_of(data, len));
	return json_string(buf_str(&text));
}

static json_t *
challenge_hex_json(const uint8_t *data, size_t len)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);

	encode_hex(&text, bytes_of(data, len));
	return json_string(buf_str(&text));
}

static json_t *
challenge_text_json(struct bytes v)
{
	AUTO(buf_release) struct buf copy = buf_of(CHALLENGE_MAX);

	buf_append(&copy, v);
	return cli_text(buf_str(&copy));
}

static json_t *
instant_json(uint64_t at_s)
{
	char out[CLOCK_TEXT_SIZE];

	clock_format(at_s * 1000, out);
	return json_string(out);
}

static void
add_bindings(json_t *claims, const struct bindings *b)
{
	for (enum binding i = 0; i < BINDING_COUNT; i++) {
		struct bytes value = binding_value(b, i);

		if (bindings_have(b, i))
			json_object_set_new(
			        claims, binding_member(i),
			        binding_is_text(i) ? challenge_text_json(value)
			                           : base64url_json(value.data,
			                                            value.len));
	}
}

static json_t *
claims_json(const struct challenge_claims *c)
{
	uint8_t cti[CTI_SIZE];
	json_t *claims = json_object();

	cti_encode(&c->cti, cti);
	json_object_set_new(claims, "iss", challenge_text_json(c->iss));
	json_object_set_new(claims, "aud", challenge_text_json(c->aud));
	json_object_set_new(claims, "iat", instant_json(c->iat_s));
	json_object_set_new(claims, "exp", instant_json(c->exp_s));
	json_object_set_new(claims, "cti",
	                    challenge_hex_json(cti, sizeof(cti)));
	json_object_set_new(claims, "node", json_integer(c->cti.node));
	json_object_set_new(claims, "epoch", json_integer(c->cti.epoch));
	json_object_set_new(claims, "serial",
	                    json_integer((json_int_t)c->cti.serial));
	json_object_set_new(claims, "salt", base64url_json(c->salt, HASH_SIZE));
	json_object_set_new(claims, "profile", json_string(CHALLENGE_PROFILE));
	json_object_set_new(claims, "workflow",
	                    json_string(workflow_name(c->workflow)));
	add_bindings(claims, &c->bindings);
	return claims;
}

static json_t *
receipt_json(const struct challenge *c)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:I, s:I}", "alg",
	                 alg_jose_name(c->head.alg), "kid",
	                 challenge_text_json(c->head.kid), "iss",
	                 challenge_text_json(c->head.iss), "iat",
	                 instant_json(c->head.iat_s), "exp",
	                 instant_json(c->head.exp_s), "epoch",
	                 (json_int_t)c->head.epoch, "batch_size",
	                 (json_int_t)c->head.batch_size);
}

static json_t *
challenge_json(const struct challenge *c)
{
	return json_pack("{s:o, s:o, s:o}", "nonce",
	                 base64url_json(c->nonce, HASH_SIZE), "claims",
	                 claims_json(&c->claims), "receipt", receipt_json(c));
}

/* Accepts the base64url text of the API and the challenge's CBOR itself.  Every
 * challenge begins with the byte 0x82 (a CBOR array of 2), which is not
 * ASCII. */
static bool
undo_base64url(struct buf *token)
{
	AUTO(buf_release) struct buf raw = buf_of(CHALLENGE_MAX);

	if (token->len > 0 && token->data[0] == 0x82)
		return true;
	verify_trim_text(token);
	if (decode_base64url(&raw, buf_bytes(token)) != OK)
		return false;
	buf_reset(token);
	buf_append(token, buf_bytes(&raw));
	return buf_status(token) == OK;
}

static int
run_challenge_verify(struct cli *cli)
{
	struct challenge c;
	AUTO(verify_release) struct verify_input in = { .ring = NULL };

	int code = verify_read(cli, BASE64URL_LEN(CHALLENGE_MAX) + 2, &in);
	if (code != VERB_GOOD)
		return code;
	if (!undo_base64url(&in.token) ||
	    challenge_open(buf_bytes(&in.token), &c) != OK)
		return verify_answer(cli, "malformed", NULL, VERB_REFUSED);

	err_t err = challenge_verify(&c, in.ring);
	if (err == E_DENIED)
		return verify_answer(cli, "forged", NULL, VERB_REFUSED);
	if (err != OK)
		return cli_fail(cli, VERB_PART, "%s", err_name(err));
	if (!verify_issuer(&in, c.claims.iss))
		return verify_answer(cli, "other-issuer", challenge_json(&c),
		                     VERB_REFUSED);
	if (verify_is_early(&in, c.claims.iat_s))
		return verify_answer(cli, "not-yet", challenge_json(&c),
		                     VERB_REFUSED);
	if (in.now_s >= c.claims.exp_s)
		return verify_answer(cli, "expired", challenge_json(&c),
		                     VERB_REFUSED);
	return verify_answer(cli, "good", challenge_json(&c), VERB_GOOD);
}

const struct verb verb_challenge_verify = {
	.words = "challenge verify",
	.arguments = "FILE",
	.help = "Check that the service issued a challenge, and print it.",
	.options = verify_options,
	.run = run_challenge_verify,
};
