/*
 * buffer_pool.h - reuses small buffers between requests.
 *
 * The bodies of requests and answers are short-lived, and there are hundreds of
 * thousands a second; allocating each took a tenth of the time of a challenge.
 * Large buffers are not kept.
 */
#ifndef FRONT_MEMORY_BUFFER_POOL_H
#define FRONT_MEMORY_BUFFER_POOL_H

#include <stddef.h>

#include "base/buf.h"

#define BUFFER_POOL_MAX 256   /* buffers kept */
#define BUFFER_POOL_ROOM 4096 /* bytes of a buffer that is kept */

struct buffer_pool {
	size_t n;
	struct buf bufs[BUFFER_POOL_MAX];
};

/* An empty buffer with that ceiling, which is at least BUFFER_POOL_ROOM. */
struct buf buffer_pool_take(struct buffer_pool *s, size_t ceiling);

/* Takes the memory of b, which is then empty and usable. */
void buffer_pool_give(struct buffer_pool *s, struct buf *b);
void buffer_pool_release(struct buffer_pool *s);

#endif
