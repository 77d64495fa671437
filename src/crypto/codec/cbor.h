/*
 * cbor.h - strict CBOR: only deterministic encoding (RFC 8949 section 4.2).
 *
 * Every value has one encoding: shortest heads, definite lengths, map keys in
 * ascending order without duplicates.  The reader refuses any other, so what it
 * accepts encodes to the same bytes again.
 *
 * Failures are sticky as in struct reader: after the first one every take
 * returns zero or an empty view, and the caller asks cbor_done() once.  The
 * cursor steps through items that its caller expects, so nesting is as deep as
 * the caller's code, and a length is never trusted beyond the input.  Where a
 * format permits extensions, cbor_take_any() skips one item, without recursion.
 *
 * Supported are integers, byte and text strings, arrays, maps, tags, booleans
 * and null.
 */
#ifndef CRYPTO_CODEC_CBOR_H
#define CRYPTO_CODEC_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"

struct cbor_cursor {
	struct bytes in; /* what is left */
	bool failed;
};

struct cbor_cursor cbor_cursor_of(struct bytes in);

/* True when nothing failed and nothing is left. */
bool cbor_done(const struct cbor_cursor *c);
void cbor_fail(struct cbor_cursor *c);

uint64_t cbor_take_uint(struct cbor_cursor *c);
int64_t cbor_take_int(struct cbor_cursor *c);
struct bytes cbor_take_bytes(struct cbor_cursor *c);
void cbor_take_hash(struct cbor_cursor *c, uint8_t *out); /* HASH_SIZE bytes */
struct bytes cbor_take_text(struct cbor_cursor *c);       /* see utf8.h */
size_t cbor_take_array(struct cbor_cursor *c);
uint64_t cbor_take_tag(struct cbor_cursor *c);
void cbor_take_null(struct cbor_cursor *c);
bool cbor_take_bool(struct cbor_cursor *c);

/* Takes one item with everything in it and returns its bytes.  The items inside
 * must be of the types above and in their shortest form; the order of map keys
 * and the validity of text are not checked. */
struct bytes cbor_take_any(struct cbor_cursor *c);

/* Takes a value and fails when it is another one. */
void cbor_expect_int(struct cbor_cursor *c, int64_t value);
void cbor_expect_array(struct cbor_cursor *c, size_t n);
void cbor_expect_tag(struct cbor_cursor *c, uint64_t tag);

/* Maps with integer keys:
 *
 *	struct cbor_map m = cbor_take_map(&c);
 *	for (int64_t key; cbor_map_next(&c, &m, &key);)
 *		take the value
 *
 * Keys ascend by the bytes of their encodings: shorter ones first, and within a
 * length 0, 1, ... -1, -2, ... (RFC 8949 section 4.2.1). */
struct cbor_map {
	size_t left;
	struct bytes last; /* encoding of the previous key */
};

struct cbor_map cbor_take_map(struct cbor_cursor *c);
bool cbor_map_next(struct cbor_cursor *c, struct cbor_map *m, int64_t *ret_key);

/* Each appends; buf_status() returns a failure.  The caller writes the keys of
 * a map in order. */
void cbor_put_uint(struct buf *out, uint64_t v);
void cbor_put_int(struct buf *out, int64_t v);
void cbor_put_bytes(struct buf *out, struct bytes v);
void cbor_put_text(struct buf *out, struct bytes v);
void cbor_put_array(struct buf *out, size_t n);
void cbor_put_map(struct buf *out, size_t n);
void cbor_put_tag(struct buf *out, uint64_t tag);
void cbor_put_null(struct buf *out);
void cbor_put_bool(struct buf *out, bool v);

/* The size of a head whose argument is v (RFC 8949 section 3). */
size_t cbor_head_size(uint64_t v);

/* The head of a byte string whose n bytes the caller appends. */
void cbor_put_bytes_head(struct buf *out, size_t n);

#endif
