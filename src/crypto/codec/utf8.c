/*
 * utf8.c - the grammar of well-formed UTF-8 (RFC 3629 section 4) as code.
 */
#include <stddef.h>

#include "crypto/codec/utf8.h"

static bool
byte_in_range(uint8_t v, uint8_t low, uint8_t high)
{
	return v >= low && v <= high;
}

/* The number of continuation bytes; -1: not a lead byte. */
static int
count_followers(uint8_t lead)
{
	if (byte_in_range(lead, 0x20, 0x7e))
		return 0;
	if (byte_in_range(lead, 0xc2, 0xdf))
		return 1;
	if (byte_in_range(lead, 0xe0, 0xef))
		return 2;
	return byte_in_range(lead, 0xf0, 0xf4) ? 3 : -1;
}

/* The second byte's range is what excludes overlong forms, surrogates and
 * code points that do not exist. */
static bool
second_valid(uint8_t lead, uint8_t second)
{
	switch (lead) {
	case 0xe0:
		return byte_in_range(second, 0xa0, 0xbf);
	case 0xed:
		return byte_in_range(second, 0x80, 0x9f);
	case 0xf0:
		return byte_in_range(second, 0x90, 0xbf);
	case 0xf4:
		return byte_in_range(second, 0x80, 0x8f);
	default:
		return byte_in_range(second, 0x80, 0xbf);
	}
}

static bool
sequence_valid(const uint8_t *at, size_t left, int n)
{
	if (n < 0 || (size_t)n >= left)
		return false;
	if (n > 0 && !second_valid(at[0], at[1]))
		return false;
	for (int i = 2; i <= n; i++)
		if (!byte_in_range(at[i], 0x80, 0xbf))
			return false;
	return true;
}

bool
utf8_text_valid(struct bytes text)
{
	for (size_t i = 0; i < text.len;) {
		int n = count_followers(text.data[i]);
		if (!sequence_valid(text.data + i, text.len - i, n))
			return false;
		i += (size_t)n + 1;
	}
	return true;
}
