/*
 * cert.c - see cert.h.
 */
#include "tests/keymint/cert.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "tests/keymint/description.h"
#include "tests/keymint/keys.h"

#define OID_KEY_DESCRIPTION "1.3.6.1.4.1.11129.2.1.17"
#define OID_PROVISIONING "1.3.6.1.4.1.11129.2.1.30"
#define CERT_MAX (64 * 1024)
#define CONTENT_MAX (48 * 1024)

DEFINE_AUTO(X509 *, X509_free);
DEFINE_AUTO(X509_NAME *, X509_NAME_free);

/* "CN=x,O=y" in that order; no value has a comma. */
static X509_NAME *
name_of(const char *text)
{
	AUTO(X509_NAME_free) X509_NAME *name = X509_NAME_new();
	char copy[KM_TEXT], *rest = NULL;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *one = strtok_r(copy, ",", &rest); one;
	     one = strtok_r(NULL, ",", &rest)) {
		char *value = strchr(one, '=');
		if (!value)
			return NULL;
		*value++ = '\0';
		if (!X509_NAME_add_entry_by_txt(name, one, MBSTRING_ASC,
		                                (const uint8_t *)value, -1, -1,
		                                0))
			return NULL;
	}
	return TAKE(name);
}

static err_t
set_names(X509 *x, const struct km_cert *cert, const struct km_cert *above)
{
	AUTO(X509_NAME_free) X509_NAME *subject = name_of(cert->subject);
	AUTO(X509_NAME_free)
	X509_NAME *issuer =
	        name_of(cert->issuer[0] ? cert->issuer : above->subject);

	if (!subject || !issuer || !X509_set_subject_name(x, subject) ||
	    !X509_set_issuer_name(x, issuer))
		return E_BUG;
	return OK;
}

static err_t
set_serial(X509 *x, const char *hex)
{
	BIGNUM *n = NULL;
	int good = BN_hex2bn(&n, hex) &&
	           BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));

	BN_free(n);
	return good ? OK : E_BUG;
}

static err_t
add_words(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	int good = ext && X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	return good ? OK : E_BUG;
}

static err_t
add_raw(X509 *x, const char *oid, struct bytes content, bool critical)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext = NULL;

	int good =
	        object && octets &&
	        ASN1_OCTET_STRING_set(octets, content.data, (int)content.len) &&
	        (ext = X509_EXTENSION_create_by_OBJ(NULL, object, critical,
	                                            octets)) &&
	        X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(octets);
	ASN1_OBJECT_free(object);
	return good ? OK : E_BUG;
}

/* --- extensions ----------------------------------------------------------------- */

static err_t
add_constraints(X509 *x, const struct km_cert *cert)
{
	char words[64];

	if (cert->basic == KM_CA && cert->path_length >= 0) {
		snprintf(words, sizeof(words), "critical,CA:TRUE,pathlen:%d",
		         cert->path_length);
		TRY(add_words(x, NID_basic_constraints, words));
	} else if (cert->basic != KM_NO_BASIC) {
		TRY(add_words(x, NID_basic_constraints,
		              cert->basic == KM_CA ? "critical,CA:TRUE"
		                                   : "critical,CA:FALSE"));
	}
	return cert->usage ? add_words(x, NID_key_usage, cert->usage) : OK;
}

static void
put_issued(int64_t issued, struct buf *out)
{
	if (issued < 24) {
		buf_u8(out, (uint8_t)issued);
	} else if (issued < 256) {
		buf_u8(out, 0x18);
		buf_u8(out, (uint8_t)issued);
	} else {
		buf_u8(out, 0x19);
		buf_u16(out, (uint16_t)issued);
	}
}

