/*
 * verdict_tag.h - by what a key holder knows that a verifier gave a verdict.
 *
 * HMAC-SHA-256 (RFC 2104) over "anchord-verdict-1", a NUL, and the bytes of a
 * finding as wire_put_finding() writes them: every field in its order, texts
 * with their lengths.  The key is made anew for each life of the service, and
 * verifiers and key holders alone have it: the ledger, between them, keeps tags
 * and passes them on, and can make none.
 */
#ifndef CRYPTO_TOKEN_VERDICT_TAG_H
#define CRYPTO_TOKEN_VERDICT_TAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/secret.h"

/* Cannot fail: a libcrypto that has no HMAC ends the process.  The first call
 * of a process fetches it: see crypto_prepare(). */
void verdict_tag(const struct secret *key, struct bytes finding,
                 uint8_t out[static HASH_SIZE]);

/* Equality in constant time. */
bool verdict_tag_good(const struct secret *key, struct bytes finding,
                      const uint8_t tag[static HASH_SIZE]);

#endif
