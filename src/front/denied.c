/*
 * denied.c - see denied.h.
 */
#include "front/denied.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"

#define DIGITS ((size_t)2 * HASH_SIZE)

struct print {
	uint8_t bytes[HASH_SIZE];
};

struct denied {
	size_t n;
	struct print prints[DENIED_MAX];
};

static int
compare_prints(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Removes the comment and the blanks around it. */
static struct bytes
trim_comment(struct bytes line)
{
	const uint8_t *hash = memchr(line.data, '#', line.len);

	if (hash)
		line.len = (size_t)(hash - line.data);
	while (line.len > 0 && is_blank(line.data[line.len - 1]))
		line.len--;
	while (line.len > 0 && is_blank(line.data[0])) {
		line.data++;
		line.len--;
	}
	return line;
}

/* There are colons between all pairs or between none. */
static err_t
read_print(struct bytes text, struct print *ret_print)
{
	size_t step = text.len == DIGITS + HASH_SIZE - 1 ? 3 : 2;
	char digits[DIGITS];

	if (step == 2 && text.len != DIGITS)
		return E_MALFORMED;
	for (size_t i = 0; i < HASH_SIZE; i++) {
		const uint8_t *pair = text.data + i * step;

		if (step == 3 && i + 1 < HASH_SIZE && pair[2] != ':')
			return E_MALFORMED;
		digits[2 * i] = (char)pair[0];
		digits[2 * i + 1] = (char)pair[1];
	}
	return decode_hex_exact(bytes_of(digits, DIGITS), ret_print->bytes,
	                        HASH_SIZE);
}

static err_t
read_line(struct denied *d, struct bytes line)
{
	line = trim_comment(line);
	if (line.len == 0)
		return OK;
	if (d->n == DENIED_MAX)
		return E_LIMIT;
	TRY(read_print(line, &d->prints[d->n]));
	d->n++;
	return OK;
}

err_t
denied_parse(struct bytes text, size_t *ret_line, struct denied **ret_denied)
{
	AUTO(denied_free) struct denied *d = calloc(1, sizeof(*d));
	size_t n = 0;

	if (!d)
		return E_NOMEM;
	while (text.len > 0) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t len = end ? (size_t)(end - text.data) : text.len;

		n++;
		err_t err = read_line(d, bytes_of(text.data, len));
		if (err != OK) {
			*ret_line = n;
			return err == E_LIMIT ? E_LIMIT : E_MALFORMED;
		}
		len += end ? 1 : 0;
		text = bytes_of(text.data + len, text.len - len);
	}
	qsort(d->prints, d->n, sizeof(d->prints[0]), compare_prints);
	*ret_denied = TAKE(d);
	return OK;
}

void
denied_free(struct denied *d)
{
	free(d);
}

bool
denied_has(const struct denied *d, const uint8_t fingerprint[static HASH_SIZE])
{
	return d && bsearch(fingerprint, d->prints, d->n, sizeof(d->prints[0]),
	                    compare_prints) != NULL;
}

size_t
denied_count(const struct denied *d)
{
	return d ? d->n : 0;
}
