/*
 * parse_names.c - what the formats' parsers use of the policy's: names of states,
 * and lists of them.
 *
 * It calls no format, so that a format's parser may call it.
 */
#include <string.h>

#include "crypto/codec/walk.h"
#include "policy/group.h"

err_t
policy_name_parse(struct walk *w, const config_setting_t *s,
                  char out[static POLICY_NAME_SIZE])
{
	struct bytes name = walk_text(s);

	if (!tenant_name_valid(name) || name.len >= POLICY_NAME_SIZE)
		return walk_bad(w, s, "must be 1 to 64 of a-z 0-9 . _ -");
	memcpy(out, name.data, name.len);
	out[name.len] = '\0';
	return OK;
}

err_t
policy_states_check(struct walk *w, const config_setting_t *s)
{
	int n = config_setting_length(s);

	if (!config_setting_is_list(s) || n < 1 || n > POLICY_STATES_MAX)
		return walk_bad_f(w, s,
		                  "must be a list of 1 to %d groups; leave the "
		                  "setting out for none",
		                  POLICY_STATES_MAX);
	return OK;
}
