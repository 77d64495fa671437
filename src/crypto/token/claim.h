/*
 * claim.h - members of the CBOR maps of claims and headers: a label and its
 * value (cbor.h).
 *
 * Those that put append; buf_status() returns a failure.  Those that take or
 * expect make the cursor fail when the next thing is another.
 */
#ifndef CRYPTO_TOKEN_CLAIM_H
#define CRYPTO_TOKEN_CLAIM_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "crypto/codec/cbor.h"

#define CLAIM_TIME_MAX 253402300799 /* 9999-12-31T23:59:59Z, in seconds */

void claim_put_text(struct buf *out, int64_t label, struct bytes text);
void claim_put_uint(struct buf *out, int64_t label, uint64_t v);
void claim_put_int(struct buf *out, int64_t label, int64_t v);
void claim_put_bytes(struct buf *out, int64_t label, struct bytes v);

/* This label is the next key of a map whose keys are all required. */
void claim_expect_key(struct cbor_cursor *c, struct cbor_map *m, int64_t label);
void claim_expect_text(struct cbor_cursor *c, const char *text);

/* Seconds that RFC 3339 can express, so that later code need not check. */
uint64_t claim_take_time(struct cbor_cursor *c);
uint32_t claim_take_u32(struct cbor_cursor *c);
struct bytes claim_take_issuer(struct cbor_cursor *c);

/* A byte string of n bytes, copied to out. */
void claim_take_exact(struct cbor_cursor *c, uint8_t *out, size_t n);

#endif
