/*
 * ak_cert.h - recognises the certificate of an attestation key, and its
 * profile.
 *
 * A CA that certifies attestation keys (AK) also certifies other keys: TLS keys
 * and endorsement keys, some of which can sign and are not restricted.  Only
 * the content of the certificate says which of them its key is.
 */
#ifndef EVIDENCE_TPM_AK_CERT_H
#define EVIDENCE_TPM_AK_CERT_H

#include <stdbool.h>

#include <openssl/x509.h>

enum tpm_ak_cert {
	TPM_AK_CERT_NONE,   /* not the certificate of an AK */
	TPM_AK_CERT_AIK,    /* key purpose tcg-kp-AIKCertificate */
	TPM_AK_CERT_IAK,    /* policy tcg-cap-verifiedTPMRestricted: the CA has
	                     * also verified the key's attributes */
	TPM_AK_CERT_GOOGLE, /* counts only below one of Google's keys */
};

/* policies false: ignores the certificate policies of x, because an issuer
 * above it may not assert them. */
enum tpm_ak_cert tpm_ak_cert_kind(X509 *x, bool policies);

/* True if certificates below this issuer may assert the policy
 * tcg-cap-verifiedTPMRestricted: the issuer's certificatePolicies have it or
 * anyPolicy, or the issuer has no certificatePolicies.  In the last case RFC
 * 5280 section 6.1.3 (e) would permit no policy. */
bool tpm_ak_cert_permits(X509 *issuer);

/* True if the issuer's key is one of Google's keys that issue certificates of
 * cloud TPMs. */
bool tpm_ak_cert_of_google(X509 *issuer);

#endif
