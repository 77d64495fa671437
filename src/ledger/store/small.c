/*
 * small.c - values of rows that a caller owns; see store.h.
 */
#include <string.h>

#include "ledger/store/store.h"

struct bytes
store_small_bytes(const struct store_small *s)
{
	return bytes_of(s->data, s->len);
}

bool
store_small_set(struct store_small *s, struct bytes v)
{
	bool fits = v.len <= sizeof(s->data);

	s->len = fits ? (uint8_t)v.len : 0;
	if (s->len)
		memcpy(s->data, v.data, s->len);
	return fits;
}

void
redemption_release(struct redemption *r)
{
	buf_release(&r->finding);
	buf_release(&r->jwt);
}
