/*
 * hsm_admin.c - what officers are told of any token, whatever its kind.
 */
#include <string.h>

#include "hsm_list.h"

/* How devices made of software call themselves: SoftHSM; libtpms (swtpm), and
 * the reference implementation, simulators. */
static const char *const models[] = { "SW", "xCG fTPM", "SIM" };

bool
hsm_is_software(const char *manufacturer, const char *model)
{
	if (strstr(manufacturer, "SoftHSM") || strstr(model, "SoftHSM"))
		return true;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (strncmp(model, models[i], strlen(models[i])) == 0)
			return true;
	return false;
}

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
