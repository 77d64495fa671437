/*
 * parse_common.c - holds, windows and limits, which channels and releases have.
 */
#include "eligibility/parse.h"

#include <string.h>

#include "base/clock.h"

/* --- hold ----------------------------------------------------------------- */

static err_t
parse_hold_owner(struct walk *w, const config_setting_t *s)
{
	return parse_note(w, s, ((struct hold *)w->rules)->owner);
}

static err_t
parse_hold_reason(struct walk *w, const config_setting_t *s)
{
	return parse_note(w, s, ((struct hold *)w->rules)->reason);
}

static err_t
parse_hold_since(struct walk *w, const config_setting_t *s)
{
	return parse_time(w, s, &((struct hold *)w->rules)->since_s);
}

static err_t
parse_hold_alarm(struct walk *w, const config_setting_t *s)
{
	return parse_duration(w, s, &((struct hold *)w->rules)->alarm_s);
}

static const struct known hold_settings[] = {
	{ "owner", true, parse_hold_owner },
	{ "reason", true, parse_hold_reason },
	{ "since", true, parse_hold_since },
	{ "alarm", false, parse_hold_alarm },
	{ NULL, false, NULL },
};

err_t
parse_hold(struct walk *w, const config_setting_t *s, struct hold *out)
{
	void *before = w->rules;

	w->rules = out;
	TRY(walk_group(w, s, hold_settings));
	w->rules = before;
	out->set = true;
	return OK;
}

/* --- windows -------------------------------------------------------------- */

static const char *const day_words[] = { "sun", "mon", "tue", "wed",
	                                 "thu", "fri", "sat" };

static const char *
day_word(size_t i, const void *of)
{
	(void)of;
	return i < ARRAY_LEN(day_words) ? day_words[i] : NULL;
}

static struct window *
last_window(struct walk *w)
{
	struct windows *windows = w->rules;

	return &windows->rows[windows->n - 1];
}

static err_t
parse_day(struct walk *w, const config_setting_t *s)
{
	struct bytes name = walk_text(s);
	struct window *window = last_window(w);

	for (unsigned i = 0; i < ARRAY_LEN(day_words); i++) {
		if (!bytes_equal_str(name, day_words[i]))
			continue;
		if (window->days & 1u << i)
			return walk_bad(w, s, "names a day twice");
		window->days |= 1u << i;
		return OK;
	}
	const char *near = name.len > 0 ? walk_near((const char *)name.data,
	                                            day_word, NULL)
	                                : NULL;
	return walk_bad_f(w, s, "days are sun mon tue wed thu fri sat%s%s%s",
	                  near ? "; did you mean " : "", near ? near : "",
	                  near ? "?" : "");
}

static err_t
parse_days(struct walk *w, const config_setting_t *s)
{
	TRY(walk_list(w, s, parse_day));
	return last_window(w)->days != 0
	               ? OK
	               : walk_bad(w, s,
	                          "names no day, so the window never opens; "
	                          "leave it out for every day");
}

/* "22:30"; 24:00 is written 00:00. */
static err_t
parse_minutes(struct walk *w, const config_setting_t *s, unsigned *out)
{
	struct bytes text = walk_text(s);
	const uint8_t *t = text.data;
	unsigned hour, minute;

	if (text.len != 5 || t[2] != ':')
		return walk_bad(w, s, "must be \"hh:mm\", 00:00 to 23:59");
	for (size_t i = 0; i < 5; i++)
		if (i != 2 && (t[i] < '0' || t[i] > '9'))
			return walk_bad(w, s,
			                "must be \"hh:mm\", 00:00 to 23:59");
	hour = (unsigned)(t[0] - '0') * 10 + (unsigned)(t[1] - '0');
	minute = (unsigned)(t[3] - '0') * 10 + (unsigned)(t[4] - '0');
	if (hour > 23 || minute > 59)
		return walk_bad(w, s, "must be \"hh:mm\", 00:00 to 23:59");
	*out = hour * 60 + minute;
	return OK;
}

static err_t
parse_window_from(struct walk *w, const config_setting_t *s)
{
	return parse_minutes(w, s, &last_window(w)->from_min);
}

