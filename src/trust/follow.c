/*
 * follow.c - what an ordinary version may not change, whoever signed it.
 *
 * Both rules protect what was signed or revoked before: a quorum that is mistaken
 * would void it for everybody at once.
 */
#include <string.h>

#include "crypto/pins/follow.h"
#include "trust/chain_int.h"

/* Its node in the bundle; 0: it has no key there. */
static uint32_t
node_of(const struct pins *pins, const char *token)
{
	for (size_t i = 0; i < pins->n; i++)
		if (strcmp(pins->keys[i].token, token) == 0)
			return pins->keys[i].node;
	return 0;
}

/* What is configured and how long signatures live is no part of a bundle: the
 * tokens are those that have a device in the next version, and the time is when it
 * was issued. */
err_t
follow_keys(const struct bundle *before, const struct bundle *next,
            struct buf *why)
{
	struct pins_token tokens[TRUST_DEVICES_MAX];
	const struct pins_rules rules = { .now_s = next->issued_s,
		                          .n = next->n_devices,
		                          .tokens = tokens };

	for (size_t i = 0; i < next->n_devices; i++)
		tokens[i] =
		        (struct pins_token){ next->devices[i].token,
			                     node_of(&next->pins,
			                             next->devices[i].token) };
	return pins_follow(&before->pins, &next->pins, &rules, why);
}

err_t
follow_revocations(const struct bundle *before, const struct bundle *next,
                   struct buf *why)
{
	if (next->revocations_from_s >= before->revocations_from_s)
		return OK;
	buf_append_str(why, "revocations_from is earlier than in the version "
	                    "before it, so an older list would count again");
	return E_CONFLICT;
}
