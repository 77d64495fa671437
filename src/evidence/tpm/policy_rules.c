/*
 * policy_rules.c - see policy_rules.h.
 */
#include "evidence/tpm/policy_rules.h"

#include <stdio.h>

#include "evidence/tpm/alg.h"

bool
tpm_algs_have(const struct policy_algs *set, uint16_t id)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->ids[i] == id)
			return true;
	return false;
}

bool
tpm_rule_lists(const struct policy_pcr *rule, struct bytes value)
{
	for (size_t i = 0; i < rule->n_values; i++)
		if (bytes_equal(rule->values[i], value))
			return true;
	return false;
}

void
tpm_rule_name(const struct policy_pcr *rule, const char *state,
              char out[static TPM_RULE_NAME_SIZE])
{
	(void)snprintf(out, TPM_RULE_NAME_SIZE, "%s%spcrs %s:%u",
	               state ? state : "", state ? " " : "",
	               tpm_alg_name(rule->bank), (unsigned)rule->index);
}
