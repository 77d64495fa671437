/*
 * policy.c - queries of a parsed policy; see policy.h.
 */
#include "policy/int.h"

#include <stdlib.h>

void
policy_parts_release(struct policy_part *parts)
{
	for (size_t i = 0; i < POLICY_GROUPS_MAX && parts[i].group; i++) {
		if (parts[i].group->release)
			parts[i].group->release(parts[i].rules);
		free(parts[i].rules);
	}
}

static void
release_devices(struct policy_devices *d)
{
	for (enum policy_who who = 0; who < POLICY_WHO_COUNT; who++)
		free(d->who[who].texts);
	policy_parts_release(d->match);
	if (d->rules)
		policy_parts_release(d->rules->parts);
	free(d->rules);
}

void
policy_free(struct policy *policy)
{
	if (!policy)
		return;
	policy_parts_release(policy->parts);
	for (size_t i = 0; i < policy->n_devices; i++)
		release_devices(&policy->devices[i]);
	free(policy->devices);
	free(policy);
}

const char *
policy_id(const struct policy *p)
{
	return p->id;
}

uint32_t
policy_version(const struct policy *p)
{
	return p->version;
}

const uint8_t *
policy_digest(const struct policy *p)
{
	return p->digest;
}

bool
policy_has_workflow(const struct policy *p, enum workflow w)
{
	return w < WORKFLOW_COUNT && p->workflows[w].present;
}

uint16_t
policy_required(const struct policy *p, enum workflow w)
{
	return policy_has_workflow(p, w) ? p->workflows[w].required : 0;
}

bool
policy_approval(const struct policy *p)
{
	return p->workflows[WORKFLOW_ENROLL].approval;
}

bool
policy_format_allowed(const struct policy *p, enum workflow w,
                      struct bytes format)
{
	if (!policy_has_workflow(p, w))
		return false;
	for (size_t i = 0; i < p->workflows[w].n_formats; i++)
		if (bytes_equal_str(format, p->workflows[w].formats[i]))
			return true;
	return false;
}

bool
policy_possession(const struct policy *p, enum workflow w)
{
	return policy_has_workflow(p, w) && p->workflows[w].possession;
}

uint32_t
policy_result_ttl_s(const struct policy *p, enum workflow w)
{
	return policy_has_workflow(p, w) ? p->workflows[w].result_ttl_s : 0;
}

uint32_t
policy_challenge_age_s(const struct policy *p, enum workflow w)
{
	return policy_has_workflow(p, w) ? p->workflows[w].challenge_age_s : 0;
}

const void *
policy_parts_rules(const struct policy_part *parts,
                   const struct policy_group *group)
{
	for (size_t i = 0; i < POLICY_GROUPS_MAX && parts[i].group; i++)
		if (parts[i].group == group)
			return parts[i].rules;
	return NULL;
}

const void *
policy_rules(const struct policy *p, const struct policy_group *group)
{
	return policy_parts_rules(p->parts, group);
}
