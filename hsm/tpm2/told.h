/*
 * told.h - queries a TPM by TPM2_GetCapability, with or without the session's
 * HMAC over the response; see told.c and lockout.c.
 */
#ifndef HSM_TPM2_TOLD_H
#define HSM_TPM2_TOLD_H

#include "hsm/tpm2/int.h"

/* Reads a property (TPM_PT_*, TPM 2.0 Part 2); 0 when the TPM does not have it.
 * The response is not authenticated. */
MUST_CHECK err_t t2_property(struct tpm2 *t, uint32_t which,
                             uint32_t *ret_value);

/* The same under the session, whose HMAC authenticates the response.  E_DEVICE:
 * the TPM does not have the property. */
MUST_CHECK err_t t2_property_proved(struct tpm2 *t, uint32_t which,
                                    uint32_t *ret_value);

/* True if an object exists at this persistent handle or NV index.  The response
 * is authenticated by the session, unlike the error "no such handle", which an
 * attacker on the bus could forge. */
MUST_CHECK err_t t2_is_there(struct tpm2 *t, uint32_t handle, bool *ret_there);

/* The state of the TPM's dictionary-attack protection (TPM 2.0 Part 1,
 * "Dictionary Attack Protection"), authenticated by the session.  It covers
 * every object that is not noDA, whoever uses it. */
struct t2_lockout {
	bool locked;         /* TPM_RC_LOCKOUT for every such object */
	uint32_t counter;    /* failures, and power losses after a success */
	uint32_t most;       /* the TPM locks at this count */
	uint32_t interval_s; /* to forget one failure; 0: none is counted */
};
MUST_CHECK err_t t2_lockout_read(struct tpm2 *t,
                                 struct t2_lockout *ret_lockout);

/* To be called before each first use of the PIN.  E_LATCHED: the TPM is in
 * lockout, or one more failure would cause it.  Asks nothing when all our
 * objects are noDA. */
MUST_CHECK err_t t2_lockout_check(struct tpm2 *t);

/* To be called before a login that follows an interrupted one; counted: the
 * object to be used is not noDA.  E_LATCHED: the TPM does not confirm that the
 * interrupted login caused no failure (the counter is not zero, or nothing is
 * counted). */
MUST_CHECK err_t t2_lockout_doubt(struct tpm2 *t, bool counted);

/* True if the TPM counts failures of the object that t2_login() uses. */
bool t2_login_counts(const struct tpm2 *t);

/* Decides whether the service may use an object of its own; counted: it is not
 * noDA.  E_LATCHED: it is noDA, and no officer has given a reason for that.
 * what names the object in the message. */
MUST_CHECK err_t t2_lockout_judge(struct tpm2 *t, bool counted,
                                  const char *what);

#endif
