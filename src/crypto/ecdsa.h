/*
 * ecdsa.h - the two spellings of an ECDSA signature.
 *
 * COSE, JOSE and PKCS#11 write r || s, both padded to the curve's size (IEEE
 * P1363); X.509 and OpenSSL write DER.  Nowhere else is one made of the other.
 */
#ifndef CRYPTO_ECDSA_H
#define CRYPTO_ECDSA_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define ECDSA_RAW_MAX 132 /* bytes: P-521 */
#define ECDSA_DER_MAX 141

/* Appends the DER of r || s.  E_MALFORMED: odd, empty or too long. */
MUST_CHECK err_t ecdsa_to_der(struct bytes raw, struct buf *out);

/* The reverse: appends size bytes, half of them r.  E_MALFORMED: not the one
 * DER encoding, or a number that does not fit. */
MUST_CHECK err_t ecdsa_to_raw(struct bytes der, size_t size, struct buf *out);

#endif
