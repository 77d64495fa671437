/*
 * parse_release.c - releases, each in one channel.
 */
#include "eligibility/parse.h"

#include <string.h>

#include "base/encode.h"

static struct release *
release_at(struct walk *w)
{
	return w->rules;
}

static err_t
parse_own_id(struct walk *w, const config_setting_t *s)
{
	return parse_release_id(w, s, release_at(w)->id);
}

static err_t
parse_own_channel(struct walk *w, const config_setting_t *s)
{
	return parse_channel_of(w, s, &release_at(w)->channel);
}

static err_t
parse_seed(struct walk *w, const config_setting_t *s)
{
	struct release *row = release_at(w);

	if (decode_hex_exact(walk_text(s), row->seed, HASH_SIZE) != OK)
		return walk_bad(w, s,
		                "must be 32 random bytes in hexadecimal and "
		                "quotes; `anchorctl rollout seed` prints them");
	row->has_seed = true;
	return OK;
}

static const struct parse_bounds build_bounds = { 1, FACT_NUMBER_MAX };

static err_t
parse_release_build(struct walk *w, const config_setting_t *s)
{
	return parse_count(w, s, build_bounds, &release_at(w)->build);
}

static err_t
parse_release_minimum(struct walk *w, const config_setting_t *s)
{
	return parse_count(w, s, build_bounds, &release_at(w)->minimum_build);
}

static err_t
parse_expedite(struct walk *w, const config_setting_t *s)
{
	return parse_flag(w, s, &release_at(w)->expedite);
}

static err_t
parse_withdrawn(struct walk *w, const config_setting_t *s)
{
	release_at(w)->withdrawn = true;
	return parse_note(w, s, release_at(w)->withdrawn_reason);
}

static err_t
parse_release_hold(struct walk *w, const config_setting_t *s)
{
	return parse_hold(w, s, &release_at(w)->hold);
}

static err_t
parse_release_windows(struct walk *w, const config_setting_t *s)
{
	return parse_windows(w, s, &release_at(w)->windows);
}

static err_t
parse_release_limits(struct walk *w, const config_setting_t *s)
{
	release_at(w)->has_limits = true;
	return parse_limits(w, s, &release_at(w)->limits);
}

static err_t
parse_release_stages(struct walk *w, const config_setting_t *s)
{
	return parse_stages(w, s, release_at(w));
}

/* --- downgrades, lifted stops --------------------------------------------- */

static err_t
parse_downgrade_groups(struct walk *w, const config_setting_t *s)
{
	return parse_groups_of(w, s, &((struct downgrade *)w->rules)->groups);
}

static err_t
parse_downgrade_until(struct walk *w, const config_setting_t *s)
{
	return parse_time(w, s, &((struct downgrade *)w->rules)->until_s);
}

static const struct known downgrade_settings[] = {
	{ "groups", true, parse_downgrade_groups },
	{ "until", true, parse_downgrade_until },
	{ NULL, false, NULL },
};

static err_t
parse_downgrade(struct walk *w, const config_setting_t *s)
{
	struct release *row = release_at(w);

	row->has_downgrade = true;
	w->rules = &row->downgrade;
	TRY(walk_group(w, s, downgrade_settings));
	w->rules = row;
	return OK;
}

static err_t
parse_lift(struct walk *w, const config_setting_t *s)
{
	struct release *row = release_at(w);

	if (row->n_lifts == ROLLOUT_LIFTS_MAX)
		return walk_bad_f(w, s, "lifts more than %u stops",
		                  ROLLOUT_LIFTS_MAX);
	return parse_hex(w, s, row->lifts[row->n_lifts++], ROLLOUT_STOP_SIZE);
}

static err_t
parse_lifts(struct walk *w, const config_setting_t *s)
{
	return walk_list(w, s, parse_lift);
}

/* --- releases ------------------------------------------------------------- */

