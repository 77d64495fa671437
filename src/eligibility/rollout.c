/*
 * rollout.c - queries of a parsed rollout file; see rollout.h.
 */
#include "eligibility/rollout.h"

#include <stdlib.h>
#include <string.h>

void
rollout_free(struct rollout *rollout)
{
	if (!rollout)
		return;
	for (size_t i = 0; i < rollout->n_groups; i++) {
		struct group *g = &rollout->groups[i];

		for (size_t k = 0; k < g->n_facts; k++)
			free(g->facts[k].values);
		free(g->handles);
	}
	free(rollout->groups);
	free(rollout->channels);
	free(rollout->releases);
	free(rollout->pins);
	free(rollout);
}

const char *
rollout_id(const struct rollout *r)
{
	return r->id;
}

uint32_t
rollout_version(const struct rollout *r)
{
	return r->version;
}

const uint8_t *
rollout_digest(const struct rollout *r)
{
	return r->digest;
}

size_t
rollout_group_find(const struct rollout *r, struct bytes name)
{
	for (size_t i = 0; i < r->n_groups; i++)
		if (bytes_equal_str(name, r->groups[i].name))
			return i;
	return ROLLOUT_NONE;
}

size_t
rollout_channel_find(const struct rollout *r, struct bytes name)
{
	for (size_t i = 0; i < r->n_channels; i++)
		if (bytes_equal_str(name, r->channels[i].name))
			return i;
	return ROLLOUT_NONE;
}

const struct release *
rollout_release_find(const struct rollout *r, size_t channel, struct bytes id)
{
	const struct release *found = NULL;

	for (size_t i = 0; i < r->n_releases; i++) {
		const struct release *row = &r->releases[i];

		if (!bytes_equal_str(id, row->id))
			continue;
		if (row->channel == channel)
			return row;
		if (channel == ROLLOUT_NONE && found)
			return NULL;
		if (channel == ROLLOUT_NONE)
			found = row;
	}
	return found;
}

/* The row for texts as challenges have them; NULL: none. */
static const struct release *
row_asked(const struct rollout *r, struct bytes channel, struct bytes release)
{
	size_t at = ROLLOUT_NONE;

	if (channel.len > 0) {
		at = rollout_channel_find(r, channel);
		if (at == ROLLOUT_NONE)
			return NULL;
	}
	return rollout_release_find(r, at, release);
}

struct rollout_limits
rollout_limits_of(const struct rollout *r, struct bytes channel,
                  struct bytes release)
{
	const struct release *row = row_asked(r, channel, release);
	struct rollout_limits l = { 0 };

	if (row)
		l = row->has_limits ? row->limits
		                    : r->channels[row->channel].limits;
	if (l.permit_s == 0)
		l.permit_s = ROLLOUT_PERMIT_S;
	return l;
}

bool
rollout_row_lifts(const struct release *row,
                  const uint8_t id[static ROLLOUT_STOP_SIZE])
{
	for (size_t i = 0; i < row->n_lifts; i++)
		if (memcmp(row->lifts[i], id, ROLLOUT_STOP_SIZE) == 0)
			return true;
	return false;
}

bool
rollout_lifts(const struct rollout *r, struct bytes release,
              const uint8_t id[static ROLLOUT_STOP_SIZE])
{
	for (size_t i = 0; r && i < r->n_releases; i++)
		if (bytes_equal_str(release, r->releases[i].id) &&
		    rollout_row_lifts(&r->releases[i], id))
			return true;
	return false;
}

bool
rollout_has(const struct rollout *r, struct bytes release)
{
	for (size_t i = 0; r && i < r->n_releases; i++)
		if (bytes_equal_str(release, r->releases[i].id))
			return true;
	return false;
}

uint64_t
rollout_gate(const struct release *row)
{
	uint64_t most = 0;

	for (size_t i = 0; i < row->n_stages; i++)
		if (row->stages[i].after_devices > most)
			most = row->stages[i].after_devices;
	return most;
}

struct bytes
rollout_channel_of(const struct rollout *r, struct bytes channel,
                   struct bytes release)
{
	const struct release *row = row_asked(r, channel, release);

	return row ? bytes_of_str(r->channels[row->channel].name) : channel;
}

uint64_t
rollout_gate_of(const struct rollout *r, struct bytes channel,
                struct bytes release)
{
	const struct release *row = row_asked(r, channel, release);

	return row ? rollout_gate(row) : 0;
}

static bool
shows_build(const struct rollout *r, const struct release *row,
            const struct facts *facts)
{
	const char *name = r->channels[row->channel].build;
	const struct fact *f =
	        *name ? facts_find(facts, bytes_of_str(name)) : NULL;

	return f && fact_rule_counts(f->rule) && f->number >= row->build;
}

bool
rollout_shown_at(const struct rollout *r, const struct facts *facts, size_t i,
                 struct rollout_shown *ret_shown)
{
	for (size_t k = 0; k < r->n_releases; k++) {
		const struct release *row = &r->releases[k];

		if (rollout_gate(row) == 0 || !shows_build(r, row, facts))
			continue;
		if (i-- > 0)
			continue;
		*ret_shown = (struct rollout_shown){
			.channel = bytes_of_str(r->channels[row->channel].name),
			.release = bytes_of_str(row->id),
		};
		return true;
	}
	return false;
}

bool
hold_is_overdue(const struct hold *hold, uint64_t now_s)
{
	return hold->set && hold->alarm_s != 0 &&
	       now_s >= hold->since_s + hold->alarm_s;
}

bool
rollout_overdue_at(const struct rollout *r, uint64_t now_s, size_t i,
                   struct rollout_overdue *ret_overdue)
{
	for (size_t k = 0; r && k < r->n_channels + r->n_releases; k++) {
		bool is_channel = k < r->n_channels;
		const struct release *row =
		        is_channel ? NULL : &r->releases[k - r->n_channels];
		const struct hold *hold =
		        is_channel ? &r->channels[k].hold : &row->hold;

		if (!hold_is_overdue(hold, now_s) || i-- > 0)
			continue;
		*ret_overdue = (struct rollout_overdue){
			.what = is_channel ? "channel" : "release",
			.name = is_channel ? r->channels[k].name : row->id,
			.owner = hold->owner,
			.reason = hold->reason,
			.since_s = hold->since_s,
		};
		return true;
	}
	return false;
}
