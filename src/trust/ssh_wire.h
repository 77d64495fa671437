/*
 * ssh_wire.h - fields of SSH's binary formats (RFC 4251 section 5), each in its
 * one encoding.
 */
#ifndef TRUST_SSH_WIRE_H
#define TRUST_SSH_WIRE_H

#include "base/buf.h"
#include "base/bytes.h"

/* A string: 32 bits of length and the bytes.  Takes fail the reader as those of
 * bytes.h do. */
struct bytes ssh_take_string(struct reader *r);

/* A string that must be this one. */
void ssh_take_word(struct reader *r, const char *word);

/* An mpint that must be positive and as short as it can be; returns the number
 * without the zero byte in front. */
struct bytes ssh_take_positive(struct reader *r);

void ssh_put_string(struct buf *out, struct bytes v);

/* The number may have zeros in front. */
void ssh_put_mpint(struct buf *out, struct bytes number);

#endif
