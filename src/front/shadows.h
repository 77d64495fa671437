/*
 * shadows.h - how the outcomes would have been under shadow policies, counted.
 *
 * Pure.  Labels are bounded: the ids of the first SHADOWS_MAX shadow policies that
 * this process counted, and one more for all others.  Reasons are those of
 * reason.def.
 */
#ifndef FRONT_SHADOWS_H
#define FRONT_SHADOWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "wire/reason.h"
#include "wire/terms.h"

/* Policies that are counted by their id.  A trial has one; an id that is not among
 * them is counted as SHADOWS_OTHER, which no policy is called. */
#define SHADOWS_MAX 8
#define SHADOWS_OTHER "(other)"
#define SHADOWS_ID_MAX 64 /* bytes of an id */
#define SHADOWS_RESULTS 5 /* by enum wire_difference */

struct shadow_counts {
	char id[SHADOWS_ID_MAX + 1]; /* "": unused */
	uint64_t results[SHADOWS_RESULTS];
	uint64_t added[REASON_COUNT], removed[REASON_COUNT];
};

struct shadows {
	struct shadow_counts rows[SHADOWS_MAX + 1]; /* the last is of others */
};

/* Is this the id of a policy? */
bool shadows_id_valid(struct bytes id);

/* Counts an outcome that has these reasons, and would have had those of the shadow
 * policy.  id must be valid. */
void shadows_count(struct shadows *s, struct bytes id, reason_set reasons,
                   reason_set shadow);

/* Appends the metrics as text (metrics.h). */
void shadows_put(struct buf *out, const struct shadows *s);

#endif
