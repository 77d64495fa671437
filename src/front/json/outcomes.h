/*
 * outcomes.h - the answer of GET /v1/outcomes.
 */
#ifndef FRONT_JSON_OUTCOMES_H
#define FRONT_JSON_OUTCOMES_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* Appends the document of a page: outcomes as the message OUTCOMES has them, and
 * next, 0: there is none.  E_MALFORMED: they are no such bytes.  E_NOMEM,
 * E_LIMIT. */
MUST_CHECK err_t outcomes_put_page(struct buf *out, struct bytes outcomes,
                                   uint64_t next);

#endif
