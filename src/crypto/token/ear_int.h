/*
 * ear_int.h - shared by the files of results, ear*.c.
 */
#ifndef CRYPTO_TOKEN_EAR_INT_H
#define CRYPTO_TOKEN_EAR_INT_H

#include <stdbool.h>

#include "crypto/token/ear.h"
#include "crypto/token/ear_cwt.h"
#include "wire/reason.h"

/* RFC 8259 section 6: integers that every JSON implementation reads exactly. */
#define EAR_NUMBER_MAX (((uint64_t)1 << 53) - 1)

#define EAR_TYP ANCHORD_RESULT_TYP

/* The name of the submod when there is no format. */
#define EAR_NO_FORMAT "challenge"

/* Keys of the maps of a policy and of a rollout file in CBOR. */
enum ear_file {
	EAR_FILE_ID,
	EAR_FILE_VERSION,
	EAR_FILE_DIGEST,
	EAR_FILE_GROUP,
	EAR_FILE_STAGE,
	EAR_FILE_RETRY_AFTER,
};

/* See ear_compose(). */
bool ear_fields_valid(const struct ear_issuer *issuer,
                      const struct ear_fields *f);

/* False: the challenge is not ours, and the result must not have its claims. */
bool ear_believable(const struct ear_fields *f);

/* Append the claims, unchecked: in CBOR, and as the JSON text of a JWT's
 * payload. */
MUST_CHECK err_t ear_cwt_put_claims(struct buf *out, struct bytes iss,
                                    const struct ear_fields *f);
MUST_CHECK err_t ear_put_payload(struct buf *out,
                                 const struct ear_issuer *issuer,
                                 const struct ear_fields *f);

enum tier ear_status(const struct ear_fields *f);

#endif
