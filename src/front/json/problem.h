/*
 * problem.h - refusals as RFC 9457 problem documents, from one table.
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

/* Of a refusal, never of PROBLEM_NONE. */
const char *problem_code(enum problem p);
const char *problem_title(enum problem p);
unsigned problem_status(enum problem p);

/* Seconds for Retry-After, or 0 where a later try changes nothing. */
unsigned problem_retry_after(enum problem p);

/* Appends the document.  detail may be empty; instance is the request id. */
void problem_put(struct buf *out, enum problem p, struct bytes detail,
                 const char *instance);

#endif
