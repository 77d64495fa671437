/*
 * int.h - the parts of an audit that do not depend on the type of device; see
 * audit.h.  The device is used through its backend.
 */
#ifndef HSM_AUDIT_INT_H
#define HSM_AUDIT_INT_H

#include "hsm/core/backend.h"
#include "hsm/audit/audit.h"

/* Reports a finding.  format makes its detail; key may be NULL. */
void hsm_audit_found(const struct audit_ops *ops, enum audit_code code,
                     const struct audit_key *key, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* Reports a failed call as a finding and returns OK, so that the audit
 * continues; only E_NOMEM is returned. doing names the call in the detail. */
struct audit_failures {
	size_t n; /* calls that failed so far */
};
struct audit_failure {
	err_t err;
	const char *why;
	const struct audit_key *key; /* or NULL */
};
MUST_CHECK err_t hsm_audit_failed(struct audit_failures *f,
                                  const struct audit_ops *ops,
                                  const char *doing,
                                  const struct audit_failure *what);

/* random.c: checks that the random number generator's output varies. */
MUST_CHECK err_t hsm_audit_random(const struct audit_ops *ops,
                                  const struct hsm_backend *backend, void *own);

/* trust.c: what the open device stores of trust. */
MUST_CHECK err_t hsm_audit_trust(const struct audit_ops *ops,
                                 const struct hsm_backend *backend, void *own);

/* prove.c: makes a signature over fresh bytes with the backend's selected key
 * and verifies it in software with this public half. */
enum audit_outcome hsm_audit_prove(const struct hsm_backend *backend, void *own,
                                   enum alg alg, struct bytes spki);

/* Checks that the MAC key gives the same MAC for the same bytes and another one
 * for other bytes. */
enum audit_outcome hsm_audit_prove_mac(const struct hsm_backend *backend,
                                       void *own);

/* Reports the findings about the attempts on a key. */
void hsm_audit_attempts(const struct audit_ops *ops,
                        const struct audit_key *key);

/* Marks the number of a TPM's algorithm (TPM_ALG_ID) in audit_mechanism.type,
 * so that it is not confused with a PKCS#11 mechanism's number. */
#define HSM_TPM_ALG (1ULL << 32)

#endif
