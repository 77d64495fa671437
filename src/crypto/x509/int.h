/*
 * int.h - a certificate as the files about X.509 in this directory see
 * it.
 */
#ifndef CRYPTO_X509_INT_H
#define CRYPTO_X509_INT_H

#include <openssl/x509.h>

#include "crypto/x509/cert.h"

struct x509_cert {
	size_t holders; /* who must free it before it goes */
	X509 *x509;     /* libcrypto's reading of der */
	uint8_t *der;
	size_t der_len;
	struct bytes issuer, subject, spki; /* views into der */
};

/* x509_cert_parse() of bytes that are new.  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t x509_cert_decode(struct bytes der,
                                  struct x509_cert **ret_cert);

/* P-256, P-384, Ed25519, RSA of 4096 bits at most: keys of issuers. */
bool x509_key_allowed(X509 *x);

#endif
