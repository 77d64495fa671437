/*
 * encode.h - hex, base64 and base64url, strict in both directions.
 *
 * Decoders accept exactly one spelling of each value: right alphabet, right
 * padding, unused bits zero, no white space (RFC 4648 section 3).
 */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* Characters needed for n bytes, without a NUL. */
#define HEX_LEN(n) ((n)*2)
#define BASE64URL_LEN(n) (((n)*4 + 2) / 3)

/* All append to out; buf_status() tells of failures. */
void encode_hex(struct buf *out, struct bytes in);       /* lower case */
void encode_base64(struct buf *out, struct bytes in);    /* padded */
void encode_base64url(struct buf *out, struct bytes in); /* not padded */

/* Append the decoded bytes to out.  E_MALFORMED, E_NOMEM, E_LIMIT; out keeps
 * its old length then.  Hex may be in either case. */
MUST_CHECK err_t decode_hex(struct buf *out, struct bytes text);
MUST_CHECK err_t decode_base64(struct buf *out, struct bytes text);
MUST_CHECK err_t decode_base64url(struct buf *out, struct bytes text);

/* Decode to exactly n bytes.  E_MALFORMED when the text is not that long. */
MUST_CHECK err_t decode_hex_exact(struct bytes text, uint8_t *out, size_t n);
MUST_CHECK err_t decode_base64url_exact(struct bytes text, uint8_t *out,
                                        size_t n);

/* n in decimal with a NUL; how many digits that is. */
#define DECIMAL_SIZE 21
size_t encode_decimal(uint64_t n, char out[static DECIMAL_SIZE]);

#endif
