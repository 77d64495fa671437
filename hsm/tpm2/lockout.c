/*
 * lockout.c - the TPM's dictionary-attack protection: what is looked at
 * before the PIN is proved.
 *
 * A TPM counts wrong proofs of everything that is not noDA, in one counter for
 * the whole TPM: ours, other programs', a stranger's; and one for each time that
 * it lost its power without a shutdown after such a proof.  A right proof does
 * not set it back, only time does.  So a counter above zero says nothing against
 * an ordinary login; but one that is zero says that the login that was cut short
 * was not counted as wrong, and that is the only thing that does.
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

/* No officer's word helps here: the next wrong proof, of anybody, ends it. */
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
	        "PIN not tried: an earlier login was cut short, and the TPM";
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
