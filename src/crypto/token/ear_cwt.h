/*
 * ear_cwt.h - the result in CBOR: the claims of ear.h as a claims set of RFC 8392
 * and a receipt (receipt.h, RECEIPT_RESULT), which many results share.
 *
 *	claims = { 1: iss, 3: aud, 4: exp, 6: iat, 7: cti (the JWT's jti),
 *	           ? 8: cnf, ? 10: eat_nonce, 265: eat_profile, 266: submods,
 *	           1000: ear_status, 1004: ear_verifier_id, -65547: anchord }
 *
 * Labels are those of RFC 8392, RFC 8747, RFC 9711 and draft-ietf-rats-ear-04;
 * anchord is a map with the keys of enum anchord_member.  It says the same as the
 * JWT of the same fields: docs/formats.md has both.
 */
#ifndef CRYPTO_TOKEN_EAR_CWT_H
#define CRYPTO_TOKEN_EAR_CWT_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/keys/confirmation.h"
#include "crypto/token/ear.h"
#include "crypto/token/receipt.h"

/* Bytes of the longest claims that the rules of ear.h allow, and of a token of
 * them. */
#define EAR_CWT_CLAIMS_MAX ANCHORD_CHALLENGE_MAX
#define EAR_CWT_MAX (2 * ANCHORD_CHALLENGE_MAX)

/* Appends the claims.  E_MALFORMED by the rules of ear_compose(). */
MUST_CHECK err_t ear_cwt_compose(struct buf *out,
                                 const struct ear_issuer *issuer,
                                 const struct ear_fields *fields);

/* A parsed result, not verified yet.  Views point into the token. */
struct ear_cwt {
	struct receipt receipt;
	struct ear_issuer issuer;
	struct ear_fields fields; /* but redeemed, which no result says */
	struct confirmation confirmation;
};

/* Parses the whole token strictly: its claims are those that ear_cwt_compose()
 * would write of the same fields.  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t ear_cwt_open(struct bytes token, struct ear_cwt *ret);

/*
 * Verifies a token of this service: receipt, alg of the key, signature, that
 * header and claims agree, and exp against now_s.  payload receives the claims as
 * the JSON text that the JWT of the same result has.  E_MALFORMED: not such a
 * token.  E_DENIED: unknown key, bad signature, or claims that are not of the
 * signed batch.  E_LIMIT: expired; payload is filled in.  The caller compares
 * issuer and audience.
 */
MUST_CHECK err_t ear_cwt_verify(struct bytes token, const struct keyring *ring,
                                uint64_t now_s, struct buf *payload);

#endif
