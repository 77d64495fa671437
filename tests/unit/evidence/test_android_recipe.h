/*
 * test_android_recipe.h - bundles of certificates that nobody who matters
 * signed: names, and what is in them.
 */
#ifndef UNIT_EVIDENCE_TEST_ANDROID_RECIPE_H
#define UNIT_EVIDENCE_TEST_ANDROID_RECIPE_H

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "evidence/android/android.h"
#include "tests/common/base/harness.h"
#include "tests/unit/crypto/test_der_kit.h"

/* What one certificate is made of. */
struct recipe {
	const char *subject, *issuer;
	const char *description;  /* content of the extension in hex */
	const char *provisioning; /* the same */
	const char *twice;        /* KeyDescription once more */
};

static EVP_PKEY *recipe_key;

static inline void
add_extension(X509 *x, const char *oid, const char *content)
{
	if (!content)
		return;
	AUTO(buf_release) struct buf der = kit_hex(content);
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();

	ASN1_OCTET_STRING_set(octets, der.data, (int)der.len);
	X509_EXTENSION *e =
	        X509_EXTENSION_create_by_OBJ(NULL, object, 0, octets);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(octets);
	ASN1_OBJECT_free(object);
}

static inline void
set_name(X509_NAME *name, const char *cn)
{
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	                           (const unsigned char *)cn, -1, -1, 0);
}

static inline struct buf
make(const struct recipe *r)
{
	struct buf out = buf_of(ANDROID_CERT_MAX);
	X509 *x = X509_new();
	uint8_t *der = NULL;

	if (!recipe_key)
		recipe_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 0x1a2b);
	ASN1_TIME_set_string(X509_getm_notBefore(x), "19700101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(x), "21060207062815Z");
	set_name(X509_get_subject_name(x), r->subject);
	set_name(X509_get_issuer_name(x), r->issuer);
	X509_set_pubkey(x, recipe_key);
	add_extension(x, ANDROID_OID_KEY_DESCRIPTION, r->description);
	add_extension(x, ANDROID_OID_KEY_DESCRIPTION, r->twice);
	add_extension(x, ANDROID_OID_PROVISIONING, r->provisioning);
	X509_sign(x, recipe_key, NULL);
	int len = i2d_X509(x, &der);
	CU_ASSERT_FATAL(len > 0);
	buf_append(&out, bytes_of(der, (size_t)len));
	OPENSSL_free(der);
	X509_free(x);
	return out;
}

/* The evidence of certificates in this order, as files. */
static inline struct android_evidence *
open_chain(const struct recipe *recipes, size_t n)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct buf ders[ANDROID_CHAIN_MAX];
	struct bytes views[ANDROID_CHAIN_MAX];
	void *own = NULL;

	for (size_t i = 0; i < n; i++) {
		ders[i] = make(&recipes[i]);
		views[i] = buf_bytes(&ders[i]);
	}
	CU_ASSERT_EQUAL_FATAL(android_read_files(views, n, &why, &own), OK);
	for (size_t i = 0; i < n; i++)
		buf_release(&ders[i]);
	return own;
}

#endif
