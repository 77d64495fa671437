/*
 * write.c - see write.h.
 */
#include "front/json/write.h"

#include <stdbool.h>

#include "base/clock.h"
#include "base/encode.h"

/* The length of the UTF-8 sequence at the start of v; 0: invalid (RFC 3629
 * section 4: overlong, surrogate, above U+10FFFF). */
static size_t
utf8_length(struct bytes v)
{
	static const struct {
		uint8_t first, last, low, high;
		size_t len;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	uint8_t c = v.data[0];

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (c < forms[i].first || c > forms[i].last)
			continue;
		if (v.len < forms[i].len || v.data[1] < forms[i].low ||
		    v.data[1] > forms[i].high)
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if ((v.data[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}

	return 0;
}

static bool
needs_no_escape(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Appends one character that needs escaping; returns the bytes consumed. */
static size_t
put_special(struct buf *out, struct bytes v)
{
	uint8_t c = v.data[0];

	if (c < 0x80) {
		buf_printf(out, "\\u%04x", c);
		return 1;
	}

	size_t n = utf8_length(v);
	if (n == 0) {
		buf_append_str(out, "\\ufffd");
		return 1;
	}

	buf_append(out, bytes_of(v.data, n));
	return n;
}

void
json_put_string(struct buf *out, struct bytes text)
{
	buf_append_str(out, "\"");
	for (size_t at = 0; at < text.len;) {
		size_t end = at;

		while (end < text.len && needs_no_escape(text.data[end]))
			end++;
		buf_append(out, bytes_of(text.data + at, end - at));
		at = end;
		if (at < text.len)
			at += put_special(
			        out, bytes_of(text.data + at, text.len - at));
	}
	buf_append_str(out, "\"");
}

void
json_put_number(struct buf *out, uint64_t n)
{
	char digits[DECIMAL_SIZE];

	buf_append(out, bytes_of(digits, encode_decimal(n, digits)));
}

void
json_put_base64url(struct buf *out, struct bytes v)
{
	buf_append_str(out, "\"");
	encode_base64url(out, v);
	buf_append_str(out, "\"");
}

void
json_put_hex(struct buf *out, struct bytes v)
{
	buf_append_str(out, "\"");
	encode_hex(out, v);
	buf_append_str(out, "\"");
}

void
json_put_time(struct buf *out, uint64_t at_s)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(at_s * 1000, text);
	json_put_string(out, bytes_of_str(text));
}
