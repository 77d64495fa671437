/*
 * outcome.h - a stored outcome as JSON, in the words of the API and of results
 * (docs/api.md, GET /v1/outcomes).
 */
#ifndef CRYPTO_TOKEN_OUTCOME_H
#define CRYPTO_TOKEN_OUTCOME_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/wire.h"

/*
 * Appends one JSON object in ASCII, members sorted, without white space.  The
 * outcome may come from a database that somebody has manipulated: a text that
 * is not UTF-8 is shown in hex, a number without a word becomes "?", and a reason
 * that this version does not know "unknown-<its bit>".  E_NOMEM, E_LIMIT.
 */
MUST_CHECK err_t outcome_put_json(struct buf *out,
                                  const struct wire_outcome *o);

/* How an outcome with these reasons differs under a shadow policy. */
enum wire_difference outcome_differs(uint64_t reasons, uint64_t shadow_reasons);

/* The difference of that word, by which outcomes are selected; NONE: unknown. */
enum wire_difference outcome_difference(struct bytes word);

/* The code of the reason with that bit (0 to 63), as in the document. */
#define OUTCOME_REASON_SIZE 32
void outcome_reason(unsigned bit, char out[static OUTCOME_REASON_SIZE]);

#endif
