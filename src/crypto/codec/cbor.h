/*
 * cbor.h - strict CBOR: what RFC 8949 section 4.2 allows and nothing else.
 *
 * Every value has one encoding here: shortest heads, definite lengths, map
 * keys ascending and never twice.  The reader refuses any other, so that what
 * it accepts encodes again to the same bytes.
 *
 * The cursor fails sticky like struct reader: after the first failure every
 * take gives zero or an empty view, and cbor_done() is asked once.  It steps
 * through items that its caller expects: nesting is as deep as the caller's
 * code, and no length is believed beyond the input.  Where a format lets
 * others add to it, cbor_take_any() steps over one item, without recursion.
 *
 * Only integers, byte and text strings, arrays, maps, tags, booleans and
 * null.
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

/* One item with all that it holds, as its bytes.  What is inside is of the
 * types above and in the one form of each; the order of map keys and the
 * content of text are not looked at. */
struct bytes cbor_take_any(struct cbor_cursor *c);

/* The same, and a failure when it is another value. */
void cbor_expect_int(struct cbor_cursor *c, int64_t value);
void cbor_expect_array(struct cbor_cursor *c, size_t n);
void cbor_expect_tag(struct cbor_cursor *c, uint64_t tag);

/* Maps with integer keys:
 *
 *	struct cbor_map m = cbor_take_map(&c);
 *	for (int64_t key; cbor_map_next(&c, &m, &key);)
 *		take the value
 *
 * The order of keys is that of their encodings: 0, 1, ... -1, -2, ... within
 * a length, shorter ones first. */
struct cbor_map {
	size_t left;
	struct bytes last; /* the encoding of the key before */
};

struct cbor_map cbor_take_map(struct cbor_cursor *c);
bool cbor_map_next(struct cbor_cursor *c, struct cbor_map *m, int64_t *ret_key);

/* Appending.  buf_status() tells of failures.  Whoever writes a map writes
 * its keys in order. */
void cbor_put_uint(struct buf *out, uint64_t v);
void cbor_put_int(struct buf *out, int64_t v);
void cbor_put_bytes(struct buf *out, struct bytes v);
void cbor_put_text(struct buf *out, struct bytes v);
void cbor_put_array(struct buf *out, size_t n);
void cbor_put_map(struct buf *out, size_t n);
void cbor_put_tag(struct buf *out, uint64_t tag);
void cbor_put_null(struct buf *out);

/* The bytes of a head that carries v, a number or a length. */
size_t cbor_head_size(uint64_t v);

/* The head of a byte string whose n bytes the caller appends. */
void cbor_put_bytes_head(struct buf *out, size_t n);

#endif
