/*
 * policy.c - the questions that a parsed policy answers; see policy.h.
 */
#include "policy/int.h"

#include <stdlib.h>

void
policy_free(struct policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->n_pcrs; i++)
		/* values and their bytes are one allocation (parse.c) */
		free((void *)(uintptr_t)policy->pcrs[i].values);
	policy_android_release(&policy->android);
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

static bool
has_alg(const struct policy_algs *set, uint16_t id)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->ids[i] == id)
			return true;
	return false;
}

bool
policy_tpm2_scheme_allowed(const struct policy *p, uint16_t scheme)
{
	return has_alg(&p->schemes, scheme);
}

bool
policy_tpm2_hash_allowed(const struct policy *p, uint16_t hash)
{
	return has_alg(&p->hashes, hash);
}

size_t
policy_pcr_count(const struct policy *p)
{
	return p->n_pcrs;
}

const struct policy_pcr *
policy_pcr_at(const struct policy *p, size_t i)
{
	return i < p->n_pcrs ? &p->pcrs[i] : NULL;
}
