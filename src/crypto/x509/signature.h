/*
 * signature.h - one signature on one certificate, and those seen before.
 *
 * A fleet's chains differ at the bottom; above are the same few certificates
 * again and again, and checking their signatures is most of the time that a
 * chain costs.  What is remembered is arithmetic and nothing else: these bytes
 * were signed by that key.  Neither a date, a rule, a pinned root nor a
 * revocation is part of it; they are looked at each time.
 */
#ifndef CRYPTO_X509_SIGNATURE_H
#define CRYPTO_X509_SIGNATURE_H

#include <stdbool.h>

#include "crypto/x509/int.h"

/* Verifies with issuer's key.  remember: look it up first, and keep it when it
 * is good; not for what will hardly come again. */
bool x509_signature_good(const struct x509_cert *cert,
                         const struct x509_cert *issuer, bool remember);

void x509_signatures_forget(void);

#endif