/* CBOR by hand: a map of small keys in ascending order. */
static void
put_provisioning(const struct km_provisioning *p, struct buf *out)
{
	unsigned n = 0;

	if (p->raw.len) {
		buf_append(out, p->raw);
		return;
	}
	n += p->issued >= 0;
	n += p->entity != NULL;
	n += p->lost >= 0;
	buf_u8(out, (uint8_t)(0xa0 | n));
	if (p->issued >= 0) {
		buf_u8(out, 1);
		put_issued(p->issued, out);
	}
	if (p->entity) {
		buf_u8(out, 4);
		buf_u8(out, (uint8_t)(0x60 | strlen(p->entity)));
		buf_append_str(out, p->entity);
	}
	if (p->lost >= 0) {
		buf_u8(out, 6);
		buf_u8(out, p->lost ? 0xf5 : 0xf4);
	}
}

static err_t
add_statements(X509 *x, const struct km_cert *cert)
{
	AUTO(buf_release) struct buf content = buf_of(CONTENT_MAX);

	if (cert->description) {
		km_description_put(cert->description, &content);
		TRY(add_raw(x, OID_KEY_DESCRIPTION, buf_bytes(&content),
		            false));
	}
	buf_reset(&content);
	if (cert->provisioning.present) {
		put_provisioning(&cert->provisioning, &content);
		TRY(add_raw(x, OID_PROVISIONING, buf_bytes(&content), false));
	}
	for (size_t i = 0; i < KM_EXTRA && cert->extra[i].oid; i++)
		TRY(add_raw(x, cert->extra[i].oid, cert->extra[i].content,
		            cert->extra[i].critical));
	return OK;
}

/* --- the certificate --------------------------------------------------------------- */

static err_t
sign(X509 *x, const struct km_cert *cert, const struct km_cert *above)
{
	enum km_alg alg = above->alg;
	unsigned slot = above->slot;

	if (cert->signer_alg >= 0) {
		alg = (enum km_alg)cert->signer_alg;
		slot = cert->signer_slot;
	}
	EVP_PKEY *key = km_key(alg, slot);
	const EVP_MD *md = cert->sha1       ? EVP_sha1()
	                   : alg == KM_P384 ? EVP_sha384()
	                                    : EVP_sha256();
	if (alg == KM_ED25519)
		md = NULL;
	return key && X509_sign(x, key, md) > 0 ? OK : E_BUG;
}

/* A key that no library here can make. */
static bool
set_key(X509 *x, const struct km_cert *cert)
{
	EVP_PKEY *key = cert->key_oid ? NULL : km_key(cert->alg, cert->slot);
	ASN1_OBJECT *oid = cert->key_oid ? OBJ_txt2obj(cert->key_oid, 1) : NULL;
	uint8_t *bits = NULL;

	if (key)
		return X509_set_pubkey(x, key) == 1;
	if (oid)
		bits = OPENSSL_memdup(cert->key_bits.data, cert->key_bits.len);
	if (bits &&
	    X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(x), oid, V_ASN1_UNDEF,
	                           NULL, bits, (int)cert->key_bits.len))
		return true;
	ASN1_OBJECT_free(oid);
	OPENSSL_free(bits);
	return false;
}

static err_t
keep_der(X509 *x, struct km_cert *cert)
{
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);

	buf_release(&cert->der);
	cert->der = buf_of(CERT_MAX);
	if (len > 0)
		buf_append(&cert->der, bytes_of(der, (size_t)len));
	OPENSSL_free(der);
	return len > 0 ? buf_status(&cert->der) : E_BUG;
}

err_t
km_cert_make(struct km_cert *cert, const struct km_cert *above)
{
	AUTO(X509_free) X509 *x = X509_new();

	if (!x || !X509_set_version(x, X509_VERSION_3) || !set_key(x, cert) ||
	    !ASN1_TIME_set(X509_getm_notBefore(x), cert->not_before) ||
	    !ASN1_TIME_set(X509_getm_notAfter(x), cert->not_after) ||
	    (cert->utc_after &&
	     !ASN1_STRING_set(X509_getm_notAfter(x), cert->utc_after, -1)))
		return E_BUG;
	TRY(set_names(x, cert, above));
	TRY(set_serial(x, cert->serial));
	TRY(add_constraints(x, cert));
	TRY(add_statements(x, cert));
	TRY(sign(x, cert, above));
	return keep_der(x, cert);
}
