/*
 * verdict_tag.h - a MAC by which the key holder recognises a verifier's
 * verdict.
 *
 * HMAC-SHA-256 (RFC 2104) over "anchord-verdict-1", a NUL, and the finding as
 * wire_put_finding() encodes it: every field in order, texts with their
 * lengths.  The supervisor generates the key at each start of the service and
 * gives it to verifiers and key holders only.  The ledger between them stores
 * and forwards tags but cannot make one.
 */
#ifndef CRYPTO_TOKEN_VERDICT_TAG_H
#define CRYPTO_TOKEN_VERDICT_TAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/secret.h"

/* Cannot fail: a libcrypto without HMAC ends the process.  The first call in a
 * process fetches the algorithm: see crypto_prepare(). */
void verdict_tag(const struct secret *key, struct bytes finding,
                 uint8_t out[static HASH_SIZE]);

/* Compares in constant time. */
bool verdict_tag_good(const struct secret *key, struct bytes finding,
                      const uint8_t tag[static HASH_SIZE]);

#endif
