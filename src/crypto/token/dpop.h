/*
 * dpop.h - checks a proof of possession: a DPoP proof (RFC 9449) by the key that a
 * result confirms, where the result plays the access token.
 *
 * All checks of section 4.3 but two, which only the server can make that the
 * request came to: that it has one proof (point 1), and that the proof's nonce is
 * the one that the server gave (point 10).  And jti must not have been seen before
 * with this key for as long as iat is accepted, age_s + CLOCK_SKEW_S (section
 * 11.1): the caller keeps that list.
 */
#ifndef CRYPTO_TOKEN_DPOP_H
#define CRYPTO_TOKEN_DPOP_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define DPOP_MAX 8192       /* bytes of a proof */
#define DPOP_AGE_USUAL_S 60 /* how long a proof is good */
#define DPOP_AGE_MAX_S 3600u
#define DPOP_TYP "dpop+jwt"

enum dpop_fault {
#define FAULT(NAME, word, text) DPOP_##NAME,
#include "crypto/token/dpop.def"
	DPOP_FAULTS
};

const char *dpop_fault_word(enum dpop_fault fault);
const char *dpop_fault_text(enum dpop_fault fault);

struct dpop_terms {
	/* The result as it travels, verified: a compact JWT, or the base64url text
	 * of one in CBOR. */
	struct bytes result;
	const char *jkt;     /* the thumbprint of its cnf: confirmation.h */
	struct bytes method; /* of the request, as it is spelled there */
	struct bytes url; /* of the request; query and fragment are ignored */
	uint64_t now_s, age_s;
};

/* Appends the proof's jti.  E_DENIED: *ret_fault has the first check that failed.
 * E_MALFORMED: terms->url is no URL of http or https.  E_NOMEM. */
MUST_CHECK err_t dpop_verify(struct bytes proof, const struct dpop_terms *terms,
                             struct buf *jti, enum dpop_fault *ret_fault);

#endif
