/*
 * keys.h - a software device's keys, made once and found again by number.
 */
#ifndef KM_KEYS_H
#define KM_KEYS_H

#include <openssl/evp.h>

#include "tests/keymint/keymint.h"

/* Keeps keys in this directory, too, and finds them there again. */
void km_keys_in(const char *dir);

/* Borrowed; NULL: OpenSSL or the disk refused. */
EVP_PKEY *km_key(enum km_alg alg, unsigned slot);

/* A signature by the key over msg: SHA-256, P-384 SHA-384, or Ed25519's own. */
MUST_CHECK err_t km_sign(enum km_alg alg, unsigned slot, struct bytes msg,
                         struct buf *out);
void km_spki(enum km_alg alg, unsigned slot, struct buf *out);

#endif
