/*
 * parse_channel.c - channels, and pins of groups to a release of one.
 */
#include "eligibility/parse.h"

#include <string.h>

static struct channel *
channel_at(struct walk *w)
{
	return w->rules;
}

static err_t
parse_channel_name(struct walk *w, const config_setting_t *s)
{
	struct channel *c = channel_at(w);
	size_t before = (size_t)(c - parse_whole(w)->channels);
	char name[ROLLOUT_NAME_SIZE];

	TRY(parse_name(w, s, name));
	if (rollout_channel_find(parse_whole(w), bytes_of_str(name)) < before)
		return walk_bad(w, s, "another channel has this name");
	memcpy(c->name, name, sizeof(name));
	return OK;
}

static err_t
parse_deny(struct walk *w, const config_setting_t *s)
{
	return parse_groups_of(w, s, &channel_at(w)->deny);
}

static err_t
parse_allow(struct walk *w, const config_setting_t *s)
{
	return parse_groups_of(w, s, &channel_at(w)->allow);
}

/* --- builds --------------------------------------------------------------- */

static err_t
parse_build_fact(struct walk *w, const config_setting_t *s)
{
	struct bytes name = walk_text(s);

	if (name.len == 0 || name.len > FACT_NAME_MAX)
		return walk_bad(w, s,
		                "must be the name of the fact that is a "
		                "device's build, as "
		                "enrolments show it");
	memcpy(channel_at(w)->build, name.data, name.len);
	return OK;
}

static const struct parse_bounds build_bounds = { 1, FACT_NUMBER_MAX };

static err_t
parse_channel_minimum(struct walk *w, const config_setting_t *s)
{
	return parse_count(w, s, build_bounds, &channel_at(w)->minimum_build);
}

static err_t
parse_step(struct walk *w, const config_setting_t *s)
{
	struct channel *c = channel_at(w);
	uint64_t step;

	if (c->n_steps == ROLLOUT_STEPS_MAX)
		return walk_bad_f(w, s, "more than %u steps",
		                  ROLLOUT_STEPS_MAX);
	TRY(parse_count(w, s, build_bounds, &step));
	if (c->n_steps > 0 && step <= c->steps[c->n_steps - 1])
		return walk_bad(
		        w, s,
		        "must ascend: a device passes one build after the "
		        "other, and never goes back");
	c->steps[c->n_steps++] = step;
	return OK;
}

static err_t
parse_steps(struct walk *w, const config_setting_t *s)
{
	return walk_list(w, s, parse_step);
}

/* --- the others ----------------------------------------------------------- */

static err_t
parse_channel_hold(struct walk *w, const config_setting_t *s)
{
	return parse_hold(w, s, &channel_at(w)->hold);
}

static err_t
parse_channel_windows(struct walk *w, const config_setting_t *s)
{
	return parse_windows(w, s, &channel_at(w)->windows);
}

static err_t
parse_channel_limits(struct walk *w, const config_setting_t *s)
{
	return parse_limits(w, s, &channel_at(w)->limits);
}

static const struct known channel_settings[] = {
	{ "name", true, parse_channel_name },
	{ "deny", false, parse_deny },
	{ "allow", false, parse_allow },
	{ "build", false, parse_build_fact },
	{ "minimum_build", false, parse_channel_minimum },
	{ "steps", false, parse_steps },
	{ "hold", false, parse_channel_hold },
	{ "windows", false, parse_channel_windows },
	{ "limits", false, parse_channel_limits },
	{ NULL, false, NULL },
};

static err_t
check_channel(struct walk *w, const config_setting_t *s)
{
	const struct channel *c = channel_at(w);

	for (size_t i = 0; i < c->deny.n; i++)
		for (size_t k = 0; k < c->allow.n; k++)
			if (c->deny.at[i] == c->allow.at[k])
				return walk_bad_f(
				        w, s,
				        "denies and allows the group %s; deny "
				        "wins, so take it out of allow",
				        parse_whole(w)
				                ->groups[c->deny.at[i]]
				                .name);
	if (c->build[0] == '\0' && (c->minimum_build != 0 || c->n_steps > 0))
		return walk_bad(
		        w, s,
		        "minimum_build and steps need build: the fact that "
		        "is a device's build");
	return OK;
}

static err_t
parse_channel(struct walk *w, const config_setting_t *s)
{
	struct rollout *r = parse_whole(w);

	w->rules = &r->channels[r->n_channels++];
	TRY(walk_group(w, s, channel_settings));
	return check_channel(w, s);
}

err_t
parse_channels(struct walk *w, const config_setting_t *list)
{
	TRY(parse_rows(w, list, ROLLOUT_CHANNELS_MAX, sizeof(struct channel),
	               &parse_whole(w)->channels));
	return walk_list(w, list, parse_channel);
}

/* --- pins ----------------------------------------------------------------- */

static err_t
parse_pin_group(struct walk *w, const config_setting_t *s)
{
	return parse_group_of(w, s, &((struct pin_row *)w->rules)->group);
}

static err_t
parse_pin_channel(struct walk *w, const config_setting_t *s)
{
	return parse_channel_of(w, s, &((struct pin_row *)w->rules)->channel);
}

static err_t
parse_pin_release(struct walk *w, const config_setting_t *s)
{
	return parse_release_id(w, s, ((struct pin_row *)w->rules)->release);
}

static const struct known pin_settings[] = {
	{ "group", true, parse_pin_group },
	{ "channel", true, parse_pin_channel },
	{ "release", true, parse_pin_release },
	{ NULL, false, NULL },
};

static err_t
parse_pin(struct walk *w, const config_setting_t *s)
{
	struct rollout *r = parse_whole(w);
	struct pin_row *row = &r->pins[r->n_pins];

	w->rules = row;
	TRY(walk_group(w, s, pin_settings));
	if (!rollout_release_find(r, row->channel, bytes_of_str(row->release)))
		return walk_bad_f(w, s, "the channel %s has no release %s",
		                  r->channels[row->channel].name, row->release);
	for (size_t i = 0; i < r->n_pins; i++)
		if (r->pins[i].group == row->group &&
		    r->pins[i].channel == row->channel)
			return walk_bad(
			        w, s,
			        "another row pins this group in this "
			        "channel; a device has one release only");
	r->n_pins++;
	return OK;
}

err_t
parse_pins(struct walk *w, const config_setting_t *list)
{
	TRY(parse_rows(w, list, ROLLOUT_PINS_MAX, sizeof(struct pin_row),
	               &parse_whole(w)->pins));
	return walk_list(w, list, parse_pin);
}
