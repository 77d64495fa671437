/*
 * google_roots.h - the roots of Google's hardware attestation, known by their public
 * keys.
 *
 * Google has renewed the certificate of its RSA root three times with the same key,
 * so a certificate's digest would not do.
 */
#ifndef ANCHORCTL_GOOGLE_ROOTS_H
#define ANCHORCTL_GOOGLE_ROOTS_H

#include "crypto/x509/cert.h"

/* What the root is; NULL: it is none of Google's, or not signed by its own key. */
const char *google_root_why(const struct x509_cert *cert);

#endif
