/*
 * update.c - replaces the pins file that a role uses.
 */
#include "crypto/pins/follow.h"

#include <string.h>

static bool
same_rows(const struct pins *a, const struct pins *b)
{
	return a->version == b->version && a->n == b->n &&
	       memcmp(a->keys, b->keys, a->n * sizeof(a->keys[0])) == 0;
}

err_t
pins_update(struct bytes text, struct buf *why, struct pins **pins)
{
	AUTO(pins_free) struct pins *next = NULL;

	TRY(pins_parse(text, why, &next));
	if (*pins && same_rows(*pins, next))
		return OK;
	if (*pins && next->version <= (*pins)->version) {
		buf_printf(why, "version %u is not after version %u",
		           next->version, (*pins)->version);
		return E_CONFLICT;
	}
	pins_free(*pins);
	*pins = TAKE(next);
	return OK;
}
