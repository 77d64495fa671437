/*
 * quota.h - a token bucket: so many a second, so many at once.
 *
 * All that a bucket remembers is one number, the time at which it will be full
 * again (the generic cell rate algorithm of ITU-T I.371).  So it can lie in
 * memory that all front processes share, changed by compare-and-swap: a client
 * has its quota once, at whichever front its connections arrive.
 *
 * The memory is made by the supervisor, sealed in its size, and handed to
 * every front.  A front that was taken over can write there, too: it can refuse
 * service to clients of the others, or let them have more; it can reach
 * nothing else by it.  What no honest front writes counts as an empty bucket.
 */
#ifndef FRONT_QUOTA_H
#define FRONT_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* One client's number in the shared memory; a cache line, since fronts on
 * several processors write beside each other. */
struct quota_mark {
	_Alignas(64) _Atomic uint64_t full_at; /* monotonic nanoseconds */
};

struct quota {
	uint32_t burst;    /* the bucket's size */
	uint64_t price_ns; /* in which one token comes back */
	struct quota_mark *mark;
};

/* rate and burst are at least 1; the mark lives as long as the quota.  A mark of
 * zero is a full bucket. */
struct quota quota_of(uint32_t rate, uint32_t burst, struct quota_mark *mark);

/* Takes n tokens at that monotonic time, or none and says false. */
bool quota_take(const struct quota *q, uint32_t n, uint64_t now_ms);

/* n marks in the memory behind fd.  E_CONFIG: it is smaller.  E_NOMEM. */
MUST_CHECK err_t quota_marks(int fd, size_t n, struct quota_mark **ret_marks);
void quota_marks_free(struct quota_mark *marks, size_t n);

#endif
