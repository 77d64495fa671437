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

/*
 * Certificates that were parsed before, by their bytes.  Intermediates come
 * again with every device, and libcrypto takes longer to decode a key than to
 * check a signature with it.  What is here says nothing about trust: the same
 * bytes give the same certificate.
 */
struct x509_cert *x509_known(struct bytes der); /* one holder more, or NULL */
void x509_know(struct x509_cert *cert);
void x509_unknow(void); /* all that nobody holds */

/* P-256, P-384, Ed25519, RSA of 4096 bits at most: keys of issuers. */
bool x509_key_allowed(X509 *x);

#endif
