/*
 * ecdsa.h - converts between the two encodings of an ECDSA signature.
 *
 * COSE, JOSE and PKCS#11 use r || s, both padded to the curve's size (IEEE
 * P1363); X.509 and OpenSSL use DER.  No other file converts between them.
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

/* Appends the DER encoding of r || s.  E_MALFORMED: odd, empty or too long. */
MUST_CHECK err_t ecdsa_to_der(struct bytes raw, struct buf *out);

/* Appends r || s as size bytes, half of them r.  E_MALFORMED: not canonical
 * DER, or a number that does not fit. */
MUST_CHECK err_t ecdsa_to_raw(struct bytes der, size_t size, struct buf *out);

#endif
