/*
 * parse_check.c - what rows must be together.
 *
 * A step that no release of its channel has would stop every device below it for
 * ever, and so would a step whose releases demand a build at or above it of the
 * devices that take them.
 */
#include "eligibility/parse.h"

/* The line of the i-th row of a list. */
static const config_setting_t *
row_of(const config_setting_t *root, const char *list, size_t i)
{
	return config_setting_get_elem(config_setting_get_member(root, list),
	                               (unsigned)i);
}

static bool
has_build(const struct rollout *r, size_t channel, uint64_t build)
{
	for (size_t i = 0; i < r->n_releases; i++) {
		const struct release *row = &r->releases[i];

		if (row->channel == channel && row->build == build &&
		    row->minimum_build < build && !row->withdrawn)
			return true;
	}
	return false;
}

static err_t
check_steps(struct walk *w, const config_setting_t *root, size_t channel)
{
	const struct rollout *r = parse_whole(w);
	const struct channel *c = &r->channels[channel];

	for (size_t i = 0; i < c->n_steps; i++)
		if (!has_build(r, channel, c->steps[i]))
			return walk_bad_f(w, row_of(root, "channels", channel),
			                  "devices below the step %llu could "
			                  "never go on: no "
			                  "release of this channel has that "
			                  "build, is not "
			                  "withdrawn, and may be taken by "
			                  "devices below it; "
			                  "add one or take the step out",
			                  (unsigned long long)c->steps[i]);
	return OK;
}

err_t
parse_check(struct walk *w, const config_setting_t *root)
{
	const struct rollout *r = parse_whole(w);

	for (size_t i = 0; i < r->n_channels; i++)
		TRY(check_steps(w, root, i));
	return OK;
}
