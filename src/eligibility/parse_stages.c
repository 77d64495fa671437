/*
 * parse_stages.c - the stages of a release's rollout.
 *
 * Stages follow one another, and no later one reaches fewer devices, so a device
 * that was reached stays reached.
 */
#include "eligibility/parse.h"

#include <string.h>

#include "base/clock.h"

static struct stage *
stage_at(struct walk *w)
{
	return w->rules;
}

static err_t
parse_stage_name(struct walk *w, const config_setting_t *s)
{
	return parse_name(w, s, stage_at(w)->name);
}

static err_t
parse_stage_from(struct walk *w, const config_setting_t *s)
{
	return parse_time(w, s, &stage_at(w)->from_s);
}

static err_t
parse_stage_gate(struct walk *w, const config_setting_t *s)
{
	if (bytes_equal_str(walk_text(s), "closed"))
		stage_at(w)->closed = true;
	else if (!bytes_equal_str(walk_text(s), "open"))
		return walk_bad(w, s, "must be \"open\" or \"closed\"");
	return OK;
}

static err_t
parse_stage_after(struct walk *w, const config_setting_t *s)
{
	return parse_count(w, s, (struct parse_bounds){ 1, FACT_NUMBER_MAX },
	                   &stage_at(w)->after_devices);
}

static err_t
parse_stage_group(struct walk *w, const config_setting_t *s)
{
	return parse_group_of(w, s, &stage_at(w)->group);
}

static err_t
parse_stage_percent(struct walk *w, const config_setting_t *s)
{
	stage_at(w)->has_percent = true;
	return parse_percent(w, s, &stage_at(w)->percent);
}

static err_t
parse_stage_ramp(struct walk *w, const config_setting_t *s)
{
	return parse_duration(w, s, &stage_at(w)->ramp_s);
}

static const struct known stage_settings[] = {
	{ "name", true, parse_stage_name },
	{ "from", false, parse_stage_from },
	{ "gate", false, parse_stage_gate },
	{ "after_devices", false, parse_stage_after },
	{ "group", false, parse_stage_group },
	{ "percent", false, parse_stage_percent },
	{ "ramp", false, parse_stage_ramp },
	{ NULL, false, NULL },
};

/* One stage by itself. */
static err_t
check_stage(struct walk *w, const config_setting_t *s, const struct stage *st)
{
	if ((st->group != ROLLOUT_NONE) == st->has_percent)
		return walk_bad(w, s,
		                "must have either group or percent: whom it "
		                "reaches");
	if (st->ramp_s != 0 && (!st->has_percent || st->from_s == 0))
		return walk_bad(
		        w, s,
		        "ramp needs percent and from: it grows from then "
		        "on");
	return OK;
}

/* The share that a stage begins with: that of the last one before it. */
static uint32_t
percent_before(const struct release *row, size_t n)
{
	while (n-- > 0)
		if (row->stages[n].has_percent)
			return row->stages[n].percent;
	return 0;
}

/* The last stage against those before it. */
static err_t
check_order(struct walk *w, const config_setting_t *s,
            const struct release *row)
{
	size_t n = row->n_stages - 1;
	const struct stage *last = &row->stages[n];
	uint64_t before_s = 0;

	for (size_t i = 0; i < n; i++) {
		const struct stage *st = &row->stages[i];

		if (strcmp(st->name, last->name) == 0)
			return walk_bad(w, s, "another stage has this name");
		if (st->from_s + st->ramp_s > before_s)
			before_s = st->from_s + st->ramp_s;
	}
	if (last->from_s != 0 && last->from_s < before_s)
		return walk_bad(w, s,
		                "begins before an earlier stage has begun and "
		                "grown to its share; put the stages in order");
	if (last->has_percent && last->percent < percent_before(row, n))
		return walk_bad(
		        w, s,
		        "reaches a smaller share than an earlier stage; "
		        "shares never fall (a hold or a stop ends a "
		        "rollout)");
	return OK;
}

static err_t
parse_stage(struct walk *w, const config_setting_t *s, struct release *out)
{
	struct stage *st = &out->stages[out->n_stages++];

	st->group = ROLLOUT_NONE;
	w->rules = st;
	TRY(walk_group(w, s, stage_settings));
	TRY(check_stage(w, s, st));
	return check_order(w, s, out);
}

err_t
parse_stages(struct walk *w, const config_setting_t *list, struct release *out)
{
	void *before = w->rules;
	int n = config_setting_length(list);

	if (!config_setting_is_list(list))
		return walk_bad(w, list,
		                "must be a list of groups: ( { ... }, ... )");
	if (n == 0 || (unsigned)n > ROLLOUT_STAGES_MAX)
		return walk_bad_f(w, list, "must have 1 to %u stages",
		                  ROLLOUT_STAGES_MAX);
	for (int i = 0; i < n; i++)
		TRY(parse_stage(w, config_setting_get_elem(list, (unsigned)i),
		                out));
	w->rules = before;
	return OK;
}
