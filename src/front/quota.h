/*
 * quota.h - a token bucket: so many a second, so many at once.
 *
 * Pure; the time is an argument and may stand still.  Each front process
 * keeps its own buckets.
 */
#ifndef FRONT_QUOTA_H
#define FRONT_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

struct quota {
	uint32_t rate;  /* tokens a second */
	uint32_t burst; /* the bucket's size */
	uint64_t milli; /* thousandths of a token that are there */
	uint64_t seen_at;
};

/* A full bucket. */
struct quota quota_of(uint32_t rate, uint32_t burst, uint64_t now);

/* Takes n tokens, or none and says false. */
bool quota_take(struct quota *q, uint32_t n, uint64_t now);

#endif
