/*
 * trust_certificates.h - the certificates in a file that an officer has: PEM,
 * one in DER, or a JSON array of PEM strings, which is how Google publishes the
 * roots of key attestation.
 */
#ifndef ANCHORCTL_TRUST_CERTIFICATES_H
#define ANCHORCTL_TRUST_CERTIFICATES_H

#include "crypto/x509/chain.h"
#include "provisioning/anchorctl/verb.h"
#include "trust/rows.h"

#define TRUST_CERTIFICATES_MAX TRUST_ANCHORS_MAX /* in a file */

struct trust_certificates {
	size_t n;
	struct x509_cert *all[TRUST_CERTIFICATES_MAX];
};

void trust_certificates_release(struct trust_certificates *c);
DEFINE_AUTO_REF(struct trust_certificates, trust_certificates_release);

/* Adds the file's certificates, at least one.  VERB_GOOD; otherwise the exit
 * status (the message was printed). */
int trust_certificates_add(const struct cli *cli, const char *path,
                           struct trust_certificates *c);

/* The digests by which a bundle names a certificate. */
struct trust_certificate trust_certificate_of(const struct x509_cert *cert);

#endif
