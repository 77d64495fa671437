/*
 * policy.c - see policy.h.
 */
#include <stdlib.h>

#include "evidence/android/policy.h"

/* Bits by the enumerations in key_description.h: TEE and StrongBox; Verified;
 * Generated. */
const struct policy_android policy_android_default = {
	.levels = 1u << 1 | 1u << 2,
	.boot_states = 1u << 0,
	.origins = 1u << 0,
};

bool
policy_list_allows(const struct policy_list *list, struct bytes value)
{
	for (size_t i = 0; i < list->n; i++)
		if (bytes_equal(list->values[i], value))
			return true;
	return list->n == 0;
}

/* The views of a list and their bytes are one allocation (policy_parse.c). */
void
policy_android_release(struct policy_android *a)
{
	free(a->boot_keys.values);
	free(a->boot_hashes.values);
	free(a->brands.values);
	free(a->devices.values);
	free(a->products.values);
	free(a->manufacturers.values);
	free(a->models.values);
	for (size_t i = 0; i < a->n_apps; i++)
		free(a->apps[i].signers.values);
	free(a->apps);
}
