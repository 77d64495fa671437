/*
 * cert.c - see cert.h.
 *
 * libcrypto parses the certificate.  The views of names and key are taken from
 * the DER itself, because what libcrypto would encode again can differ from the
 * bytes that were signed.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "crypto/codec/der.h"
#include "base/encode.h"
#include "crypto/x509/int.h"
#include "crypto/x509/library.h"

DEFINE_AUTO(BIO *, BIO_free_all);
DEFINE_AUTO(ASN1_OBJECT *, ASN1_OBJECT_free);

/* RFC 5280 section 4.1: version, serialNumber, signature, issuer, validity,
 * subject, subjectPublicKeyInfo. */
static err_t
find_views(struct x509_cert *c)
{
	struct der file = der_of(x509_cert_der(c), NULL);
	struct der cert = der_enter(&file, DER_SEQUENCE);
	struct der tbs = der_enter(&cert, DER_SEQUENCE);

	if (der_next_is(&tbs, DER_CONTEXT))
		(void)der_take_any(&tbs);
	(void)der_take(&tbs, DER_INTEGER);
	(void)der_take(&tbs, DER_SEQUENCE);
	c->issuer = der_take_any(&tbs);
	(void)der_take(&tbs, DER_SEQUENCE);
	c->subject = der_take_any(&tbs);
	c->spki = der_take_any(&tbs);
	return !tbs.failed && der_done(&file) ? OK : E_MALFORMED;
}

/* Creates the object in x509_library() before it decodes.  A certificate in the
 * default context would have its signature verified there, with its issuer's
 * key copied over each time. */
static X509 *
decode_certificate(const uint8_t **at, long len)
{
	OSSL_LIB_CTX *library = x509_library();
	X509 *x = X509_new_ex(library, NULL);
	ASN1_VALUE *value = (ASN1_VALUE *)x; /* freed when it does not decode */

	if (x && ASN1_item_d2i_ex(&value, at, len, ASN1_ITEM_rptr(X509),
	                          library, NULL))
		return x;
	return NULL;
}

err_t
x509_cert_decode(struct bytes der, struct x509_cert **ret_cert)
{
	AUTO(x509_cert_free) struct x509_cert *c = calloc(1, sizeof(*c));

	if (!c || !(c->der = malloc(der.len)))
		return E_NOMEM;
	c->holders = 1;
	memcpy(c->der, der.data, der.len);
	c->der_len = der.len;

	const uint8_t *at = c->der;
	c->x509 = decode_certificate(&at, (long)der.len);
	ERR_clear_error();
	if (!c->x509 || at != c->der + der.len)
		return E_MALFORMED;
	TRY(find_views(c));
	*ret_cert = TAKE(c);
	return OK;
}

void
x509_cert_free(struct x509_cert *cert)
{
	if (!cert)
		return;
	if (cert->holders > 1) {
		cert->holders--;
		return;
	}
	X509_free(cert->x509);
	free(cert->der);
	free(cert);
}

struct bytes
x509_cert_der(const struct x509_cert *cert)
{
	return bytes_of(cert->der, cert->der_len);
}

struct bytes
x509_cert_spki(const struct x509_cert *cert)
{
	return cert->spki;
}

struct bytes
x509_cert_subject(const struct x509_cert *cert)
{
	return cert->subject;
}

struct bytes
x509_cert_issuer(const struct x509_cert *cert)
{
	return cert->issuer;
}

/* Escapes unknown types and bytes that are not valid in their declared type. */
static bool
print_name(const X509_NAME *name, struct buf *out)
{
	const unsigned long form =
	        XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_FN_SN |
	        XN_FLAG_DUMP_UNKNOWN_FIELDS | ASN1_STRFLGS_ESC_CTRL |
	        ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_DUMP_UNKNOWN |
	        ASN1_STRFLGS_DUMP_DER;
	AUTO(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;

	if (!bio || X509_NAME_print_ex(bio, name, 0, form) < 0)
		return false;
	long len = BIO_get_mem_data(bio, &text);
	if (len > 0)
		buf_append(out, bytes_of(text, (size_t)len));
	return true;
}

static void
put_x509_name(const X509_NAME *name, struct bytes der, struct buf *out)
{
	size_t before = out->len;

	if (print_name(name, out))
		return;
	ERR_clear_error();
	out->len = before;
	buf_append_str(out, "#");
	encode_hex(out, der);
}

void
x509_cert_put_subject(const struct x509_cert *cert, struct buf *out)
{
	put_x509_name(X509_get_subject_name(cert->x509), cert->subject, out);
}

void
x509_cert_put_issuer(const struct x509_cert *cert, struct buf *out)
{
	put_x509_name(X509_get_issuer_name(cert->x509), cert->issuer, out);
}

void
x509_cert_put_serial(const struct x509_cert *cert, struct buf *out)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert->x509);
	const uint8_t *data = ASN1_STRING_get0_data(serial);
	int len = ASN1_STRING_length(serial);

	while (len > 0 && *data == 0) {
		data++;
		len--;
	}
	if (len == 0) {
		buf_append_str(out, "0");
		return;
	}
	if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
		buf_append_str(out, "-");
	buf_printf(out, "%x", data[0]);
	encode_hex(out, bytes_of(data + 1, (size_t)len - 1));
}

static bool
seconds_of(const ASN1_TIME *time, int64_t *ret_s)
{
	struct tm tm = { 0 };

	if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	*ret_s = timegm(&tm);
	return true;
}

bool
x509_cert_not_before(const struct x509_cert *cert, int64_t *ret_s)
{
	return seconds_of(X509_get0_notBefore(cert->x509), ret_s);
}

bool
x509_cert_not_after(const struct x509_cert *cert, int64_t *ret_s)
{
	return seconds_of(X509_get0_notAfter(cert->x509), ret_s);
}

static void
put_asn1_time(const ASN1_TIME *time, struct buf *out)
{
	struct tm tm = { 0 };

	if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
		return;
	buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
	           tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
x509_cert_put_not_before(const struct x509_cert *cert, struct buf *out)
{
	put_asn1_time(X509_get0_notBefore(cert->x509), out);
}

void
x509_cert_put_not_after(const struct x509_cert *cert, struct buf *out)
{
	put_asn1_time(X509_get0_notAfter(cert->x509), out);
}

bool
x509_cert_extension(const struct x509_cert *cert, const char *oid, size_t nth,
                    struct bytes *ret_content)
{
	AUTO(ASN1_OBJECT_free) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	int at = -1;

	if (!object)
		return false;
	for (size_t i = 0; i <= nth; i++) {
		at = X509_get_ext_by_OBJ(cert->x509, object, at);
		if (at < 0)
			return false;
	}
	const ASN1_OCTET_STRING *v =
	        X509_EXTENSION_get_data(X509_get_ext(cert->x509, at));
	*ret_content = bytes_of(ASN1_STRING_get0_data(v),
	                        (size_t)ASN1_STRING_length(v));
	return true;
}