static const struct known release_settings[] = {
	{ "release", true, parse_own_id },
	{ "channel", true, parse_own_channel },
	{ "seed", false, parse_seed },
	{ "build", false, parse_release_build },
	{ "minimum_build", false, parse_release_minimum },
	{ "expedite", false, parse_expedite },
	{ "withdrawn", false, parse_withdrawn },
	{ "hold", false, parse_release_hold },
	{ "windows", false, parse_release_windows },
	{ "limits", false, parse_release_limits },
	{ "stages", false, parse_release_stages },
	{ "downgrade", false, parse_downgrade },
	{ "lifts", false, parse_lifts },
	{ NULL, false, NULL },
};

/* True if a stage reaches a share that is neither none nor all. */
static bool
needs_seed(const struct release *row)
{
	for (size_t i = 0; i < row->n_stages; i++) {
		const struct stage *st = &row->stages[i];

		if (st->ramp_s != 0 || (st->has_percent && st->percent != 0 &&
		                        st->percent != ROLLOUT_ALL))
			return true;
	}
	return false;
}

static err_t
check_builds(struct walk *w, const config_setting_t *s,
             const struct release *row)
{
	const struct channel *c = &parse_whole(w)->channels[row->channel];

	if (c->build[0] != '\0' && row->build == 0)
		return walk_bad_f(w, s,
		                  "the setting build is missing: what a device "
		                  "shows as %s once it has the release",
		                  c->build);
	if (c->build[0] == '\0' &&
	    (row->build != 0 || row->minimum_build != 0 || row->has_downgrade))
		return walk_bad_f(
		        w, s,
		        "build, minimum_build and downgrade need the "
		        "channel %s to have build: the fact that is a "
		        "device's build",
		        c->name);
	if (c->build[0] == '\0' && rollout_gate(row) != 0)
		return walk_bad_f(w, s,
		                  "after_devices needs the channel %s to have "
		                  "build: the fact that is a device's build",
		                  c->name);
	/* Older than what the channel asks of a device; only a downgrade gets it. */
	if (c->minimum_build > row->build && !row->has_downgrade &&
	    !row->withdrawn)
		return walk_bad_f(
		        w, s,
		        "build is below the minimum_build of the "
		        "channel %s, so no device could ever take the "
		        "release; withdraw it or take it out",
		        c->name);
	if (row->minimum_build > row->build)
		return walk_bad(
		        w, s,
		        "minimum_build is greater than build, so no device "
		        "could ever take the release");
	return OK;
}

static err_t
check_release(struct walk *w, const config_setting_t *s,
              const struct release *row)
{
	const struct rollout *r = parse_whole(w);

	for (size_t i = 0; &r->releases[i] < row; i++) {
		const struct release *other = &r->releases[i];

		if (other->channel == row->channel &&
		    strcmp(other->id, row->id) == 0)
			return walk_bad(w, s,
			                "another row has this release in this "
			                "channel");
		if (other->has_seed && row->has_seed &&
		    strcmp(other->id, row->id) != 0 &&
		    memcmp(other->seed, row->seed, HASH_SIZE) == 0)
			return walk_bad_f(
			        w, s,
			        "has the seed of the release %s, so the "
			        "same devices would be first; take a new "
			        "one from `anchorctl rollout seed`",
			        other->id);
	}
	if (needs_seed(row) && !row->has_seed)
		return walk_bad(
		        w, s,
		        "a share of the devices needs a seed; `anchorctl "
		        "rollout seed` prints one");
	if (row->n_stages == 0 && !row->withdrawn && !row->expedite)
		return walk_bad(
		        w, s,
		        "the setting stages is missing: whom the release "
		        "reaches; { name = \"all\"; percent = 100; } for "
		        "every device of the channel");
	return check_builds(w, s, row);
}

static err_t
parse_release(struct walk *w, const config_setting_t *s)
{
	struct rollout *r = parse_whole(w);
	struct release *row = &r->releases[r->n_releases++];

	w->rules = row;
	row->channel = ROLLOUT_NONE;
	TRY(walk_group(w, s, release_settings));
	return check_release(w, s, row);
}

err_t
parse_releases(struct walk *w, const config_setting_t *list)
{
	TRY(parse_rows(w, list, ROLLOUT_RELEASES_MAX, sizeof(struct release),
	               &parse_whole(w)->releases));
	return walk_list(w, list, parse_release);
}
