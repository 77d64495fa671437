/*
 * buffer_pool.h - small buffers that go from one request to the next.
 *
 * The body of a request and of its answer live for a moment, and there are
 * hundreds of thousands a second: asking for memory each time cost a tenth of
 * what a challenge does.  Large ones are not kept.
 */
#ifndef FRONT_MEMORY_BUFFER_POOL_H
#define FRONT_MEMORY_BUFFER_POOL_H

#include <stddef.h>

#include "base/buf.h"

#define BUFFER_POOL_MAX 256   /* buffers kept */
#define BUFFER_POOL_ROOM 4096 /* bytes of one that is kept */

struct buffer_pool {
	size_t n;
	struct buf bufs[BUFFER_POOL_MAX];
};

/* An empty buffer with that ceiling, not below BUFFER_POOL_ROOM. */
struct buf buffer_pool_take(struct buffer_pool *s, size_t ceiling);

/* Takes the memory of b, which is empty and usable then. */
void buffer_pool_give(struct buffer_pool *s, struct buf *b);
void buffer_pool_release(struct buffer_pool *s);

#endif
