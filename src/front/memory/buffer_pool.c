/*
 * buffer_pool.c - see buffer_pool.h.
 */
#include "front/memory/buffer_pool.h"

struct buf
buffer_pool_take(struct buffer_pool *s, size_t ceiling)
{
	struct buf b = buf_of(ceiling);

	if (s->n > 0 && ceiling >= BUFFER_POOL_ROOM) {
		b = s->bufs[--s->n];
		b.ceiling = ceiling;
	}
	return b;
}

void
buffer_pool_give(struct buffer_pool *s, struct buf *b)
{
	if (s->n == BUFFER_POOL_MAX || b->room == 0 ||
	    b->room > BUFFER_POOL_ROOM) {
		buf_release(b);
		return;
	}
	buf_reset(b);
	s->bufs[s->n++] = *b;
	*b = buf_of(b->ceiling);
}

void
buffer_pool_release(struct buffer_pool *s)
{
	while (s->n > 0)
		buf_release(&s->bufs[--s->n]);
}
