/*
 * quota.c - see quota.h.
 *
 * Integers only: one millisecond at `rate` tokens a second is `rate`
 * thousandths of a token, without rounding.
 */
#include "quota.h"

static uint64_t
full(const struct quota *q)
{
	return (uint64_t)q->burst * 1000;
}

struct quota
quota_of(uint32_t rate, uint32_t burst, uint64_t now)
{
	struct quota q = { .rate = rate, .burst = burst, .seen_at = now };

	q.milli = full(&q);
	return q;
}

static void
refill(struct quota *q, uint64_t now)
{
	if (now <= q->seen_at)
		return;

	uint64_t span = now - q->seen_at;
	uint64_t lacking = full(q) - q->milli;

	q->seen_at = now;
	/* compared by division: span * rate could overflow after a long rest */
	if (q->rate > 0 && span > lacking / q->rate)
		q->milli = full(q);
	else
		q->milli += span * q->rate;
}

bool
quota_take(struct quota *q, uint32_t n, uint64_t now)
{
	refill(q, now);

	uint64_t price = (uint64_t)n * 1000;
	if (price > q->milli)
		return false;

	q->milli -= price;
	return true;
}
