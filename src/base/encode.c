/*
 * encode.c - hex, base64 and base64url (RFC 4648).
 */
#include "base/encode.h"

#include <stdbool.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz"
                                    "0123456789+/";
static const char base64url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "abcdefghijklmnopqrstuvwxyz"
                                       "0123456789-_";

void
encode_hex(struct buf *out, struct bytes in)
{
	uint8_t *at = buf_extend(out, HEX_LEN(in.len));

	for (size_t i = 0; at && i < in.len; i++) {
		*at++ = (uint8_t)hex_digits[in.data[i] >> 4];
		*at++ = (uint8_t)hex_digits[in.data[i] & 15];
	}
}

/* Encodes the last 1, 2 or 3 bytes, without padding. */
static void
encode_tail(uint8_t *at, struct bytes in, const char *alphabet)
{
	unsigned a = in.data[0];
	unsigned b = in.len > 1 ? in.data[1] : 0;

	at[0] = (uint8_t)alphabet[a >> 2];
	at[1] = (uint8_t)alphabet[(a & 3) << 4 | b >> 4];
	if (in.len > 1)
		at[2] = (uint8_t)alphabet[(b & 15) << 2];
}

/* Maps 12 bits to two characters, which needs half as many table look-ups as
 * 6 bits to one character.  The table is filled at the first use. */
struct pairs {
	bool made;
	uint8_t of[4096][2];
};

static const struct pairs *
pairs_of(const char *alphabet)
{
	static struct pairs both[2];
	struct pairs *p = &both[alphabet == base64url_digits];

	if (p->made)
		return p;
	for (unsigned i = 0; i < 4096; i++) {
		p->of[i][0] = (uint8_t)alphabet[i >> 6];
		p->of[i][1] = (uint8_t)alphabet[i & 63];
	}
	p->made = true;
	return p;
}

static void
encode_64(struct buf *out, struct bytes in, const char *alphabet)
{
	const struct pairs *pairs = pairs_of(alphabet);

	if (in.len > SIZE_MAX / 4 - 4)
		in.len = SIZE_MAX / 4 - 4; /* buf_extend() will refuse it */

	uint8_t *at = buf_extend(out, BASE64URL_LEN(in.len));
	if (!at)
		return;

	for (; in.len >= 3; in.data += 3, in.len -= 3, at += 4) {
		unsigned v = (unsigned)in.data[0] << 16 |
		             (unsigned)in.data[1] << 8 | in.data[2];

		memcpy(at, pairs->of[v >> 12], 2);
		memcpy(at + 2, pairs->of[v & 4095], 2);
	}
	if (in.len > 0)
		encode_tail(at, in, alphabet);
}

void
encode_base64(struct buf *out, struct bytes in)
{
	encode_64(out, in, base64_digits);
	if (in.len % 3 > 0)
		buf_append_str(out, in.len % 3 == 1 ? "==" : "=");
}

void
encode_base64url(struct buf *out, struct bytes in)
{
	encode_64(out, in, base64url_digits);
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The value of two hex digits, or -1. */
static int
hex_byte(const uint8_t *text)
{
	int high = hex_value(text[0]);
	int low = hex_value(text[1]);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Restores out's old length and returns err. */
static err_t
undo_decoding(struct buf *out, size_t len, err_t err)
{
	out->len = len;
	return err;
}

err_t
decode_hex(struct buf *out, struct bytes text)
{
	size_t len = out->len;

	if (text.len % 2 != 0)
		return E_MALFORMED;
	uint8_t *at = buf_extend(out, text.len / 2);
	if (!at)
		return buf_status(out);

	for (size_t i = 0; i < text.len; i += 2) {
		int byte = hex_byte(text.data + i);

		if (byte < 0)
			return undo_decoding(out, len, E_MALFORMED);
		at[i / 2] = (uint8_t)byte;
	}
	return OK;
}

static int
value_64(uint8_t c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (uint8_t)alphabet[62])
		return 62;
	return c == (uint8_t)alphabet[63] ? 63 : -1;
}

/* Decodes n characters (2 to 4) to a 24-bit number; -1: bad character. */
static int32_t
group_64(const uint8_t *text, size_t n, const char *alphabet)
{
	int32_t v = 0;

	for (size_t i = 0; i < 4; i++) {
		int digit = i < n ? value_64(text[i], alphabet) : 0;

		if (digit < 0)
			return -1;
		v = v << 6 | digit;
	}
	return v;
}

/* Decodes text whose padding was removed. */
static err_t
decode_64(struct buf *out, struct bytes text, const char *alphabet)
{
	size_t len = out->len;

	if (text.len % 4 == 1)
		return E_MALFORMED;
	size_t size = text.len / 4 * 3 + (text.len % 4 ? text.len % 4 - 1 : 0);
	uint8_t *at = buf_extend(out, size);
	if (!at)
		return buf_status(out);

	for (size_t i = 0; i < text.len; i += 4) {
		size_t n = text.len - i < 4 ? text.len - i : 4;
		int32_t v = group_64(text.data + i, n, alphabet);
		uint32_t unused = n == 4 ? 0 : n == 3 ? 0xff : 0xffff;

		if (v < 0 || ((uint32_t)v & unused) != 0)
			return undo_decoding(out, len, E_MALFORMED);
		for (size_t k = 0; k + 1 < n; k++)
			*at++ = (uint8_t)(v >> (16 - 8 * k));
	}
	return OK;
}

err_t
decode_base64(struct buf *out, struct bytes text)
{
	if (text.len % 4 != 0)
		return E_MALFORMED;
	for (int i = 0; i < 2 && text.len > 0; i++)
		if (text.data[text.len - 1] == '=')
			text.len--;
	return decode_64(out, text, base64_digits);
}

err_t
decode_base64url(struct buf *out, struct bytes text)
{
	return decode_64(out, text, base64url_digits);
}

err_t
decode_hex_exact(struct bytes text, uint8_t *out, size_t n)
{
	AUTO(buf_release) struct buf b = buf_of(n);

	TRY(decode_hex(&b, text));
	if (b.len != n)
		return E_MALFORMED;
	memcpy(out, b.data, n);
	return OK;
}

err_t
decode_base64url_exact(struct bytes text, uint8_t *out, size_t n)
{
	AUTO(buf_release) struct buf b = buf_of(n);

	TRY(decode_base64url(&b, text));
	if (b.len != n)
		return E_MALFORMED;
	memcpy(out, b.data, n);
	return OK;
}

size_t
encode_decimal(uint64_t n, char out[static DECIMAL_SIZE])
{
	char digits[DECIMAL_SIZE];
	size_t at = sizeof(digits);

	digits[--at] = '\0';
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	memcpy(out, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at - 1;
}
