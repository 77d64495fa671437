/*
 * frames.h - HTTP/2 frames by hand (RFC 9113), for clients that no library would
 * be.  Appended to a buffer.
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

/* The preface, and SETTINGS: a stream's window at the beginning; then, if asked,
 * the acknowledgement of the server's SETTINGS, which come in any case. */
void frames_hello(struct buf *out, uint32_t window, bool acknowledge);

/* A request's HEADERS on that stream, ended if there is no body. */
void frames_get(struct buf *out, uint32_t stream, const char *path);
void frames_post(struct buf *out, uint32_t stream, const char *path);

/* DATA on it. */
void frames_data(struct buf *out, uint32_t stream, struct bytes body, bool end);

/* A literal field, new name, never indexed (RFC 7541, section 6.2.2). */
void frames_field(struct buf *block, struct bytes name, struct bytes value);

#endif
