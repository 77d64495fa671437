/*
 * verify.h - keys and signatures of TPMs, verified by OpenSSL.
 *
 * Only verify.c uses OpenSSL's EVP for TPM evidence.  A key is made from a
 * public area or a SubjectPublicKeyInfo and verifies only the schemes of its
 * type.
 */
#ifndef EVIDENCE_TPM_VERIFY_H
#define EVIDENCE_TPM_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "evidence/tpm/alg.h"
#include "evidence/tpm/public.h"
#include "evidence/tpm/signature.h"

struct tpm_key;

/* E_DENIED: it is not a valid key, for example because the point is not on the
 * curve, or it is too weak (RSA below 2048 bits, another curve than P-256,
 * P-384 and P-521). */
MUST_CHECK err_t tpm_key_of_public(const struct tpm_public *p,
                                   struct tpm_key **ret_key);

/* The same from a DER SubjectPublicKeyInfo.  E_MALFORMED: not one.  E_DENIED
 * also for explicit curve parameters (RFC 5480 section 2.1.1). */
MUST_CHECK err_t tpm_key_of_spki(struct bytes spki, struct tpm_key **ret_key);

/* Another reference to the same key. */
MUST_CHECK err_t tpm_key_copy(const struct tpm_key *key,
                              struct tpm_key **ret_key);

void tpm_key_free(struct tpm_key *key); /* accepts NULL */
DEFINE_AUTO(struct tpm_key *, tpm_key_free);

/* Compares the keys, not their encodings. */
bool tpm_key_equal(const struct tpm_key *a, const struct tpm_key *b);

/* "rsa" or "ecc", and the bits of modulus or field. */
const char *tpm_key_type(const struct tpm_key *key);
unsigned tpm_key_bits(const struct tpm_key *key);

/* Appends its SubjectPublicKeyInfo in DER. */
MUST_CHECK err_t tpm_key_put_spki(const struct tpm_key *key, struct buf *spki);

/* True only for a valid signature by this key, in a scheme of its type.  The
 * caller decides whether scheme and hash are allowed. */
bool tpm_key_verify(const struct tpm_key *key, const struct tpm_signature *s,
                    struct bytes message);

/* Writes tpm_hash_size(hash) bytes.  E_DENIED: unsupported hash. */
MUST_CHECK err_t tpm_hash(uint16_t hash, struct bytes in,
                          uint8_t out[static TPM_DIGEST_MAX]);

#endif
