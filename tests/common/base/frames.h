/*
 * frames.h - composes HTTP/2 frames (RFC 9113) for test clients that do what no
 * HTTP/2 library would do.  Each function appends to a buffer.
 */
#ifndef COMMON_BASE_FRAMES_H
#define COMMON_BASE_FRAMES_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"

enum frame_type {
	FRAME_DATA,
	FRAME_HEADERS,
	FRAME_PRIORITY,
	FRAME_RST_STREAM,
	FRAME_SETTINGS,
	FRAME_PUSH_PROMISE,
	FRAME_PING,
	FRAME_GOAWAY,
	FRAME_WINDOW_UPDATE,
	FRAME_CONTINUATION,
};

#define FRAME_ACK 0x01
#define FRAME_END_STREAM 0x01
#define FRAME_END_HEADERS 0x04
#define FRAME_PADDED 0x08

struct frame {
	enum frame_type type;
	uint8_t flags;
	uint32_t stream;
	struct bytes payload;
};

void frames_put(struct buf *out, const struct frame *f);

/* The connection preface and SETTINGS with a stream's initial window; with
 * acknowledge also the acknowledgement of the server's SETTINGS, in advance. */
void frames_hello(struct buf *out, uint32_t window, bool acknowledge);

/* HEADERS of a request on that stream; a GET also ends the stream. */
void frames_get(struct buf *out, uint32_t stream, const char *path);
void frames_post(struct buf *out, uint32_t stream, const char *path);

/* DATA on that stream. */
void frames_data(struct buf *out, uint32_t stream, struct bytes body, bool end);

/* A literal header field with a literal name, without indexing (RFC 7541
 * section 6.2.2). */
void frames_field(struct buf *block, struct bytes name, struct bytes value);

#endif
