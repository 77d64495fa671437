/*
 * http2_memory.c - see http2_memory.h.
 */
#include "front/http/http2_memory.h"

#include <stdint.h>

#include "front/memory/pool.h"

static void *
on_malloc(size_t n, void *arg)
{
	(void)arg;
	return pool_alloc(n);
}

static void
on_free(void *p, void *arg)
{
	(void)arg;
	pool_free(p);
}

static void *
on_calloc(size_t n, size_t size, void *arg)
{
	(void)arg;
	return size > 0 && n > SIZE_MAX / size ? NULL : pool_zero(n * size);
}

static void *
on_realloc(void *p, size_t n, void *arg)
{
	(void)arg;
	return pool_resize(p, n);
}

nghttp2_mem
http2_memory(void)
{
	return (nghttp2_mem){ .malloc = on_malloc,
		              .free = on_free,
		              .calloc = on_calloc,
		              .realloc = on_realloc };
}
