/*
 * policy.c - see policy.h.
 */
#include <stdlib.h>

#include "evidence/android/policy_settings.h"

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
	for (size_t i = 0; i < a->n_states; i++)
		free(a->states[i].boot_hashes.values);
	free(a->states);
}

/* --- what contains what --------------------------------------------------- */

static bool
list_covers(const struct policy_list *wide, const struct policy_list *narrow)
{
	if (wide->n == 0 || narrow->n == 0)
		return wide->n == 0;
	for (size_t i = 0; i < narrow->n; i++)
		if (!policy_list_allows(wide, narrow->values[i]))
			return false;
	return true;
}

static bool
set_covers(const uint32_t *wide, const uint32_t *narrow)
{
	return *wide == 0 || (*narrow != 0 && (*narrow & ~*wide) == 0);
}

/* A selector has sets and lists alone. */
bool
android_policy_covers(const void *wide, const void *narrow)
{
	for (const struct setting_set *s = android_sets; s->setting; s++)
		if (!set_covers(setting_at(wide, s->offset),
		                setting_at(narrow, s->offset)))
			return false;
	for (const struct setting_list *s = android_lists; s->setting; s++)
		if (!list_covers(setting_at(wide, s->offset),
		                 setting_at(narrow, s->offset)))
			return false;
	return true;
}
