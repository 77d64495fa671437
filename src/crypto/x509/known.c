/*
 * known.c - certificates are parsed once: those that were parsed before.
 *
 * Intermediates come again with every device, and libcrypto takes longer to
 * decode a key than to check a signature with it.  What is here says nothing
 * about trust: the same bytes give the same certificate.
 *
 * One place for each value of a certificate's last byte, the end of its
 * signature: a newcomer takes the place over.  A leaf that nobody will see
 * again drives out a given intermediate once in as many chains as there are
 * places, and whoever picks bytes to do so oftener gains nothing but the time
 * of one decoding.
 */
#include "crypto/x509/int.h"
#include "crypto/x509/signature.h"

#define PLACES 256
#define KNOWN_MAX 2048 /* bytes of DER: intermediates are a third of this */

static struct x509_cert *places[PLACES];

static struct x509_cert **
place_of(struct bytes der)
{
	return &places[der.data[der.len - 1] % PLACES];
}

/* One holder more, or NULL. */
static struct x509_cert *
find_known(struct bytes der)
{
	struct x509_cert *cert = *place_of(der);

	if (!cert || !bytes_equal(x509_cert_der(cert), der))
		return NULL;
	cert->holders++;
	return cert;
}

static void
remember(struct x509_cert *cert)
{
	struct x509_cert **place = place_of(x509_cert_der(cert));

	if (cert->der_len > KNOWN_MAX)
		return;
	x509_cert_free(*place);
	*place = cert;
	cert->holders++;
}

err_t
x509_cert_parse(struct bytes der, struct x509_cert **ret_cert)
{
	if (der.len == 0 || der.len > X509_CERT_MAX)
		return E_MALFORMED;

	AUTO(x509_cert_free) struct x509_cert *c = find_known(der);
	if (!c) {
		TRY(x509_cert_decode(der, &c));
		remember(c);
	}
	*ret_cert = TAKE(c);
	return OK;
}

/* All that nobody holds. */
void
x509_certs_forget(void)
{
	for (size_t i = 0; i < PLACES; i++) {
		if (places[i] && places[i]->holders > 1)
			continue;
		x509_cert_free(places[i]);
		places[i] = NULL;
	}
	x509_signatures_forget();
}
