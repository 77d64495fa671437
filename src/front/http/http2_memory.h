/*
 * http2_memory.h - allocates nghttp2's streams from the pool (pool.h).
 */
#ifndef FRONT_HTTP_HTTP2_MEMORY_H
#define FRONT_HTTP_HTTP2_MEMORY_H

#include <nghttp2/nghttp2.h>

/* For nghttp2_session_server_new3() and the client function, which copy it. */
nghttp2_mem http2_memory(void);

#endif
