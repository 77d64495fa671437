/*
 * http2.h - the inside of an HTTP/2 connection: http2_session.c has the
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

/* One request and its answer. */
struct stream {
	struct request request; /* first: a request is its stream */
	struct http2 *http2;
	struct stream *before, *after;
	int32_t id;
	bool head_done;
	bool cut;        /* reset by us */
	bool returned;   /* the body's bytes, to the connection's window */
	uint8_t paces;   /* its answer was looked at, so many times */
	uint64_t since;  /* its first header, its last, the last look */
	uint32_t kept;   /* bytes of the request's body */
	uint32_t sent;   /* of the answer's body */
	struct buf body; /* of the answer */
};

_Static_assert(sizeof(struct stream) <= 4 * (size_t)POOL_STEP,
               "a stream has four cache lines: see struct request");

struct http2 {
	struct connection *connection;
	nghttp2_session *session;
	struct stream *first;
	uint64_t idle_since;
	uint64_t unacknowledged_since; /* our SETTINGS; 0: they are */
	uint64_t sweep_at; /* no stream's time is over before that */
	bool last_told;    /* GOAWAY named the last stream */
	unsigned resets;   /* by the client, less the requests that succeeded */
};

/* What nghttp2 calls for streams. */
void http2_stream_callbacks(nghttp2_session_callbacks *callbacks);

/* Of these, the one for a head's fields. */
int http2_on_header(nghttp2_session *session, const nghttp2_frame *frame,
                    const uint8_t *name, size_t name_len, const uint8_t *value,
                    size_t value_len, uint8_t flags, void *arg);

/* Runs the request if its end came (ended), or need not be waited for. */
void http2_advance(struct stream *s, bool ended);

#endif
