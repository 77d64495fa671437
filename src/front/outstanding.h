/*
 * outstanding.h - how many challenges a tenant has outstanding, that is, issued
 * and not yet expired.
 *
 * The number is never too small and may be too large, because no process sees
 * all of it: the fronts see what is issued, the ledger what is redeemed.
 *
 * - A redeemed challenge counts until it expires.  A tenant can therefore not
 *   lower its count by redeeming, and honest retries do not lower it twice.
 * - Lifetimes are counted in OUTSTANDING_WINDOWS windows of equal length, so a
 *   challenge counts up to one window (a sixtieth of the longest lifetime, and a
 *   second) and one deadline longer than it lives.
 * - A challenge that the key holder did not issue after all counts, too.
 *
 * The counts lie in memory that all fronts share (quota.h), so they hold for all
 * fronts together and outlive each.  A front that was taken over can write
 * there: what it writes beyond the longest lifetime is ignored, and the rest
 * ends with its window.
 */
#ifndef FRONT_OUTSTANDING_H
#define FRONT_OUTSTANDING_H

#include <stdint.h>

#define OUTSTANDING_WINDOWS 64

/* The window's number in the upper half, its challenges in the lower. */
struct outstanding_mark {
	_Alignas(64) _Atomic uint64_t windows[OUTSTANDING_WINDOWS];
};

struct outstanding {
	uint32_t window_s;
	uint32_t slack_s; /* until a request is given up */
	struct outstanding_mark *mark;
};

/* ttl_max_s: the longest lifetime; deadline_ms: the longest time between the
 * count and the issue.  mark must be valid as long as the result; all zeros: none
 * is outstanding. */
struct outstanding outstanding_of(uint32_t ttl_max_s, uint32_t deadline_ms,
                                  struct outstanding_mark *mark);

/* Counts n challenges of that lifetime, which is not above ttl_max_s; or takes
 * them back if they were counted at the same time and will not be requested. */
void outstanding_add(const struct outstanding *o, uint32_t n, uint32_t ttl_s,
                     uint64_t now_ms);
void outstanding_remove(const struct outstanding *o, uint32_t n, uint32_t ttl_s,
                        uint64_t now_ms);

/* All that are outstanding at that monotonic time. */
uint64_t outstanding_count(const struct outstanding *o, uint64_t now_ms);

/* Seconds until the number falls next, at least 1; 1 when there are none. */
uint32_t outstanding_falls_in(const struct outstanding *o, uint64_t now_ms);

#endif
