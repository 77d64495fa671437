/*
 * judge_group.c - who: groups, the channel's doors, pins.
 */
#include "eligibility/judge.h"

#include <stdlib.h>
#include <string.h>

/* --- membership ----------------------------------------------------------- */

static int
compare_handle(const void *key, const void *row)
{
	const struct bytes *handle = key;
	const char *text = row;
	size_t len = strlen(text);
	int order = memcmp(handle->data, text,
	                   handle->len < len ? handle->len : len);

	if (order != 0)
		return order;
	return (handle->len > len) - (handle->len < len);
}

static bool
names_handle(const struct group *g, struct bytes handle)
{
	return handle.len > 0 &&
	       bsearch(&handle, g->handles, g->n_handles, sizeof(*g->handles),
	               compare_handle) != NULL;
}

static bool
names_format(const struct group *g, struct bytes format)
{
	for (size_t i = 0; i < g->n_formats; i++)
		if (bytes_equal_str(format, g->formats[i]))
			return true;
	return false;
}

static bool
meets_fact(const struct group_fact *wanted, const struct facts *facts)
{
	const struct fact *f =
	        facts ? facts_find(facts, bytes_of_str(wanted->name)) : NULL;

	if (!f || fact_rule_counts(f->rule) != (wanted->n_values == 0))
		return false;
	for (size_t i = 0; i < wanted->n_values; i++)
		if (bytes_equal(fact_bytes(f), bytes_of(wanted->values[i].bytes,
		                                        wanted->values[i].len)))
			return true;
	return wanted->n_values == 0 &&
	       (!wanted->has_least || f->number >= wanted->least) &&
	       (!wanted->has_most || f->number <= wanted->most);
}

bool
judge_in_group(const struct judging *j, size_t group)
{
	const struct group *g = &j->rollout->groups[group];
	const struct eligibility_ask *a = j->ask;

	if ((g->n_handles > 0 && !names_handle(g, a->handle)) ||
	    (g->n_formats > 0 && !names_format(g, a->format)) ||
	    a->enrolled_s < g->enrolled_from_s ||
	    (g->enrolled_until_s != 0 && a->enrolled_s >= g->enrolled_until_s))
		return false;
	for (size_t i = 0; i < g->n_facts; i++)
		if (!meets_fact(&g->facts[i], a->facts))
			return false;
	return true;
}

/* The first group of the list to which the device belongs; NULL: none. */
static const struct group *
group_among(const struct judging *j, const struct group_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (judge_in_group(j, list->at[i]))
			return &j->rollout->groups[list->at[i]];
	return NULL;
}

/* --- the channel's doors -------------------------------------------------- */

/* False: no rule of a channel can be asked. */
static bool
has_channel(const struct judging *j)
{
	return j->channel != ROLLOUT_NONE;
}

enum finding
judge_channel(struct judging *j)
{
	struct bytes name = j->ask->channel;

	if (!j->rollout || name.len == 0)
		return RULE_NOT_ASKED;
	if (has_channel(j))
		return RULE_PASSES;
	judge_say(j, "the file has no channel %.*s", (int)name.len,
	          (const char *)name.data);
	return RULE_REFUSES;
}

enum finding
judge_deny(struct judging *j)
{
	const struct group *g;

	if (!has_channel(j))
		return RULE_NOT_ASKED;
	g = group_among(j, &j->rollout->channels[j->channel].deny);
	if (!g)
		return RULE_PASSES;
	judge_say(j, "the device belongs to the group %s", g->name);
	return RULE_REFUSES;
}

enum finding
judge_allow(struct judging *j)
{
	const struct channel *c;
	const struct group *g;

	if (!has_channel(j))
		return RULE_NOT_ASKED;
	c = &j->rollout->channels[j->channel];
	if (c->allow.n == 0) {
		judge_say(j, "the channel %s admits every device", c->name);
		return RULE_PASSES;
	}
	g = group_among(j, &c->allow);
	if (!g) {
		judge_say(j,
		          "the device belongs to none of the %zu groups that "
		          "the channel %s admits",
		          c->allow.n, c->name);
		return RULE_REFUSES;
	}
	j->answer->group = g->name;
	judge_say(j, "the device belongs to the group %s", g->name);
	return RULE_PASSES;
}

enum finding
judge_pin(struct judging *j)
{
	const struct rollout *r = j->rollout;

	if (!j->release)
		return RULE_NOT_ASKED;
	for (size_t i = 0; i < r->n_pins; i++) {
		const struct pin_row *row = &r->pins[i];

		if (row->channel != j->channel ||
		    !judge_in_group(j, row->group))
			continue;
		judge_say(j, "the group %s has the release %s",
		          r->groups[row->group].name, row->release);
		return strcmp(row->release, j->release->id) == 0 ? RULE_PASSES
		                                                 : RULE_REFUSES;
	}
	return RULE_PASSES;
}
