/*
 * batch_delay.c - see batch_delay.h.
 */
#include "keyholder/batch_delay.h"

#define SMOOTH 8 /* weight of the moving average */

void
batch_delay_came(struct batch_delay *p, uint64_t now_us)
{
	uint64_t gap = now_us - p->came_at;
	uint64_t idle = 4 * p->hold_us;

	/* a pause restarts the average */
	p->gap_us =
	        gap >= idle ? idle : (p->gap_us * (SMOOTH - 1) + gap) / SMOOTH;
	p->came_at = now_us;
}

static bool
begins(struct batch_delay *p, size_t n, uint64_t now_us)
{
	if (n >= BATCH_DELAY_ENOUGH || p->gap_us >= p->hold_us)
		return false;
	if (p->misses >= BATCH_DELAY_MISSES && ++p->passed < BATCH_DELAY_PROBE)
		return false;
	p->passed = 0;
	p->holds = true;
	p->held_at = now_us;
	p->held = n;
	return true;
}

uint64_t
batch_delay_wait(struct batch_delay *p, size_t n, uint64_t now_us)
{
	if (!p->holds && !begins(p, n, now_us))
		return 0;

	uint64_t until = p->held_at + p->hold_us;
	if (n < BATCH_DELAY_ENOUGH && now_us < until)
		return until - now_us;
	p->holds = false;
	p->misses = n > p->held ? 0 : p->misses + 1;
	return 0;
}
