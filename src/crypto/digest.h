/*
 * digest.h - SHA-256 in one call or in parts.  Cannot fail: a libcrypto that
 * cannot hash ends the process, because no caller could go on.
 *
 * The first call in a process fetches the algorithm and may read OpenSSL's
 * configuration: see crypto_prepare() in crypto/keys/prepare.h.
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/alg.h"
#include "base/bytes.h"

void digest_sha256(struct bytes in, uint8_t out[static HASH_SIZE]);

/* Over the concatenation of n parts. */
void digest_sha256_parts(const struct bytes *parts, size_t n,
                         uint8_t out[static HASH_SIZE]);

/* SHA-512, which SSH signatures use (trust/ssh_sig.h). */
#define SHA512_SIZE 64
void digest_sha512(struct bytes in, uint8_t out[static SHA512_SIZE]);

/* The digest that alg signs; returns its size, 0: alg signs the message. */
size_t digest_of_alg(enum alg alg, struct bytes in,
                     uint8_t out[static DIGEST_MAX]);

#endif
