/*
 * judge_window.c - when: maintenance windows.
 *
 * A window is by the clock on the wall of its zone.  In the hour that summer
 * time skips it does not exist, and in the one that it repeats it is open twice.
 */
#include "eligibility/judge.h"

#include "base/clock.h"

#define DAY_MINUTES 1440u
#define WEEK_DAYS 7u

/* True if the window that opens on the day of `local` minutes ago or the day
 * before is open; day 0 is Sunday. */
static bool
covers_minute(const struct window *w, unsigned day, unsigned minute)
{
	bool wraps = w->to_min < w->from_min;
	unsigned before = (day + WEEK_DAYS - 1) % WEEK_DAYS;

	if (w->days & 1u << day && minute >= w->from_min &&
	    (wraps || minute < w->to_min))
		return true;
	return wraps && w->days & 1u << before && minute < w->to_min;
}

/* 1970-01-01 was a Thursday. */
static bool
is_window_open(const struct window *w, uint64_t at_s)
{
	uint64_t local =
	        (uint64_t)((int64_t)at_s + zone_offset(&w->zone, at_s));
	unsigned day = (unsigned)((local / DAY_S + 4) % WEEK_DAYS);

	return covers_minute(w, day, (unsigned)(local % DAY_S / 60));
}

/* The next time at which it opens: every opening is within a week, or within two
 * if the change of summer time skips it. */
static uint64_t
wait_for_window(const struct window *w, uint64_t now_s)
{
	for (uint64_t day = 0; day <= 2 * WEEK_DAYS; day++) {
		uint64_t at = now_s + day * DAY_S;
		uint64_t local =
		        (uint64_t)((int64_t)at + zone_offset(&w->zone, at));
		uint64_t opens = local - local % DAY_S + w->from_min * 60u;
		/* The offset at the opening may be another one. */
		uint64_t utc =
		        (uint64_t)((int64_t)opens - zone_offset(&w->zone, at));
		utc = (uint64_t)((int64_t)opens - zone_offset(&w->zone, utc));
		if (utc > now_s && is_window_open(w, utc))
			return utc - now_s;
	}
	return 0;
}

enum finding
judge_window(struct judging *j)
{
	const struct windows *windows;
	uint64_t least = 0;

	if (!j->release)
		return RULE_NOT_ASKED;
	if (j->release->expedite) {
		judge_say(j, "the release is expedited");
		return RULE_PASSES;
	}
	windows = j->release->windows.n > 0
	                  ? &j->release->windows
	                  : &j->rollout->channels[j->channel].windows;
	if (windows->n == 0)
		return RULE_NOT_ASKED;
	for (size_t i = 0; i < windows->n; i++) {
		const struct window *w = &windows->rows[i];

		if (is_window_open(w, j->ask->now_s)) {
			judge_say(j, "window %zu of %zu is open", i + 1,
			          windows->n);
			return RULE_PASSES;
		}
		uint64_t wait = wait_for_window(w, j->ask->now_s);
		if (wait != 0 && (least == 0 || wait < least))
			least = wait;
	}
	judge_say(j, "the next window opens in %llu s",
	          (unsigned long long)least);
	judge_wait(j, least);
	return RULE_REFUSES;
}
