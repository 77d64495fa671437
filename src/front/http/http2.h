/*
 * http2.h - an HTTP/2 connection (RFC 9113): http2_session.c has the
 * connection, http2_stream.c its streams, http2_head.c their heads.
 */
#ifndef FRONT_HTTP_HTTP2_H
#define FRONT_HTTP_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nghttp2/nghttp2.h>

#include "base/buf.h"
#include "front/memory/pool.h"
#include "front/http/request.h"

struct connection;
struct http2;

/* One request and its response. */
struct stream {
	struct request request; /* must be first: cast to stream */
	struct http2 *http2;
	struct stream *before, *after;
	int32_t id;
	bool head_done;
	bool cut;        /* we have reset it */
	bool returned;   /* the body's bytes were returned to the window */
	uint8_t paces;   /* checks of the progress of its answer */
	uint64_t since;  /* when the current phase began */
	uint32_t kept;   /* bytes of request body kept */
	uint32_t sent;   /* bytes of response body sent */
	struct buf body; /* response body */
};

_Static_assert(sizeof(struct stream) <= 4 * (size_t)POOL_STEP,
               "a stream has four cache lines: see struct request");

struct http2 {
	struct connection *connection;
	nghttp2_session *session;
	struct stream *first;
	uint64_t idle_since;
	uint64_t unacknowledged_since; /* our SETTINGS; 0: none */
	uint64_t sweep_at;             /* no stream times out before */
	bool last_told;                /* GOAWAY named the last stream */
	unsigned resets; /* by the client, minus successful requests */
};

/* Registers nghttp2's callbacks for streams. */
void http2_stream_callbacks(nghttp2_session_callbacks *callbacks);

/* The callback for the fields of a head. */
int http2_on_header(nghttp2_session *session, const nghttp2_frame *frame,
                    const uint8_t *name, size_t name_len, const uint8_t *value,
                    size_t value_len, uint8_t flags, void *arg);

/* Runs the request if its end has come (ended) or need not be awaited. */
void http2_advance(struct stream *s, bool ended);

#endif
