/*
 * soft_result.h - composes results like the key holder, signed in software.
 */
#ifndef COMMON_FAKES_SOFT_RESULT_H
#define COMMON_FAKES_SOFT_RESULT_H

#include "base/buf.h"
#include "crypto/token/ear_cwt.h"
#include "tests/common/fakes/soft_key.h"
#include "wire/wire.h"

/* The fields for an eligible device: tpm2-quote, all bindings, issued at
 * SOFT_BATCH_IAT for 300 s, sequence 42. */
struct ear_fields soft_result_fields(void);

/* The fields for the same request with a forged challenge. */
struct ear_fields soft_result_unbelievable(void);

/* Appends the JWT of these fields; returns ear_compose()'s error. */
MUST_CHECK err_t soft_result(const struct soft_key *key,
                             const struct ear_fields *fields, struct buf *out);

/* The head of a batch of such results, for n leaves, or of one beside a decoy. */
struct receipt_head soft_cwt_head(const struct soft_key *key, size_t n);

/* The same result in CBOR, by itself beside a decoy. */
MUST_CHECK err_t soft_cwt(const struct soft_key *key,
                          const struct ear_fields *fields, struct buf *out);

#endif
