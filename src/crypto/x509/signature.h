/*
 * signature.h - verifies a certificate's signature, with a cache of good ones.
 *
 * The chains of a fleet differ at the leaf but share a few CA certificates, and
 * verifying the signatures of those takes most of the time of a path
 * validation.  The cache holds only this fact: that key signed these bytes.
 * Dates, constraints, pinned keys and revocation are checked each time.
 */
#ifndef CRYPTO_X509_SIGNATURE_H
#define CRYPTO_X509_SIGNATURE_H

#include <stdbool.h>

#include "crypto/x509/int.h"

/* Verifies cert's signature with issuer's key.  remember: look it up in the
 * cache first and add it when it is good; false for a certificate that will
 * hardly be seen again, such as a leaf. */
bool x509_signature_good(const struct x509_cert *cert,
                         const struct x509_cert *issuer, bool remember);

void x509_signatures_forget(void);

#endif
