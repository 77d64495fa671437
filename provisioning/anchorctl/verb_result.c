/*
 * verb_result.c - `anchorctl result verify`: verifies that the service signed a
 * result, a JWT or one in CBOR, and that the device is eligible; and with --dpop,
 * that a request comes from that device.
 *
 * The exit status is 0 only for a result of the service that has not expired
 * and says that the device is eligible, and with --dpop for a good proof.
 */
#include <string.h>

#include "base/encode.h"
#include "crypto/token/ear_cwt.h"
#include "provisioning/anchorctl/verb_result_dpop.h"
#include "provisioning/anchorctl/verb_verify.h"
#include "provisioning/anchorctl/verbs.h"

static const struct verb_option options[] = {
	VERIFY_OPTIONS,
	RESULT_DPOP_OPTIONS,
	{ NULL, NULL, false, NULL },
};

static json_t *
wrap_claims(const json_t *claims)
{
	return json_pack("{s:O}", "claims", claims);
}

/* ear_verify() has checked exp only.  A result without a valid iat counts as
 * issued in the future. */
static const char *
out_of_place(const struct verify_input *in, const json_t *claims)
{
	const char *iss = json_string_value(json_object_get(claims, "iss"));
	const json_t *iat = json_object_get(claims, "iat");

	if (!verify_issuer(in, bytes_of_str(iss ? iss : "")))
		return "other-issuer";
	return !json_is_integer(iat) || json_integer_value(iat) < 0 ||
	                       verify_is_early(
	                               in, (uint64_t)json_integer_value(iat))
	               ? "not-yet"
	               : NULL;
}

static int
judge_result_claims(struct cli *cli, const struct verify_input *in,
                    const struct result_dpop *dpop, json_t *claims,
                    bool expired)
{
	const json_t *own = json_object_get(claims, "anchord");
	const char *wrong = out_of_place(in, claims);

	if (wrong)
		return verify_answer(cli, wrong, wrap_claims(claims),
		                     VERB_REFUSED);
	if (expired)
		return verify_answer(cli, "expired", wrap_claims(claims),
		                     VERB_REFUSED);
	if (!json_is_true(json_object_get(own, "eligible")))
		return verify_answer(cli, "ineligible", wrap_claims(claims),
		                     VERB_REFUSED);
	if (dpop->asked)
		return result_dpop_judge(cli, dpop, in, wrap_claims(claims));
	return verify_answer(cli, "eligible", wrap_claims(claims), VERB_GOOD);
}

/* Leaves the text in which a result travels: a JWT, or the base64url of one in
 * CBOR, whose bytes ret_cwt gets.  Accepts those bytes themselves, too, which may
 * end with the byte of a line end.  E_MALFORMED. */
static err_t
read_forms(struct buf *token, struct buf *ret_cwt)
{
	if (ear_form(buf_bytes(token)) == WIRE_RESULT_CWT) {
		if (token->len > EAR_CWT_MAX)
			return E_MALFORMED;
		buf_append(ret_cwt, buf_bytes(token));
		buf_reset(token);
		encode_base64url(token, buf_bytes(ret_cwt));
		return buf_status(token);
	}
	verify_trim_text(token);
	if (token->len == 0 || memchr(token->data, '.', token->len))
		return OK;
	return decode_base64url(ret_cwt, buf_bytes(token));
}

static err_t
verify_form(struct verify_input *in, struct buf *payload)
{
	AUTO(buf_release) struct buf cwt = buf_of(EAR_RESULT_MAX);

	TRY(read_forms(&in->token, &cwt));
	return cwt.len > 0 ? ear_cwt_verify(buf_bytes(&cwt), in->ring,
	                                    in->now_s, payload)
	                   : ear_verify(buf_bytes(&in->token), in->ring,
	                                in->now_s, payload);
}

static int
run_result_verify(struct cli *cli)
{
	AUTO(verify_release) struct verify_input in = { .ring = NULL };
	AUTO(result_dpop_release) struct result_dpop dpop = { .asked = false };
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);

	int code = result_dpop_read(cli, &dpop);
	if (code == VERB_GOOD)
		code = verify_read(cli, EAR_RESULT_MAX + 2, &in);
	if (code != VERB_GOOD)
		return code;

	err_t err = verify_form(&in, &payload);
	if (err == E_MALFORMED)
		return verify_answer(cli, "malformed", NULL, VERB_REFUSED);
	if (err == E_DENIED)
		return verify_answer(cli, "forged", NULL, VERB_REFUSED);
	if (err != OK && err != E_LIMIT)
		return cli_fail(cli, VERB_PART, "%s", err_name(err));

	json_t *claims = json_loads(buf_str(&payload), 0, NULL);
	code = judge_result_claims(cli, &in, &dpop, claims, err == E_LIMIT);
	json_decref(claims);
	return code;
}

const struct verb verb_result_verify = {
	.words = "result verify",
	.arguments = "FILE",
	.help = "Check that the service signed a result, and print it.",
	.options = options,
	.run = run_result_verify,
};
