/*
 * jws.h - the parts of a JWS in compact form (RFC 7515 section 7.1), for the files
 * of this directory.
 */
#ifndef CRYPTO_TOKEN_JWS_H
#define CRYPTO_TOKEN_JWS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"

struct jws {
	struct bytes header, payload, signature; /* base64url */
	struct bytes signing_input;
};

/* False: there are not two dots, or it is longer than most.  A further dot is in
 * the signature, where base64url refuses it. */
bool jws_split(struct bytes text, size_t most, struct jws *ret_jws);

/* A JSON object, which the caller frees.  E_MALFORMED: it is none, or has a member
 * twice (RFC 7515 section 4). */
MUST_CHECK err_t jws_object(struct bytes json, json_t **ret_object);

#endif
