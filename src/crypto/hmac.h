/*
 * hmac.h - HMAC-SHA-256 (RFC 2104) in one call.  Cannot fail: a libcrypto
 * without HMAC ends the process, because no caller could go on.
 *
 * The first call in a process fetches the algorithm and may read OpenSSL's
 * configuration: see crypto_prepare() in crypto/keys/prepare.h.
 */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Over the concatenation of n parts. */
void hmac_sha256_parts(struct bytes key, const struct bytes *parts, size_t n,
                       uint8_t out[static HASH_SIZE]);

void hmac_sha256(struct bytes key, struct bytes in,
                 uint8_t out[static HASH_SIZE]);

#endif
