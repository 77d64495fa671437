/*
 * ear_verify.c - verifies a result, for a relying party.
 *
 * Header and encoding must be the ones that ear.c writes: exactly three
 * members, and one spelling of every byte.  The claims are parsed only after
 * the signature was verified, and only profile and expiry are checked.
 */
#include <string.h>

#include "base/auto.h"
#include "crypto/token/ear_int.h"
#include "crypto/token/jws.h"
#include "base/encode.h"
#include "crypto/codec/json_auto.h"

/* The header must be the exact text that we write for its alg and kid. */
static err_t
check_header(const struct jws *jws, enum alg *ret_alg, struct buf *kid)
{
	AUTO(buf_release) struct buf text = buf_of(EAR_RESULT_MAX);
	AUTO(buf_release) struct buf again = buf_of(EAR_RESULT_MAX);
	AUTO(json_decref) json_t *header = NULL;

	TRY(decode_base64url(&text, jws->header));
	TRY(jws_object(buf_bytes(&text), &header));
	const char *typ = json_text(header, "typ");
	enum alg alg = alg_of_jose(bytes_of_str(json_text(header, "alg")));
	if (json_object_size(header) != 3 || !json_text(header, "kid") ||
	    !typ || strcmp(typ, EAR_TYP) != 0 || alg == ALG_COUNT)
		return E_MALFORMED;

	TRY(json_dump_to(header, &again));
	if (!bytes_equal(buf_bytes(&again), buf_bytes(&text)))
		return E_MALFORMED;
	buf_append_str(kid, json_text(header, "kid"));
	*ret_alg = alg;
	return buf_status(kid);
}

static err_t
check_signature(const struct jws *jws, const struct keyring *ring)
{
	enum alg alg = ALG_COUNT;
	AUTO(buf_release) struct buf kid = buf_of(EAR_RESULT_MAX);
	AUTO(buf_release) struct buf signature = buf_of(EAR_RESULT_MAX);

	TRY(check_header(jws, &alg, &kid));
	TRY(decode_base64url(&signature, jws->signature));
	err_t err = keyring_verify(ring, buf_bytes(&kid), alg,
	                           jws->signing_input, buf_bytes(&signature));
	return err == E_NOT_FOUND ? E_DENIED : err;
}

/* Checks the profile and returns exp. */
static err_t
check_claims(struct bytes text, uint64_t *ret_exp_s)
{
	AUTO(json_decref) json_t *claims = NULL;

	TRY(jws_object(text, &claims));
	const char *profile = json_text(claims, "eat_profile");
	const json_t *exp = json_object_get(claims, "exp");
	if (!profile || strcmp(profile, EAR_PROFILE) != 0 ||
	    !json_is_integer(exp) || json_integer_value(exp) < 0)
		return E_MALFORMED;
	*ret_exp_s = (uint64_t)json_integer_value(exp);
	return OK;
}

err_t
ear_verify(struct bytes jwt, const struct keyring *ring, uint64_t now_s,
           struct buf *payload)
{
	struct jws jws;
	uint64_t exp_s = 0;
	AUTO(buf_release) struct buf text = buf_of(EAR_RESULT_MAX);

	if (!jws_split(jwt, EAR_RESULT_MAX, &jws))
		return E_MALFORMED;
	TRY(check_signature(&jws, ring));
	TRY(decode_base64url(&text, jws.payload));
	TRY(check_claims(buf_bytes(&text), &exp_s));

	buf_append(payload, buf_bytes(&text));
	TRY(buf_status(payload));
	return now_s >= exp_s ? E_LIMIT : OK; /* RFC 7519 section 4.1.4 */
}
