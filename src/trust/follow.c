/*
 * follow.c - what an ordinary version may not change, whoever signed it.
 *
 * Both rules protect what was signed or revoked before: a quorum that is mistaken
 * would void it for everybody at once.
 */
#include <inttypes.h>
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

static bool
same_counter(const struct trust_device *a, const struct trust_device *b)
{
	return strcmp(a->counter, b->counter) == 0 &&
	       memcmp(a->tpm, b->tpm, HASH_SIZE) == 0;
}

err_t
follow_devices(const struct bundle *before, const struct bundle *next,
               struct buf *why)
{
	for (size_t i = 0; i < before->n_devices; i++)
		for (size_t k = 0; k < next->n_devices; k++) {
			const struct trust_device *was = &before->devices[i];
			const struct trust_device *is = &next->devices[k];

			if (!same_counter(was, is) || is->base >= was->base)
				continue;
			buf_printf(why,
			           "the base of %s is %" PRIu64
			           " and was %" PRIu64
			           ", so versions before it could come back",
			           is->token, is->base, was->base);
			return E_CONFLICT;
		}
	return OK;
}
