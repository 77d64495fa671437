/*
 * ak_cert.h - is a certificate an attestation key's, and by which profile.
 *
 * A CA that certifies TPM keys certifies other keys, too: endorsement keys,
 * some of which sign and are not restricted, and keys for TLS.  Only what the
 * certificate says tells them apart.
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

/* policies: does what it says of itself as a certificate policy count? */
enum tpm_ak_cert tpm_ak_cert_kind(X509 *x, bool policies);

/* May that issuer give a device identity's policy?  Not when it has policies of
 * its own and that one is not among them (RFC 5280 section 6.1). */
bool tpm_ak_cert_permits(X509 *issuer);

/* Is this one of Google's issuers for cloud TPMs, by its key? */
bool tpm_ak_cert_of_google(X509 *issuer);

#endif
