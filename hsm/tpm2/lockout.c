/*
 * lockout.c - the TPM's dictionary-attack protection (TPM 2.0 Part 1), which is
 * queried before the PIN is used.
 *
 * The TPM counts failed authorisations of every object that is not noDA, in one
 * counter for the whole TPM, whichever program owns the object.
 * It also counts each loss of power without TPM2_Shutdown after such an object
 * was used.  A successful authorisation does not reset the counter; only time
 * does, by one for each recovery time (TPM_PT_LOCKOUT_INTERVAL).
 *
 * A counter above zero therefore does not forbid an ordinary login.  After an
 * interrupted login a counter of zero is the only sign that the PIN was not
 * refused.  It means less once a recovery time has passed since that login,
 * because the failure may have been forgotten by then; after each recovery time
 * one further wrong try is possible.
 */
#include "hsm/tpm2/told.h"

err_t
t2_lockout_read(struct tpm2 *t, struct t2_lockout *ret_lockout)
{
	struct t2_lockout out = { .locked = true };
	uint32_t permanent = 0;

	TRY(t2_property_proved(t, TPM2_PT_PERMANENT, &permanent));
	TRY(t2_property_proved(t, TPM2_PT_LOCKOUT_COUNTER, &out.counter));
	TRY(t2_property_proved(t, TPM2_PT_MAX_AUTH_FAIL, &out.most));
	TRY(t2_property_proved(t, TPM2_PT_LOCKOUT_INTERVAL, &out.interval_s));
	out.locked = permanent & TPMA_PERMANENT_INLOCKOUT;
	*ret_lockout = out;
	return OK;
}

/* No officer can permit a login in these states, because the next failure of
 * any program locks the TPM. */
err_t
t2_lockout_check(struct tpm2 *t)
{
	struct t2_lockout l;

	if (!t->lockable)
		return OK;
	TRY(t2_lockout_read(t, &l));
	if (l.locked)
		return t2_fail(t, E_LATCHED,
		               "PIN not tried: the TPM is in lockout (%u wrong "
		               "tries of %u)",
		               l.counter, l.most);
	if ((uint64_t)l.counter + 1 >= l.most)
		return t2_fail(t, E_LATCHED,
		               "PIN not tried: one more wrong try would lock "
		               "the TPM (%u of %u are counted)",
		               l.counter, l.most);
	return OK;
}

err_t
t2_lockout_doubt(struct tpm2 *t, bool counted)
{
	static const char why[] =
	        "PIN not tried: an earlier login was interrupted, and the TPM";
	struct t2_lockout l;

	if (!counted)
		return t2_fail(t, E_LATCHED, "%s counts no wrong tries (noDA)",
		               why);
	TRY(t2_lockout_read(t, &l));
	if (l.interval_s == 0)
		return t2_fail(t, E_LATCHED,
		               "%s counts no wrong tries (its recovery time is "
		               "0)",
		               why);
	return l.counter == 0
	               ? OK
	               : t2_fail(t, E_LATCHED,
	                         "%s counts wrong tries or power cuts (%u of "
	                         "%u)",
	                         why, l.counter, l.most);
}

err_t
t2_lockout_judge(struct tpm2 *t, bool counted, const char *what)
{
	t->lockable |= counted;
	if (counted || t->lockout_off)
		return OK;
	return t2_fail(t, E_LATCHED,
	               "the %s is exempt from the TPM's dictionary-attack "
	               "protection (noDA), and token.lockout_off gives no "
	               "reason for that",
	               what);
}
