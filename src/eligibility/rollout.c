/*
 * rollout.c - queries of a parsed rollout file; see rollout.h.
 */
#include "eligibility/rollout.h"

#include <stdlib.h>

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

struct rollout_limits
rollout_limits_of(const struct rollout *r, struct bytes channel,
                  struct bytes release)
{
	size_t at = channel.len > 0 ? rollout_channel_find(r, channel)
	                            : ROLLOUT_NONE;
	const struct release *row =
	        channel.len > 0 && at == ROLLOUT_NONE
	                ? NULL
	                : rollout_release_find(r, at, release);

	if (!row)
		return (struct rollout_limits){ 0 };
	return row->has_limits ? row->limits : r->channels[row->channel].limits;
}
