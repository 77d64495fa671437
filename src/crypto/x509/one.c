/*
 * one.c - checks one certificate outside of a path, and which keys may sign.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "crypto/x509/chain.h"
#include "crypto/x509/int.h"
#include "crypto/x509/signature.h"

#define RSA_BITS_MAX 4096

static bool
curve_allowed(const EVP_PKEY *key)
{
	char name[64];
	size_t len = 0;

	if (EVP_PKEY_get_group_name(key, name, sizeof(name), &len) != 1)
		return false;
	return strcmp(name, SN_X9_62_prime256v1) == 0 ||
	       strcmp(name, SN_secp384r1) == 0;
}

bool
x509_key_allowed(X509 *x)
{
	const EVP_PKEY *key = X509_get0_pubkey(x);

	if (!key)
		return false;
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_EC:
		return curve_allowed(key);
	case EVP_PKEY_RSA:
		return EVP_PKEY_get_bits(key) <= RSA_BITS_MAX;
	case EVP_PKEY_ED25519:
		return true;
	default:
		return false;
	}
}

static bool
digest_allowed(X509 *x)
{
	int bits = 0;

	return X509_get_signature_info(x, NULL, NULL, &bits, NULL) == 1 &&
	       bits >= 112;
}

bool
x509_cert_sound(const struct x509_cert *cert)
{
	bool sound = !(X509_get_extension_flags(cert->x509) & EXFLAG_INVALID) &&
	             X509_get0_pubkey(cert->x509);

	ERR_clear_error();
	return sound;
}

static void
free_decoded(int nid, void *value)
{
	const X509V3_EXT_METHOD *method = X509V3_EXT_get_nid(nid);

	if (method && method->it)
		ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
	else if (method)
		method->ext_free(value);
}

/* RFC 5280 section 4.2: a critical extension that is not recognised or cannot
 * be processed must be rejected.  keyUsage is skipped, because a certificate
 * outside of the path signs nothing here. */
static bool
critical_known(const X509 *x, int at)
{
	X509_EXTENSION *extension = X509_get_ext(x, at);
	int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
	int which = 0;

	if (!X509_EXTENSION_get_critical(extension) || nid == NID_key_usage)
		return true;
	if (!X509_supported_extension(extension))
		return false;
	void *value = X509_get_ext_d2i(x, nid, &which, NULL);
	if (value)
		free_decoded(nid, value);
	return value != NULL; /* NULL: does not decode, or occurs twice */
}

bool
x509_cert_critical_known(const struct x509_cert *cert)
{
	bool known = true;

	for (int i = 0; known && i < X509_get_ext_count(cert->x509); i++)
		known = critical_known(cert->x509, i);
	ERR_clear_error();
	return known;
}

enum x509_fault
x509_cert_signed_by(const struct x509_cert *cert,
                    const struct x509_cert *issuer)
{
	enum x509_fault fault = X509_FAULT_NONE;

	if (X509_NAME_cmp(X509_get_issuer_name(cert->x509),
	                  X509_get_subject_name(issuer->x509)) != 0)
		fault = X509_FAULT_NAME;
	else if (!x509_key_allowed(issuer->x509))
		fault = X509_FAULT_KEY;
	else if (!digest_allowed(cert->x509))
		fault = X509_FAULT_DIGEST;
	else if (!x509_signature_good(cert, issuer, false))
		fault = X509_FAULT_SIGNATURE;
	ERR_clear_error();
	return fault;
}
