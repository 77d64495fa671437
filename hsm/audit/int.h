/*
 * int.h - what an audit does alike on every kind of device; see
 * audit.h.  The device is reached through its backend's own calls.
 */
#ifndef HSM_AUDIT_INT_H
#define HSM_AUDIT_INT_H

#include "hsm/core/backend.h"
#include "hsm/audit/audit.h"

/* Reports a finding; key may be NULL. */
void hsm_audit_found(const struct audit_ops *ops, enum audit_code code,
                     const struct audit_key *key, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* A call that failed is told, and is no reason to stop: OK but for E_NOMEM. */
struct audit_failures {
	size_t n;
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

/* random.c: is the device's generator alive? */
MUST_CHECK err_t hsm_audit_random(const struct audit_ops *ops,
                                  const struct hsm_backend *backend, void *own);

/* prove.c: a signature over fresh bytes by the key that the backend
 * has in use, checked in software with this public half. */
enum audit_outcome hsm_audit_prove(const struct hsm_backend *backend, void *own,
                                   enum alg alg, struct bytes spki);

/* The MAC key in use: the same answer to the same bytes, another to others. */
enum audit_outcome hsm_audit_prove_mac(const struct hsm_backend *backend,
                                       void *own);

/* Findings of what came of the attempts on a key. */
void hsm_audit_attempts(const struct audit_ops *ops,
                        const struct audit_key *key);

/* hsm/pkcs11/audit/mechanism.c and hsm/tpm2/audit/audit.c: "" for one without a name.  An
 * algorithm of a TPM is marked, so that no number is taken for the other's. */
#define HSM_TPM_ALG (1ULL << 32)
const char *p11_mechanism_name(uint64_t type);
const char *t2_alg_name(uint64_t type);

#endif
