/*
 * ssh_wire.c - see ssh_wire.h.
 */
#include "trust/ssh_wire.h"

struct bytes
ssh_take_string(struct reader *r)
{
	uint32_t len = reader_u32(r);

	return reader_take(r, len);
}

void
ssh_take_word(struct reader *r, const char *word)
{
	if (!bytes_equal_str(ssh_take_string(r), word))
		reader_fail(r);
}

/* RFC 4251: a number whose first bit is set would be negative, so a zero byte
 * goes before it, and no other zero byte does. */
struct bytes
ssh_take_positive(struct reader *r)
{
	struct bytes v = ssh_take_string(r);
	bool zero = v.len > 0 && v.data[0] == 0;

	if (zero)
		v = bytes_of(v.data + 1, v.len - 1);
	if (v.len == 0 || zero != (v.data[0] >= 0x80)) {
		reader_fail(r);
		return bytes_of(NULL, 0);
	}
	return v;
}

void
ssh_put_string(struct buf *out, struct bytes v)
{
	buf_u32(out, (uint32_t)v.len);
	buf_append(out, v);
}

void
ssh_put_mpint(struct buf *out, struct bytes number)
{
	while (number.len > 0 && number.data[0] == 0)
		number = bytes_of(number.data + 1, number.len - 1);

	bool high = number.len > 0 && number.data[0] >= 0x80;
	buf_u32(out, (uint32_t)number.len + high);
	if (high)
		buf_u8(out, 0);
	buf_append(out, number);
}
