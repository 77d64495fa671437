/*
 * digest.h - SHA-256 in one call or in parts.  Cannot fail: a libcrypto that
 * cannot hash ends the process (E_BUG of ours or of its installation).
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

void digest_sha256(struct bytes in, uint8_t out[static HASH_SIZE]);

/* Over the concatenation of n parts. */
void digest_sha256_parts(const struct bytes *parts, size_t n,
                         uint8_t out[static HASH_SIZE]);

#endif
