/*
 * int.h - struct x509_cert, for the files of this directory.
 */
#ifndef CRYPTO_X509_INT_H
#define CRYPTO_X509_INT_H

#include <openssl/x509.h>

#include "crypto/x509/cert.h"

struct x509_cert {
	size_t holders; /* reference count */
	X509 *x509;     /* der as parsed by libcrypto */
	uint8_t *der;
	size_t der_len;
	struct bytes issuer, subject, spki; /* views into der */
};

/* x509_cert_parse() of bytes that are new.  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t x509_cert_decode(struct bytes der,
                                  struct x509_cert **ret_cert);

/* True for a key that an issuer may have: P-256, P-384, Ed25519, or RSA of 2048
 * to 4096 bits. */
bool x509_key_allowed(X509 *x);

#endif
