/*
 * rules.c - see rules.h.
 */
#include <string.h>

#include "front/api/rules.h"

void
rules_say(struct rules *r, uint16_t verifier, unsigned workflow,
          uint16_t required)
{
	r->by[verifier].ruled |= (uint16_t)(1u << workflow);
	r->by[verifier].required[workflow] = required;
}

void
rules_withdraw(struct rules *r, uint16_t verifier, unsigned workflow)
{
	r->by[verifier].ruled &= (uint16_t) ~(1u << workflow);
	r->by[verifier].required[workflow] = 0;
}

void
rules_forget(struct rules *r, uint16_t verifier)
{
	if (verifier < RULES_VERIFIERS_MAX)
		memset(&r->by[verifier], 0, sizeof(r->by[verifier]));
}

bool
rules_any(const struct rules *r)
{
	uint16_t ruled = 0;

	for (size_t i = 0; i < RULES_VERIFIERS_MAX; i++)
		ruled |= r->by[i].ruled;
	return ruled != 0;
}

bool
rules_required(const struct rules *r, unsigned workflow, uint16_t *ret_required)
{
	uint16_t required = 0;
	bool ruled = false;

	for (size_t i = 0; i < RULES_VERIFIERS_MAX; i++) {
		if (!(r->by[i].ruled & (uint16_t)(1u << workflow)))
			continue;
		ruled = true;
		required |= r->by[i].required[workflow];
	}
	*ret_required = required;
	return ruled;
}
