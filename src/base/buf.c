/*
 * buf.c - see buf.h; all arithmetic of growing is here.
 *
 * Invariant: len <= room <= ceiling + 1.  The one byte above the ceiling is
 * for buf_str()'s NUL, which is never counted.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

#define BUF_FIRST 256 /* bytes of the first allocation */

struct buf
buf_of(size_t ceiling)
{
	return (struct buf){ .ceiling = ceiling };
}

static err_t
grow_buf(struct buf *b, size_t need)
{
	size_t room = b->room ? b->room : BUF_FIRST;

	while (room < need)
		room = room > SIZE_MAX / 2 ? need : room * 2;
	if (room > b->ceiling + 1)
		room = b->ceiling + 1;

	uint8_t *data = realloc(b->data, room);
	if (!data)
		return E_NOMEM;
	b->data = data;
	b->room = room;
	return OK;
}

/* Room for n more bytes and a NUL; false when the buffer has failed. */
static bool
reserve_room(struct buf *b, size_t n)
{
	if (b->failed != OK)
		return false;
	if (b->ceiling == SIZE_MAX || n > b->ceiling - b->len) {
		b->failed = E_LIMIT;
		return false;
	}
	if (b->room < b->len + n + 1)
		b->failed = grow_buf(b, b->len + n + 1);
	return b->failed == OK;
}

uint8_t *
buf_extend(struct buf *b, size_t n)
{
	if (!reserve_room(b, n))
		return NULL;

	uint8_t *at = b->data + b->len;
	b->len += n;
	return at;
}

void
buf_append(struct buf *b, struct bytes v)
{
	uint8_t *at = buf_extend(b, v.len);

	if (at && v.len > 0)
		memcpy(at, v.data, v.len);
}

void
buf_append_str(struct buf *b, const char *s)
{
	buf_append(b, bytes_of_str(s));
}

static void
append_number(struct buf *b, uint64_t v, size_t n)
{
	uint8_t *at = buf_extend(b, n);

	for (size_t i = 0; at && i < n; i++)
		at[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

void
buf_u8(struct buf *b, uint8_t v)
{
	append_number(b, v, 1);
}

void
buf_u16(struct buf *b, uint16_t v)
{
	append_number(b, v, 2);
}

void
buf_u32(struct buf *b, uint32_t v)
{
	append_number(b, v, 4);
}

void
buf_u64(struct buf *b, uint64_t v)
{
	append_number(b, v, 8);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0 || !reserve_room(b, (size_t)n))
		return;

	va_start(args, format);
	vsnprintf((char *)b->data + b->len, (size_t)n + 1, format, args);
	va_end(args);
	b->len += (size_t)n;
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	if (n < b->len)
		memmove(b->data, b->data + n, b->len - n);
	b->len = n < b->len ? b->len - n : 0;
}

const char *
buf_str(struct buf *b)
{
	if (b->failed != OK || !reserve_room(b, 0))
		return "";
	b->data[b->len] = 0;
	return (const char *)b->data;
}

struct bytes
buf_bytes(const struct buf *b)
{
	return bytes_of(b->data, b->len);
}

err_t
buf_status(const struct buf *b)
{
	return b->failed;
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = OK;
}

void
buf_release(struct buf *b)
{
	free(b->data);
	*b = buf_of(b->ceiling);
}
