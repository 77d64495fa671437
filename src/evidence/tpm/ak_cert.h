/*
 * ak_cert.h - recognises the certificate of an attestation key, and its
 * profile.
 *
 * A CA that certifies TPM keys also certifies other keys: endorsement keys,
 * some of which sign and are not restricted, and TLS keys.  Only the content of
 * the certificate distinguishes them.
 */
#ifndef EVIDENCE_TPM_AK_CERT_H
#define EVIDENCE_TPM_AK_CERT_H

#include <stdbool.h>

#include <openssl/x509.h>

enum tpm_ak_cert {
	TPM_AK_CERT_NONE,
	TPM_AK_CERT_AIK,    /* tcg-kp-AIKCertificate */
	TPM_AK_CERT_IAK,    /* tcg-cap-verifiedTPMRestricted: attributes, too */
	TPM_AK_CERT_GOOGLE, /* only below Google's keys */
};

/* policies: whether its own certificate policies count. */
enum tpm_ak_cert tpm_ak_cert_kind(X509 *x, bool policies);

/* True if that issuer may assert a device identity's policy: it has no policies
 * of its own, or that one is among them (RFC 5280 section 6.1). */
bool tpm_ak_cert_permits(X509 *issuer);

/* True for Google's issuers of cloud TPM certificates, by their key. */
bool tpm_ak_cert_of_google(X509 *issuer);

#endif
