/*
 * known.c - certificates that were parsed before; see int.h.
 *
 * One place for each value of a certificate's last byte, the end of its
 * signature: a newcomer takes the place over.  A leaf that nobody will see
 * again drives out a given intermediate once in as many chains as there are
 * places, and whoever picks bytes to do so oftener gains nothing but the time
 * of one decoding.
 */
#include "crypto/x509/int.h"

#define PLACES 256
#define KNOWN_MAX 2048 /* bytes of DER: intermediates are a third of this */

static struct x509_cert *places[PLACES];

static struct x509_cert **
place_of(struct bytes der)
{
	return &places[der.data[der.len - 1] % PLACES];
}

struct x509_cert *
x509_known(struct bytes der)
{
	struct x509_cert *cert = *place_of(der);

	if (!cert || !bytes_equal(x509_cert_der(cert), der))
		return NULL;
	cert->holders++;
	return cert;
}

void
x509_know(struct x509_cert *cert)
{
	struct x509_cert **place = place_of(x509_cert_der(cert));

	if (cert->der_len > KNOWN_MAX)
		return;
	x509_cert_free(*place);
	*place = cert;
	cert->holders++;
}

void
x509_unknow(void)
{
	for (size_t i = 0; i < PLACES; i++) {
		if (places[i] && places[i]->holders > 1)
			continue;
		x509_cert_free(places[i]);
		places[i] = NULL;
	}
}
