/*
 * audit.h - shared by the files of this directory; see hsm/audit/audit.h.
 */
#ifndef HSM_TPM2_AUDIT_AUDIT_H
#define HSM_TPM2_AUDIT_AUDIT_H

#include "hsm/audit/int.h"
#include "hsm/tpm2/admin/admin.h"

/* The state of one audit. */
struct t2_audit {
	struct tpm2 *t;
	const struct audit_ops *ops;
	const struct t2_uri *uri;
	const struct hsm_audited *asked;
	struct audit_failures failures;
	bool logged_in;          /* keys may be used with the PIN */
	bool refused;            /* the TPM refused the PIN for a key */
	const char *lockout_off; /* the officer's reason; "": none */
	TPM2B_AUTH auth;
};

/* keys.c: audits the requested signing keys, and the handle key and the counter
 * that the URI names. */
MUST_CHECK err_t t2_audit_keys(struct t2_audit *a);

/* audit.c: members of struct hsm_admin. */
MUST_CHECK err_t t2_token_audit(const struct hsm_audited *asked,
                                const struct secret *pin,
                                const struct audit_ops *ops, struct buf *why);
const char *t2_alg_name(uint64_t type);

/* keys.c: hsm_audit_failed() with a->t->why as the cause; err is the result of
 * a call with a->t. */
MUST_CHECK err_t t2_audit_step(struct t2_audit *a, const char *doing,
                               err_t err);

/* Reports that an object is noDA, with the officer's reason if there is one;
 * key is NULL for the counter. */
void t2_audit_noda(const struct t2_audit *a, const struct audit_key *key,
                   const char *what);

/* try.c: makes the attempts on a key and stores their outcomes in `key`.
 * E_LATCHED, and a->refused is set: the TPM refused the PIN. */
MUST_CHECK err_t t2_audit_try(struct t2_audit *a, ESYS_TR object,
                              const TPMT_PUBLIC *public, struct audit_key *key);

#endif
