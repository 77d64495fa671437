/*
 * tls_peer.c - see tls.h: the identity of an established connection's client.
 */
#include "front/tls.h"

#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "crypto/digest.h"

#define NAMES_BYTES (16 * 1024) /* all names of one certificate */

DEFINE_AUTO(GENERAL_NAMES *, GENERAL_NAMES_free);

bool
tls_chose_h2(const struct ssl_st *ssl)
{
	const unsigned char *name = NULL;
	unsigned len = 0;

	SSL_get0_alpn_selected(ssl, &name, &len);
	return len == 2 && memcmp(name, "h2", 2) == 0;
}

uint64_t
tls_written(const struct ssl_st *ssl)
{
	return BIO_number_written(SSL_get_wbio(ssl));
}

void
tls_goodbye(struct ssl_st *ssl)
{
	/* not after a fatal error; does not wait */
	if (SSL_is_init_finished(ssl))
		(void)SSL_shutdown(ssl);
	ERR_clear_error();
}

static err_t
fingerprint_cert(X509 *cert, uint8_t out[static HASH_SIZE])
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	if (len <= 0)
		return E_NOMEM;
	digest_sha256(bytes_of(der, (size_t)len), out);
	OPENSSL_free(der);
	return OK;
}

/* OpenSSL refuses an extended key usage without clientAuth, but accepts a
 * certificate without any extended key usage, such as a mail server's. */
static bool
for_clients(X509 *cert)
{
	return (X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) &&
	       (X509_get_extended_key_usage(cert) & XKU_SSL_CLIENT);
}

/* Seconds since 1970; 0, which has passed, for an invalid time. */
static uint64_t
end_of(const X509 *cert)
{
	struct tm tm;
	time_t at = ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) == 1
	                    ? timegm(&tm)
	                    : 0;

	return at > 0 ? (uint64_t)at : 0;
}

static err_t
read_tls_chain(const STACK_OF(X509) * certs, struct tls_chain *out)
{
	int n = certs ? sk_X509_num(certs) : 0;

	if (n <= 0 || n > LIMIT_CHAIN)
		return E_DENIED;
	*out = (struct tls_chain){ .until_s = UINT64_MAX, .n = (size_t)n };
	for (int i = 0; i < n; i++) {
		X509 *cert = sk_X509_value(certs, i);
		uint64_t end = end_of(cert);

		TRY(fingerprint_cert(cert, out->prints[i]));
		if (end < out->until_s)
			out->until_s = end;
	}
	return OK;
}

bool
tls_trusts(const struct tls *t, const struct tls_chain *chain)
{
	STACK_OF(X509) *all = tls_authorities(t);
	bool found = false;

	for (int i = 0; chain->n > 0 && i < sk_X509_num(all) && !found; i++) {
		uint8_t print[HASH_SIZE];

		found = fingerprint_cert(sk_X509_value(all, i), print) == OK &&
		        memcmp(print, chain->prints[chain->n - 1], HASH_SIZE) ==
		                0;
	}
	sk_X509_pop_free(all, X509_free);
	return found;
}

/* Appends "URI:..." or "DNS:..."; false for a name that is not plain text, in
 * particular one with a NUL, at which other software would end the name. */
static bool
add_name(struct tls_peer *p, const char *kind, const ASN1_IA5STRING *v)
{
	struct bytes text = bytes_of(ASN1_STRING_get0_data(v),
	                             (size_t)ASN1_STRING_length(v));

	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] >= 0x7f)
			return false;
	if (text.len == 0 || p->n_names == LIMIT_SANS)
		return false;

	/* lengths now; views once the buffer is complete */
	p->names[p->n_names++].len = text.len + 4;
	buf_append_str(&p->text, kind);
	buf_append(&p->text, text);
	return buf_status(&p->text) == OK;
}

static bool
add_names(struct tls_peer *p, const GENERAL_NAMES *names)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
		bool good = true;

		if (n->type == GEN_URI)
			good = add_name(p,
			                "URI:", n->d.uniformResourceIdentifier);
		else if (n->type == GEN_DNS)
			good = add_name(p, "DNS:", n->d.dNSName);
		if (!good)
			return false;
	}
	return true;
}

err_t
tls_peer(const struct ssl_st *ssl, struct tls_peer *ret_peer)
{
	AUTO(tls_peer_release)
	struct tls_peer p = {
		.text = buf_of(NAMES_BYTES),
	};
	X509 *cert = SSL_get0_peer_certificate(ssl);

	if (!cert)
		return E_DENIED;
	if (!for_clients(cert))
		return E_DENIED;
	TRY(fingerprint_cert(cert, p.fingerprint));
	TRY(read_tls_chain(SSL_get0_verified_chain(ssl), &p.chain));

	AUTO(GENERAL_NAMES_free)
	GENERAL_NAMES *names =
	        X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	if (names && !add_names(&p, names))
		p.n_names = 0;
	ERR_clear_error();

	size_t at = 0;
	for (size_t i = 0; i < p.n_names; at += p.names[i++].len)
		p.names[i].data = p.text.data + at;

	*ret_peer = p;
	p = (struct tls_peer){ 0 };
	return OK;
}

void
tls_peer_release(struct tls_peer *p)
{
	buf_release(&p->text);
	p->n_names = 0;
}
