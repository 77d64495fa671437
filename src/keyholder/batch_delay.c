/*
 * batch_delay.c - see batch_delay.h.
 */
#include "keyholder/batch_delay.h"

#define SMOOTH 8 /* weight of the moving average */

void
batch_delay_came(struct batch_delay *d, uint64_t now_us)
{
	uint64_t gap = now_us - d->came_at;
	uint64_t idle = 4 * d->most_us;

	/* a pause restarts the average */
	d->gap_us =
	        gap >= idle ? idle : (d->gap_us * (SMOOTH - 1) + gap) / SMOOTH;
	d->came_at = now_us;
}

static bool
delay_begins(struct batch_delay *d, size_t n, uint64_t now_us)
{
	if (n >= BATCH_DELAY_ENOUGH || d->gap_us >= d->most_us)
		return false;
	if (d->misses >= BATCH_DELAY_MISSES && ++d->passed < BATCH_DELAY_PROBE)
		return false;
	d->passed = 0;
	d->waiting = true;
	d->since_us = now_us;
	d->n_before = n;
	return true;
}

uint64_t
batch_delay_wait(struct batch_delay *d, size_t n, uint64_t now_us)
{
	if (!d->waiting && !delay_begins(d, n, now_us))
		return 0;

	uint64_t until = d->since_us + d->most_us;
	if (n < BATCH_DELAY_ENOUGH && now_us < until)
		return until - now_us;
	d->waiting = false;
	d->misses = n > d->n_before ? 0 : d->misses + 1;
	return 0;
}
