/*
 * pool.h - a size-class allocator for the many small objects of waiting
 * requests.
 *
 * malloc(3) merges free blocks with their neighbours and reads their headers
 * for that; with tens of thousands of waiting requests each such read is a
 * cache miss.  Here a free block goes to the list of its size class and is
 * reused from there.  Memory that was needed once is kept until pool_trim().
 */
#ifndef FRONT_MEMORY_POOL_H
#define FRONT_MEMORY_POOL_H

#include <stddef.h>

#define POOL_STEP 64  /* bytes; sizes are multiples of a cache line */
#define POOL_MOST 768 /* bytes of the largest; larger ones use malloc(3) */

/* Like malloc(3), calloc(3), realloc(3) and free(3). */
void *pool_alloc(size_t n);
void *pool_zero(size_t n);
void *pool_resize(void *p, size_t n);
void pool_free(void *p);

/* Returns chunks without a block in use to the system.  Visits every free
 * block, so it is for idle times. */
void pool_trim(void);

#endif
