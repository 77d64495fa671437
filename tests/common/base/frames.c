/*
 * frames.c - see frames.h.
 */
#include "tests/common/base/frames.h"

#include <string.h>

static void
put_number(struct buf *out, uint32_t v, unsigned size)
{
	while (size-- > 0) {
		uint8_t byte = (uint8_t)(v >> (8 * size));

		buf_append(out, bytes_of(&byte, 1));
	}
}

void
frames_put(struct buf *out, const struct frame *f)
{
	put_number(out, (uint32_t)f->payload.len, 3);
	put_number(out, f->type, 1);
	put_number(out, f->flags, 1);
	put_number(out, f->stream, 4);
	buf_append(out, f->payload);
}

void
frames_hello(struct buf *out, uint32_t window, bool acknowledge)
{
	const uint8_t setting[] = { 0,
		                    4,
		                    (uint8_t)(window >> 24),
		                    (uint8_t)(window >> 16),
		                    (uint8_t)(window >> 8),
		                    (uint8_t)window };

	buf_append_str(out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	frames_put(out, &(struct frame){ .type = FRAME_SETTINGS,
	                                 .payload = bytes_of(
	                                         setting, sizeof(setting)) });
	if (acknowledge)
		frames_put(out, &(struct frame){ .type = FRAME_SETTINGS,
		                                 .flags = FRAME_ACK });
}

/* Texts here are below 127 bytes: one byte of length. */
static void
put_text(struct buf *out, struct bytes text)
{
	put_number(out, (uint32_t)text.len, 1);
	buf_append(out, text);
}

void
frames_field(struct buf *block, struct bytes name, struct bytes value)
{
	put_number(block, 0x00, 1);
	put_text(block, name);
	put_text(block, value);
}

/* Numbers of the static table (RFC 7541, appendix A). */
static void
put_head(struct buf *out, const struct frame *f, uint8_t method,
         const char *path)
{
	AUTO(buf_release) struct buf block = buf_of(4096);

	put_number(&block, method, 1);
	put_number(&block, 0x87, 1); /* :scheme https */
	put_number(&block, 0x01, 1); /* :authority */
	put_text(&block, bytes_of_str("localhost"));
	put_number(&block, 0x04, 1); /* :path */
	put_text(&block, bytes_of_str(path));
	if ((f->flags & FRAME_END_STREAM) == 0)
		frames_field(&block, bytes_of_str("content-type"),
		             bytes_of_str("application/json"));
	frames_put(out, &(struct frame){ f->type, f->flags, f->stream,
	                                 buf_bytes(&block) });
}

void
frames_get(struct buf *out, uint32_t stream, const char *path)
{
	put_head(out,
	         &(struct frame){ .type = FRAME_HEADERS,
	                          .flags = FRAME_END_HEADERS | FRAME_END_STREAM,
	                          .stream = stream },
	         0x82, path);
}

void
frames_post(struct buf *out, uint32_t stream, const char *path)
{
	put_head(out,
	         &(struct frame){ .type = FRAME_HEADERS,
	                          .flags = FRAME_END_HEADERS,
	                          .stream = stream },
	         0x83, path);
}

void
frames_data(struct buf *out, uint32_t stream, struct bytes body, bool end)
{
	while (body.len > 0) {
		size_t n = body.len < 16384 ? body.len : 16384;
		bool last = end && n == body.len;

		frames_put(out, &(struct frame){
		                        FRAME_DATA, last ? FRAME_END_STREAM : 0,
		                        stream, bytes_of(body.data, n) });
		body = bytes_of(body.data + n, body.len - n);
	}
}
