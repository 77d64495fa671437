/*
 * ak_cert.c - see ak_cert.h.
 *
 *	AIK	TCG EK Credential Profile: extended key usage 2.23.133.8.3
 *	IAK	TCG "TPM 2.0 Keys for Device Identity and Attestation": policy
 *		2.23.133.11.1.3, the CA has verified that the key is
 *		restricted
 *	Google	key usage digitalSignature and the extension that names the
 *		instance; no extended key usage or, from Google's older CA,
 *		that of an endorsement key
 */
#include "evidence/tpm/ak_cert.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "base/auto.h"

#define OID_AIK_CERTIFICATE "2.23.133.8.3"
#define OID_EK_CERTIFICATE "2.23.133.8.1"
#define OID_VERIFIED_RESTRICTED "2.23.133.11.1.3"
#define OID_ANY_POLICY "2.5.29.32.0"
#define OID_GOOGLE_INSTANCE "1.3.6.1.4.1.11129.2.1.21"
#define DIGEST_SIZE 32

DEFINE_AUTO(EXTENDED_KEY_USAGE *, EXTENDED_KEY_USAGE_free);
DEFINE_AUTO(CERTIFICATEPOLICIES *, CERTIFICATEPOLICIES_free);
DEFINE_AUTO(ASN1_OBJECT *, ASN1_OBJECT_free);

/* SHA-256 of the SubjectPublicKeyInfo of Google's roots and intermediates.  An
 * officer may name an intermediate as the trust anchor, and the path then
 * contains no root. */
static const uint8_t google_keys[][DIGEST_SIZE] = {
	/* EK/AK CA Root */
	{ 0x56, 0xa6, 0x13, 0xf5, 0x71, 0x26, 0xa3, 0x85, 0xdd, 0x69, 0x49,
	  0x29, 0x4e, 0x93, 0xb0, 0xb5, 0x66, 0xf9, 0x6a, 0xb0, 0x57, 0x3b,
	  0xe0, 0xc2, 0x36, 0x8e, 0x6f, 0x5c, 0xa7, 0x79, 0x83, 0x1f },
	/* EK/AK CA Intermediate */
	{ 0xdd, 0x65, 0x67, 0x44, 0x15, 0xe7, 0x92, 0x58, 0xbb, 0xae, 0xdb,
	  0x68, 0x44, 0xb5, 0x96, 0x2b, 0xc7, 0xd2, 0x4e, 0x90, 0xba, 0x7d,
	  0x97, 0x8d, 0xa5, 0x24, 0x2f, 0x29, 0xc1, 0x63, 0x3c, 0x8e },
	/* tpm_ek_v1_cloud_host_root, 2018 */
	{ 0xf2, 0x30, 0x57, 0xf4, 0xf9, 0x7d, 0x1d, 0x90, 0xe4, 0xca, 0xe0,
	  0xce, 0x91, 0xd5, 0xa0, 0xfc, 0x99, 0x06, 0x9f, 0x0a, 0x1b, 0xc1,
	  0x47, 0x02, 0x1d, 0xca, 0x33, 0xb1, 0xe9, 0xc4, 0xd0, 0xd9 },
	/* tpm_ek_v1_cloud_host, 2020 */
	{ 0xea, 0x74, 0xa1, 0x28, 0xfd, 0x27, 0x45, 0x52, 0xc4, 0xf5, 0x90,
	  0x4c, 0xb3, 0xc8, 0x30, 0xcb, 0xf3, 0xd9, 0x90, 0x35, 0xa2, 0xac,
	  0x7b, 0xab, 0x7c, 0xe9, 0xd5, 0x9f, 0x59, 0x97, 0xb1, 0x2f },
	/* tpm_ek_v1_cloud_host, 2021 */
	{ 0x40, 0x7a, 0xe7, 0x9a, 0xbb, 0x34, 0xc1, 0x9a, 0x27, 0x25, 0x09,
	  0xaa, 0x2f, 0xc7, 0x34, 0x55, 0x16, 0x18, 0x57, 0xf7, 0x12, 0xd6,
	  0xee, 0x9e, 0x4d, 0xc2, 0x4f, 0xd9, 0xdf, 0xf0, 0xac, 0xca },
};

static bool
is_oid(const ASN1_OBJECT *object, const char *oid)
{
	char text[64] = "";

	OBJ_obj2txt(text, sizeof(text), object, 1);
	return strcmp(text, oid) == 0;
}

static bool
has_usage(const EXTENDED_KEY_USAGE *usage, const char *oid)
{
	for (int i = 0; usage && i < sk_ASN1_OBJECT_num(usage); i++)
		if (is_oid(sk_ASN1_OBJECT_value(usage, i), oid))
			return true;
	return false;
}

static bool
has_policy(X509 *x, const char *oid)
{
	AUTO(CERTIFICATEPOLICIES_free)
	CERTIFICATEPOLICIES *policies =
	        X509_get_ext_d2i(x, NID_certificate_policies, NULL, NULL);

	for (int i = 0; policies && i < sk_POLICYINFO_num(policies); i++)
		if (is_oid(sk_POLICYINFO_value(policies, i)->policyid, oid))
			return true;
	return false;
}

static bool
has_extension(const X509 *x, const char *oid)
{
	AUTO(ASN1_OBJECT_free) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);

	return object && X509_get_ext_by_OBJ(x, object, -1) >= 0;
}

/*
 * True for a key that may sign data and is not a CA's.  A certificate with cA
 * TRUE is a CA's even if its keyUsage does not permit to issue certificates;
 * X509_check_ca() returns 0 for such a one.  If an extension does not decode or
 * occurs twice, libcrypto returns 0 as key usage, so the answer is false.
 */
static bool
may_sign(X509 *x)
{
	return (X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) &&
	       X509_check_ca(x) == 0 &&
	       !(X509_get_extension_flags(x) & EXFLAG_CA);
}

enum tpm_ak_cert
tpm_ak_cert_kind(X509 *x, bool policies)
{
	AUTO(EXTENDED_KEY_USAGE_free)
	EXTENDED_KEY_USAGE *usage =
	        X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	bool ek = has_usage(usage, OID_EK_CERTIFICATE);
	bool said = X509_get_key_usage(x) != UINT32_MAX;

	if (!may_sign(x))
		return TPM_AK_CERT_NONE;
	if (said && has_extension(x, OID_GOOGLE_INSTANCE) && (ek || !usage))
		return TPM_AK_CERT_GOOGLE;
	if (ek) /* the key need not be restricted, whatever other usages say */
		return TPM_AK_CERT_NONE;
	if (policies && has_policy(x, OID_VERIFIED_RESTRICTED))
		return TPM_AK_CERT_IAK;
	return has_usage(usage, OID_AIK_CERTIFICATE) ? TPM_AK_CERT_AIK
	                                             : TPM_AK_CERT_NONE;
}

bool
tpm_ak_cert_permits(X509 *issuer)
{
	return X509_get_ext_by_NID(issuer, NID_certificate_policies, -1) < 0 ||
	       has_policy(issuer, OID_VERIFIED_RESTRICTED) ||
	       has_policy(issuer, OID_ANY_POLICY);
}

bool
tpm_ak_cert_of_google(X509 *issuer)
{
	uint8_t *der = NULL;
	uint8_t digest[EVP_MAX_MD_SIZE];
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &der);
	bool hashed = len > 0 && EVP_Digest(der, (size_t)len, digest, NULL,
	                                    EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	for (size_t i = 0; hashed && i < ARRAY_LEN(google_keys); i++)
		if (memcmp(digest, google_keys[i], DIGEST_SIZE) == 0)
			return true;
	return false;
}
