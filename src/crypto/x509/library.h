/*
 * library.h - the libcrypto library context that parses certificates.
 */
#ifndef CRYPTO_X509_LIBRARY_H
#define CRYPTO_X509_LIBRARY_H

#include <openssl/types.h>

/* Created at the first call.  NULL, libcrypto's default context, when that
 * fails; parsing a certificate then takes three times as long. */
OSSL_LIB_CTX *x509_library(void);

#endif
