/*
 * toy_policy.c - the group "toy" of a policy.
 */
#include "tests/toy/toy.h"

#include "crypto/codec/walk.h"

static err_t
parse_counter_min(struct walk *w, const config_setting_t *s)
{
	struct toy_rules *rules = w->rules;

	if (config_setting_type(s) != CONFIG_TYPE_INT ||
	    config_setting_get_int(s) < 1)
		return walk_bad(w, s, "must be a whole number from 1");
	rules->counter_min = (uint64_t)config_setting_get_int(s);
	return OK;
}

static const struct known settings[] = {
	{ "counter_min", false, parse_counter_min },
	{ NULL, false, NULL },
};

static err_t
walk_toy(struct walk *w, const config_setting_t *group)
{
	return walk_group(w, group, settings);
}

const struct policy_group toy_policy_group = {
	.name = "toy",
	.size = sizeof(struct toy_rules),
	.walk = walk_toy,
};
