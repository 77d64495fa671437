/*
 * buf.h - a growable array of bytes with a fixed maximum size (its ceiling).
 *
 * Failures are sticky: after the first one (no memory, or the ceiling reached)
 * later appends add nothing, and buf_status() returns the first error.  A
 * writer therefore appends without checks and asks for the status once, at the
 * end.  The view from buf_bytes() is valid until the next append, reset or
 * release.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

struct buf {
	uint8_t *data;
	size_t len;
	size_t room;
	size_t ceiling;
	err_t failed;
};

/* An empty buffer that never grows beyond ceiling bytes. */
struct buf buf_of(size_t ceiling);

void buf_append(struct buf *b, struct bytes v);
void buf_append_str(struct buf *b, const char *s);
void buf_u8(struct buf *b, uint8_t v);
void buf_u16(struct buf *b, uint16_t v); /* big-endian, as the others */
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);

/* printf's formatting; the NUL is not part of the buffer. */
void buf_printf(struct buf *b, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Appends n uninitialised bytes and returns a pointer to them for writing; NULL
 * on failure. */
uint8_t *buf_extend(struct buf *b, size_t n);

/* Drops the first n bytes (n <= len) by moving the rest down. */
void buf_consume(struct buf *b, size_t n);

/* The content as a C string: puts a NUL after the last byte, which buf_bytes()
 * does not count.  "" after a failure. */
const char *buf_str(struct buf *b);

struct bytes buf_bytes(const struct buf *b);

/* OK, or the first failure: E_NOMEM, or E_LIMIT for the ceiling. */
MUST_CHECK err_t buf_status(const struct buf *b);

/* Empties the buffer, keeps its memory and clears the failure. */
void buf_reset(struct buf *b);

/* Frees the memory; b is empty and usable again. */
void buf_release(struct buf *b);
DEFINE_AUTO_REF(struct buf, buf_release);

#endif
