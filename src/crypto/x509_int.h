/*
 * x509_int.h - a certificate as the files about X.509 in this directory see
 * it.
 */
#ifndef X509_INT_H
#define X509_INT_H

#include <openssl/x509.h>

#include "x509_cert.h"

struct x509_cert {
	X509 *x509; /* libcrypto's reading of der */
	uint8_t *der;
	size_t der_len;
	struct bytes issuer, subject, spki; /* views into der */
};

#endif
