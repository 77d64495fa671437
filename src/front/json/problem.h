/*
 * problem.h - refusals as problem documents (RFC 9457), from one table.
 *
 * Pure.  problem.def is the list.
 */
#ifndef FRONT_JSON_PROBLEM_H
#define FRONT_JSON_PROBLEM_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"

enum problem {
	PROBLEM_NONE, /* nothing is wrong */
#define PROBLEM(name, code, status, title) PROBLEM_##name,
#include "anchord/problem.def"
#undef PROBLEM
	PROBLEM_COUNT
};

#define PROBLEM_MEDIA_TYPE "application/problem+json"

/* For a refusal; not for PROBLEM_NONE. */
const char *problem_code(enum problem p);
const char *problem_title(enum problem p);
unsigned problem_status(enum problem p);

/* Seconds for Retry-After; 0: a later attempt changes nothing. */
unsigned problem_retry_after(enum problem p);

/* Appends the document.  detail may be empty; instance is the request id. */
void problem_put(struct buf *out, enum problem p, struct bytes detail,
                 const char *instance);

#endif