static err_t
parse_window_to(struct walk *w, const config_setting_t *s)
{
	return parse_minutes(w, s, &last_window(w)->to_min);
}

static err_t
parse_window_zone(struct walk *w, const config_setting_t *s)
{
	if (zone_parse(walk_text(s), &last_window(w)->zone) != OK)
		return walk_bad(
		        w, s,
		        "must be \"UTC\" or a time zone's rule, such as "
		        "\"CET-1CEST,M3.5.0,M10.5.0/3\"; `anchorctl rollout "
		        "zone Europe/Berlin` prints one");
	return OK;
}

static const struct known window_settings[] = {
	{ "days", false, parse_days },   { "from", true, parse_window_from },
	{ "to", true, parse_window_to }, { "zone", true, parse_window_zone },
	{ NULL, false, NULL },
};

static err_t
parse_window(struct walk *w, const config_setting_t *s)
{
	struct windows *windows = w->rules;

	if (windows->n == ROLLOUT_WINDOWS_MAX)
		return walk_bad_f(w, s, "more than %u windows",
		                  ROLLOUT_WINDOWS_MAX);
	windows->n++;
	TRY(walk_group(w, s, window_settings));
	struct window *window = last_window(w);
	if (window->from_min == window->to_min)
		return walk_bad(w, s,
		                "from and to are the same, so the window never "
		                "opens; leave windows out to be always open");
	if (window->days == 0)
		window->days = (1u << ARRAY_LEN(day_words)) - 1;
	return OK;
}

err_t
parse_windows(struct walk *w, const config_setting_t *s, struct windows *out)
{
	void *before = w->rules;

	w->rules = out;
	TRY(walk_list(w, s, parse_window));
	w->rules = before;
	return out->n > 0 ? OK
	                  : walk_bad(w, s,
	                             "names no window; leave it out to be "
	                             "always open");
}

/* --- limits --------------------------------------------------------------- */

#define LIMIT_MAX UINT64_C(1000000000) /* devices */

static struct rollout_limits *
limits_at(struct walk *w)
{
	return w->rules;
}

static const struct parse_bounds limit_bounds = { 1, LIMIT_MAX };

static err_t
parse_concurrent(struct walk *w, const config_setting_t *s)
{
	return parse_count(w, s, limit_bounds, &limits_at(w)->concurrent);
}

static err_t
parse_rate(struct walk *w, const config_setting_t *s)
{
	return parse_count(w, s, limit_bounds, &limits_at(w)->rate);
}

static err_t
parse_period(struct walk *w, const config_setting_t *s)
{
	return parse_duration(w, s, &limits_at(w)->period_s);
}

static err_t
parse_permit(struct walk *w, const config_setting_t *s)
{
	return parse_duration(w, s, &limits_at(w)->permit_s);
}

static err_t
parse_attempts(struct walk *w, const config_setting_t *s)
{
	return parse_count(w, s, limit_bounds, &limits_at(w)->attempts);
}

static err_t
parse_cooldown(struct walk *w, const config_setting_t *s)
{
	return parse_duration(w, s, &limits_at(w)->cooldown_s);
}

static const struct known limit_settings[] = {
	{ "concurrent", false, parse_concurrent },
	{ "rate", false, parse_rate },
	{ "period", false, parse_period },
	{ "permit", false, parse_permit },
	{ "attempts", false, parse_attempts },
	{ "cooldown", false, parse_cooldown },
	{ NULL, false, NULL },
};

err_t
parse_limits(struct walk *w, const config_setting_t *s,
             struct rollout_limits *out)
{
	void *before = w->rules;

	w->rules = out;
	TRY(walk_group(w, s, limit_settings));
	w->rules = before;
	if (out->concurrent == 0 && out->rate == 0 && out->attempts == 0 &&
	    out->cooldown_s == 0)
		return walk_bad(
		        w, s,
		        "limits nothing; set concurrent, rate, attempts or "
		        "cooldown, or leave it out");
	if ((out->rate != 0) != (out->period_s != 0))
		return walk_bad(
		        w, s,
		        "rate and period belong together: so many devices "
		        "in so long");
	if (out->permit_s == 0)
		return walk_bad(
		        w, s,
		        "the setting permit is missing: how long a device "
		        "may take, such as \"2h\"");
	return OK;
}
