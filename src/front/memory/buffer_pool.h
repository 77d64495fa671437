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

#define SPARES_MAX 256   /* buffers kept */
#define SPARES_ROOM 4096 /* bytes of one that is kept */

struct spares {
	size_t n;
	struct buf bufs[SPARES_MAX];
};

/* An empty buffer with that ceiling, not below SPARES_ROOM. */
struct buf spares_take(struct spares *s, size_t ceiling);

/* Takes the memory of b, which is empty and usable then. */
void spares_give(struct spares *s, struct buf *b);
void spares_release(struct spares *s);

#endif
