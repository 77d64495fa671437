/*
 * pool.h - memory for what a request keeps while it waits: many small pieces
 * of a few sizes, which come and go by the ten thousand.
 *
 * The C library joins free pieces with their neighbours and looks into them for
 * it; when tens of thousands of requests wait, each look is a cache miss. Here
 * a free piece goes onto the list of its size and comes back from there.  What
 * was once needed is kept until pool_trim().
 */
#ifndef FRONT_MEMORY_POOL_H
#define FRONT_MEMORY_POOL_H

#include <stddef.h>

#define POOL_STEP 64  /* bytes: sizes are multiples of that, a cache line */
#define POOL_MOST 768 /* bytes of the largest piece; larger are malloc's */

/* As malloc(3), calloc(3), realloc(3), free(3). */
void *pool_alloc(size_t n);
void *pool_zero(size_t n);
void *pool_resize(void *p, size_t n);
void pool_free(void *p);

/* Gives the memory of chunks without a piece in use back to the system.  Looks at
 * every free piece: for quiet times. */
void pool_trim(void);

#endif
