/*
 * outstanding.c - see outstanding.h.
 *
 * The windows are a ring, each in the place of its number modulo their count.  A
 * place that holds the number of a past window is empty.
 */
#include "front/outstanding.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "proc/config.h"

#define MS_PER_S UINT64_C(1000)

/* Windows that lifetime and deadline together span at most; the rounding of
 * the beginning and of the end needs two more. */
#define SPAN (OUTSTANDING_WINDOWS - 4)

_Static_assert(sizeof(struct outstanding_mark) ==
                       OUTSTANDING_UNITS * QUOTA_MARK_SIZE,
               "the supervisor makes room for them");

struct outstanding
outstanding_of(uint32_t ttl_max_s, uint32_t deadline_ms,
               struct outstanding_mark *mark)
{
	uint32_t slack_s = deadline_ms / 1000 + 1;

	return (struct outstanding){
		.window_s = (ttl_max_s + slack_s) / SPAN + 1,
		.slack_s = slack_s,
		.mark = mark,
	};
}

static uint32_t
window_at(const struct outstanding *o, uint64_t time_s)
{
	return (uint32_t)(time_s / o->window_s);
}

static uint32_t
window_of_end(const struct outstanding *o, uint32_t ttl_s, uint64_t now_ms)
{
	return window_at(o, now_ms / MS_PER_S + ttl_s + o->slack_s);
}

/* No honest front writes a window beyond the ring's length. */
static bool
is_live(uint64_t value, uint32_t now)
{
	return (uint32_t)(value >> 32) - now < OUTSTANDING_WINDOWS;
}

static uint64_t
value_plus(uint64_t value, uint32_t window, uint32_t n)
{
	uint32_t before =
	        (uint32_t)(value >> 32) == window ? (uint32_t)value : 0;
	uint32_t sum = n > UINT32_MAX - before ? UINT32_MAX : before + n;

	return (uint64_t)window << 32 | sum;
}

void
outstanding_add(const struct outstanding *o, uint32_t n, uint32_t ttl_s,
                uint64_t now_ms)
{
	uint32_t window = window_of_end(o, ttl_s, now_ms);
	_Atomic uint64_t *at = &o->mark->windows[window % OUTSTANDING_WINDOWS];
	uint64_t value = atomic_load_explicit(at, memory_order_relaxed);

	while (!atomic_compare_exchange_weak_explicit(
	        at, &value, value_plus(value, window, n), memory_order_relaxed,
	        memory_order_relaxed))
		;
}

void
outstanding_remove(const struct outstanding *o, uint32_t n, uint32_t ttl_s,
                   uint64_t now_ms)
{
	uint32_t window = window_of_end(o, ttl_s, now_ms);
	_Atomic uint64_t *at = &o->mark->windows[window % OUTSTANDING_WINDOWS];
	uint64_t value = atomic_load_explicit(at, memory_order_relaxed);

	/* Fewer, or another window: another process has written there. */
	while ((uint32_t)(value >> 32) == window && (uint32_t)value >= n)
		if (atomic_compare_exchange_weak_explicit(at, &value, value - n,
		                                          memory_order_relaxed,
		                                          memory_order_relaxed))
			return;
}

uint64_t
outstanding_count(const struct outstanding *o, uint64_t now_ms)
{
	uint32_t now = window_at(o, now_ms / MS_PER_S);
	uint64_t sum = 0;

	for (size_t i = 0; i < OUTSTANDING_WINDOWS; i++) {
		uint64_t value = atomic_load_explicit(&o->mark->windows[i],
		                                      memory_order_relaxed);
		if (is_live(value, now))
			sum += (uint32_t)value;
	}
	return sum;
}

uint32_t
outstanding_falls_in(const struct outstanding *o, uint64_t now_ms)
{
	uint64_t now_s = now_ms / MS_PER_S;
	uint32_t now = window_at(o, now_s), first = OUTSTANDING_WINDOWS;

	for (size_t i = 0; i < OUTSTANDING_WINDOWS; i++) {
		uint64_t value = atomic_load_explicit(&o->mark->windows[i],
		                                      memory_order_relaxed);
		uint32_t ahead = (uint32_t)(value >> 32) - now;

		if ((uint32_t)value > 0 && ahead < first)
			first = ahead;
	}
	if (first == OUTSTANDING_WINDOWS)
		return 1;
	uint64_t ends_s = ((uint64_t)now + first + 1) * o->window_s;
	return (uint32_t)(ends_s - now_s);
}
