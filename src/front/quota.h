/*
 * quota.h - a token bucket: a rate and a burst.
 *
 * The state of a bucket is one number, the time at which it will be full again
 * (the generic cell rate algorithm of ITU-T I.371).  It can therefore lie in
 * memory that all fronts share and change by compare-and-swap, so that a client
 * has its quota once, whichever front its connections reach.
 *
 * The supervisor creates the memory, seals its size and hands it to every
 * front.  A front that was taken over can write to it, too: it can deny clients
 * of other fronts their quota or give them more, but nothing else.  A value
 * that no honest front writes counts as an empty bucket.
 */
#ifndef FRONT_QUOTA_H
#define FRONT_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* One client's number in the shared memory.  It has a cache line of its own,
 * because fronts on several processors write to neighbouring ones. */
struct quota_mark {
	_Alignas(64) _Atomic uint64_t full_at; /* monotonic nanoseconds */
};

struct quota {
	uint32_t burst;    /* the bucket's size */
	uint64_t price_ns; /* nanoseconds for one token */
	struct quota_mark *mark;
};

/* rate and burst are at least 1; mark must be valid as long as the quota.  A
 * mark of zero is a full bucket. */
struct quota quota_of(uint32_t rate, uint32_t burst, struct quota_mark *mark);

/* Takes n tokens at that monotonic time; false: there are not enough, none
 * taken. */
bool quota_take(const struct quota *q, uint32_t n, uint64_t now_ms);

/* Maps n marks of the memory behind fd.  E_CONFIG: it is smaller.  E_NOMEM. */
MUST_CHECK err_t quota_marks(int fd, size_t n, struct quota_mark **ret_marks);
void quota_marks_free(struct quota_mark *marks, size_t n);

#endif
