/*
 * policy_diff.c - see policy_diff.h.
 */
#include "provisioning/anchorctl/policy_diff.h"

#include <stdarg.h>
#include <stdio.h>

#include "provisioning/anchorctl/verb.h"

void
policy_diff_say(const struct policy_diff *d, enum policy_effect effect,
                const char *format, ...)
{
	static const char *const names[] = { [POLICY_ACCEPTS] = "accepts",
		                             [POLICY_REFUSES] = "refuses",
		                             [POLICY_CHANGES] = "changes" };
	char sentence[POLICY_DIFF_MAX];
	va_list values;

	va_start(values, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, values);
	va_end(values);
	json_array_append_new(d->items,
	                      json_pack("{s:s, s:o}", "effect", names[effect],
	                                "sentence", cli_text(sentence)));
}
