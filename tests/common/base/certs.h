/*
 * certs.h - creates the certificates of a test: a CA, a server, clients.
 *
 * The keys are P-256 and new in every run; none is ever committed.
 */
#ifndef COMMON_BASE_CERTS_H
#define COMMON_BASE_CERTS_H

#include "base/auto.h"
#include "base/err.h"

struct certs; /* a certificate authority that lives in memory */

/* Creates a CA and writes its certificate to dir/ca.pem. */
MUST_CHECK err_t certs_new(const char *dir, struct certs **ret_certs);
void certs_free(struct certs *certs); /* accepts NULL */
DEFINE_AUTO(struct certs *, certs_free);

/* Writes dir/name.pem and dir/name.key with that subjectAltName, in OpenSSL's
 * syntax: "URI:spiffe://example/backend-a", "DNS:localhost,IP:127.0.0.1". */
MUST_CHECK err_t certs_issue(const struct certs *certs, const char *name,
                             const char *san);

/* The same with another extended key usage in OpenSSL's syntax, or without one
 * (NULL), and with a lifetime in seconds from now. */
MUST_CHECK err_t certs_issue_odd(const struct certs *certs, const char *name,
                                 const char *san, const char *usage,
                                 long life_s);

/* The same below a chain of that many intermediate CAs; name.pem contains them
 * after the certificate. */
MUST_CHECK err_t certs_issue_below(const struct certs *certs, const char *name,
                                   const char *san, unsigned authorities);

#endif
