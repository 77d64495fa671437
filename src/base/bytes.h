/*
 * bytes.h - a borrowed view of bytes, and a reader with sticky failure.
 *
 * A view owns nothing: it is valid as long as what it points into.  A reader
 * decodes big-endian fields (the byte order of our messages and of the TPM).
 * After the first failure every read returns zero or an empty view, so a parser
 * reads all its fields without checks and calls reader_done() once, at the end.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_SIZE 32 /* SHA-256, the only hash that names things here */

struct bytes {
	const uint8_t *data;
	size_t len;
};

static inline struct bytes
bytes_of(const void *data, size_t len)
{
	return (struct bytes){ .data = data, .len = len };
}

/* A C string's bytes without its NUL; NULL gives the empty view. */
static inline struct bytes
bytes_of_str(const char *s)
{
	return bytes_of(s, s ? strlen(s) : 0);
}

/* Not for secrets: see secret_equal() in secret.h. */
static inline bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool
bytes_equal_str(struct bytes a, const char *s)
{
	return bytes_equal(a, bytes_of_str(s));
}

/* Not for secrets. */
static inline bool
bytes_all_zero(const uint8_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] != 0)
			return false;
	return true;
}

struct reader {
	const uint8_t *at;
	size_t left;
	bool failed;
};

struct reader reader_of(struct bytes in);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);

/* The next n bytes as a view into the input. */
struct bytes reader_take(struct reader *r, size_t n);

/* Copies n bytes to dst; zeroes dst when they are not there. */
void reader_copy(struct reader *r, void *dst, size_t n);

/* Fails the reader, for a check that the parser makes itself. */
void reader_fail(struct reader *r);

/* True when nothing failed and nothing is left. */
bool reader_done(const struct reader *r);

#endif
