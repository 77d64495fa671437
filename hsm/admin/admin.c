/*
 * admin.c - what officers are told of any token, whatever its kind.
 */
#include "hsm/admin/list.h"

const char *
hsm_attribute_name(enum hsm_attribute a)
{
	static const char *const names[] = {
#define HSM_ATTRIBUTE_NAME(name, text) text,
		HSM_ATTRIBUTES(HSM_ATTRIBUTE_NAME)
#undef HSM_ATTRIBUTE_NAME
	};

	return a < HSM_ATTRIBUTE_COUNT ? names[a] : "?";
}
