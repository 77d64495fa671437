/*
 * encode.h - hex, base64 and base64url, strict in both directions.
 *
 * The base64 decoders accept exactly one spelling of each value: they refuse
 * characters outside the alphabet, white space included (RFC 4648 section 3.3),
 * wrong padding (section 3.2) and pad bits that are not zero (section 3.5).
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

/* Each appends to out; buf_status() returns a failure. */
void encode_hex(struct buf *out, struct bytes in);       /* lower case */
void encode_base64(struct buf *out, struct bytes in);    /* padded */
void encode_base64url(struct buf *out, struct bytes in); /* not padded */

/* Each appends the decoded bytes to out.  On E_MALFORMED, E_NOMEM or E_LIMIT
 * out keeps its old length.  Hex digits may be in either case. */
MUST_CHECK err_t decode_hex(struct buf *out, struct bytes text);
MUST_CHECK err_t decode_base64(struct buf *out, struct bytes text);
MUST_CHECK err_t decode_base64url(struct buf *out, struct bytes text);

/* Decode to exactly n bytes.  E_MALFORMED when the text is not that long. */
MUST_CHECK err_t decode_hex_exact(struct bytes text, uint8_t *out, size_t n);
MUST_CHECK err_t decode_base64url_exact(struct bytes text, uint8_t *out,
                                        size_t n);

/* Writes n in decimal and a NUL to out; returns the number of digits. */
#define DECIMAL_SIZE 21
size_t encode_decimal(uint64_t n, char out[static DECIMAL_SIZE]);

#endif
