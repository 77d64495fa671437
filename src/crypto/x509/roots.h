/*
 * roots.h - the pinned keys, for the files of this directory.
 */
#ifndef CRYPTO_X509_ROOTS_H
#define CRYPTO_X509_ROOTS_H

#include "crypto/x509/chain.h"
#include "crypto/x509/int.h"

struct x509_root {
	struct x509_cert *cert;
	uint8_t spki[HASH_SIZE]; /* SHA-256 */
};

struct x509_roots {
	size_t n;
	struct x509_root rows[X509_ROOTS_MAX];
};

#endif
