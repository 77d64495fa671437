/*
 * ownership.h - takes the ownership of a TPM: sets the authorisation values of
 * its owner and of its lockout hierarchy and the parameters of its
 * dictionary-attack protection, and disables TPM2_Clear.
 *
 * Afterwards keys and counters are made and removed by the owner alone, wrong
 * PINs are forgiven early by the holder of the lockout value alone, and nobody
 * but the platform (its firmware) can clear the TPM.  Only the platform can
 * enable TPM2_Clear again.  Errors are those of admin.h.
 */
#ifndef HSM_ADMIN_OWNERSHIP_H
#define HSM_ADMIN_OWNERSHIP_H

#include "hsm/admin/admin.h"

struct hsm_ownership_wanted {
	/* In force; NULL: empty. */
	const struct secret *owner, *lockout;
	/* 12 to 32 bytes, at least 8 of them different. */
	const struct secret *new_owner, *new_lockout;
	uint32_t max_tries;          /* wrong ones until the TPM locks */
	uint32_t recovery_s;         /* until it forgets one */
	uint32_t lockout_recovery_s; /* until it takes another lockout value
	                              * after a wrong one */
};

/* No value is tried that may be wrong: E_CONFLICT if one is set and none was
 * given, or the other way round, or if both new ones are equal.  E_DENIED: the
 * TPM refused a value, or a new one is too weak.  E_DEVICE also: the TPM
 * reports another state afterwards.  May be repeated with the new values in
 * the place of those in force.  ret_token has the new state. */
MUST_CHECK err_t hsm_token_own(const struct hsm_token_name *name,
                               const struct hsm_ownership_wanted *wanted,
                               struct buf *why, struct hsm_token *ret_token);

#endif
