/*
 * write.h - writes JSON into a buf, for documents of a fixed structure.
 *
 * The caller writes braces and commas.  Every string is written by these
 * functions, so that no value chosen by a client or a peer can end its string.
 */
#ifndef FRONT_JSON_WRITE_H
#define FRONT_JSON_WRITE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"

/* Writes a quoted string.  Bytes that are not UTF-8 become U+FFFD. */
void json_put_string(struct buf *out, struct bytes text);

void json_put_number(struct buf *out, uint64_t n);

/* Quoted base64url without padding, and quoted lower-case hex. */
void json_put_base64url(struct buf *out, struct bytes v);
void json_put_hex(struct buf *out, struct bytes v);

/* A quoted RFC 3339 time in UTC, in whole seconds. */
void json_put_time(struct buf *out, uint64_t at_s);

#endif
