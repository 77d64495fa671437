/*
 * known.c - the cache of parsed certificates; see int.h.
 *
 * The last byte of a certificate, the end of its signature, selects one of
 * PLACES entries, and a new certificate replaces the one in its entry.  A leaf,
 * which will not be seen again, thus evicts a given intermediate in one of
 * PLACES chains.  An attacker who chooses that byte to evict more often only
 * causes one more decoding.
 */
#include "crypto/x509/int.h"
#include "crypto/x509/signature.h"

#define PLACES 256
#define KNOWN_MAX 2048 /* bytes of DER; intermediates have about 700 */

static struct x509_cert *places[PLACES];

static struct x509_cert **
place_of(struct bytes der)
{
	return &places[der.data[der.len - 1] % PLACES];
}

/* Returns a new reference; NULL: the certificate is not in the cache. */
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
remember_cert(struct x509_cert *cert)
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
		remember_cert(c);
	}
	*ret_cert = TAKE(c);
	return OK;
}

/* Removes the certificates to which only the cache has a reference. */
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
