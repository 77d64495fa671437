/*
 * android_appraise.c - the judgement on an Android key attestation.
 *
 * It is not made yet: evidence is shown and refused as unsupported.
 */
#include "android.h"

const struct evidence_allowance android_allowances[] = { { NULL, NULL } };

err_t
android_offline(void *own, const struct evidence_offline *offline,
                struct buf *why)
{
	(void)own;
	(void)why;
	return offline->n_allow == 0 ? OK : E_NOT_FOUND;
}

err_t
android_appraise(void *own, const struct policy *policy,
                 struct appraisal *ret_appraisal)
{
	(void)own;
	(void)policy;
	*ret_appraisal = (struct appraisal){
		.reasons = reason_bit(REASON_EVIDENCE_UNSUPPORTED),
	};
	return OK;
}

json_t *
android_claims(const void *own)
{
	return android_inspect(own);
}

json_t *
android_not_appraised(const void *own)
{
	(void)own;
	return json_array();
}

void
android_trust_free(struct android_trust *trust)
{
	(void)trust; /* there is none */
}
