/*
 * bytes.c - the sticky reader.  A failed reader stays where it failed, empty,
 * so that a later read can neither succeed by chance nor run past the end.
 */
#include "base/bytes.h"

struct reader
reader_of(struct bytes in)
{
	return (struct reader){ .at = in.data, .left = in.len };
}

void
reader_fail(struct reader *r)
{
	r->failed = true;
	r->left = 0;
}

struct bytes
reader_take(struct reader *r, size_t n)
{
	if (r->failed || n > r->left) {
		reader_fail(r);
		return bytes_of(NULL, 0);
	}

	struct bytes view = bytes_of(r->at, n);
	if (n > 0)
		r->at += n;
	r->left -= n;
	return view;
}

/* n <= 8 */
static uint64_t
read_big_endian(struct reader *r, size_t n)
{
	struct bytes b = reader_take(r, n);
	uint64_t v = 0;

	for (size_t i = 0; i < b.len; i++)
		v = v << 8 | b.data[i];
	return v;
}

uint8_t
reader_u8(struct reader *r)
{
	return (uint8_t)read_big_endian(r, 1);
}

uint16_t
reader_u16(struct reader *r)
{
	return (uint16_t)read_big_endian(r, 2);
}

uint32_t
reader_u32(struct reader *r)
{
	return (uint32_t)read_big_endian(r, 4);
}

uint64_t
reader_u64(struct reader *r)
{
	return read_big_endian(r, 8);
}

void
reader_copy(struct reader *r, void *dst, size_t n)
{
	struct bytes b = reader_take(r, n);

	if (b.len == n && n > 0)
		memcpy(dst, b.data, n);
	else
		memset(dst, 0, n);
}

bool
reader_done(const struct reader *r)
{
	return !r->failed && r->left == 0;
}
