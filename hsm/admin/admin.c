/*
 * admin.c - names that do not depend on the type of device.
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
