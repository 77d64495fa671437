/*
 * library.h - the libcrypto in which certificates are read.
 */
#ifndef CRYPTO_X509_LIBRARY_H
#define CRYPTO_X509_LIBRARY_H

#include <openssl/types.h>

/* Made at the first call; NULL, libcrypto's default context, when that fails:
 * then reading a certificate takes three times as long, and nothing else. */
OSSL_LIB_CTX *x509_library(void);

#endif
