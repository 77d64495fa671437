/*
 * buffer_pool.c - see buffer_pool.h.
 */
#include "front/memory/buffer_pool.h"

struct buf
spares_take(struct spares *s, size_t ceiling)
{
	struct buf b = buf_of(ceiling);

	if (s->n > 0 && ceiling >= SPARES_ROOM) {
		b = s->bufs[--s->n];
		b.ceiling = ceiling;
	}
	return b;
}

void
spares_give(struct spares *s, struct buf *b)
{
	if (s->n == SPARES_MAX || b->room == 0 || b->room > SPARES_ROOM) {
		buf_release(b);
		return;
	}
	buf_reset(b);
	s->bufs[s->n++] = *b;
	*b = buf_of(b->ceiling);
}

void
spares_release(struct spares *s)
{
	while (s->n > 0)
		buf_release(&s->bufs[--s->n]);
}
