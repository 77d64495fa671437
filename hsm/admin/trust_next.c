/*
 * trust_next.c - which head may follow which, for every kind of device.
 */
#include <string.h>

#include "hsm/admin/trust.h"

const char *
hsm_trust_head_conflict(const struct hsm_trust_head *last,
                        const struct hsm_trust_head *next)
{
	if (next->version < last->version)
		return "and does not go back";
	if (next->version == last->version &&
	    memcmp(next->digest, last->digest, HASH_SIZE) != 0)
		return "already, of another digest";
	return NULL;
}
