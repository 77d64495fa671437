/*
 * told.h - what a TPM says of itself by TPM2_GetCapability, and how much of
 * that is proved; see told.c and lockout.c.
 */
#ifndef HSM_TPM2_TOLD_H
#define HSM_TPM2_TOLD_H

#include "hsm/tpm2/int.h"

/* One of TPM_PT_*; 0 when the TPM has it not.  Nothing proves it. */
MUST_CHECK err_t t2_property(struct tpm2 *t, uint32_t which,
                             uint32_t *ret_value);

/* The same in the session, whose HMAC proves the answer.  E_DEVICE: the TPM
 * has it not. */
MUST_CHECK err_t t2_property_proved(struct tpm2 *t, uint32_t which,
                                    uint32_t *ret_value);

/* Is there something at this persistent handle or NV index?  In the session,
 * unlike "no such handle", which anybody on the way could answer. */
MUST_CHECK err_t t2_is_there(struct tpm2 *t, uint32_t handle, bool *ret_there);

/* What the TPM says, by its session, of wrong proofs: of anything in it that
 * is not noDA, by whoever reaches it. */
struct t2_lockout {
	bool locked;      /* no such proof is judged now */
	uint32_t counter; /* wrong proofs, and power cuts after a right one */
	uint32_t most;    /* at which it locks */
	uint32_t interval_s; /* in which one is forgotten; 0: none is counted */
};
MUST_CHECK err_t t2_lockout_read(struct tpm2 *t,
                                 struct t2_lockout *ret_lockout);

/* May the PIN be proved now?  Before each first proof.  Of objects that are all
 * noDA nothing is asked.  E_LATCHED: the TPM is locked, or one more wrong proof
 * would lock it. */
MUST_CHECK err_t t2_lockout_check(struct tpm2 *t);

/* May it, after a login that was cut short, of something that is counted or not?
 * E_LATCHED: the TPM does not say that no wrong proof was. */
MUST_CHECK err_t t2_lockout_doubt(struct tpm2 *t, bool counted);

/* Does the TPM count what t2_login() proves? */
bool t2_login_counts(const struct tpm2 *t);

/* Something of ours was found, which is counted or not.  E_LATCHED: it is not,
 * and no officer has given a reason for that. */
MUST_CHECK err_t t2_lockout_judge(struct tpm2 *t, bool counted,
                                  const char *what);

#endif
