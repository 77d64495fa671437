/*
 * ear_int.h - shared by ear_check.c, ear.c and ear_verify.c.
 */
#ifndef CRYPTO_TOKEN_EAR_INT_H
#define CRYPTO_TOKEN_EAR_INT_H

#include <stdbool.h>

#include "crypto/token/ear.h"
#include "wire/reason.h"

/* RFC 8259 section 6: integers that every JSON implementation reads exactly. */
#define EAR_NUMBER_MAX (((uint64_t)1 << 53) - 1)

#define EAR_TYP ANCHORD_RESULT_TYP

/* See ear_compose(). */
bool ear_fields_valid(const struct ear_issuer *issuer,
                      const struct ear_fields *f);

/* False: the challenge is not ours, and the result must not have its claims. */
bool ear_believable(const struct ear_fields *f);

enum tier ear_status(const struct ear_fields *f);

#endif
