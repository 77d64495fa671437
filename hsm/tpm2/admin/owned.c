/*
 * owned.c - reads who has the ownership of a TPM.
 */
#include "hsm/tpm2/admin/admin.h"

static void
put_permanent(uint32_t permanent, uint32_t startup, struct hsm_ownership *o)
{
	o->known = true;
	o->owner_set = permanent & TPMA_PERMANENT_OWNERAUTHSET;
	o->lockout_set = permanent & TPMA_PERMANENT_LOCKOUTAUTHSET;
	o->clear_disabled = permanent & TPMA_PERMANENT_DISABLECLEAR;
	o->platform_enabled = startup & TPMA_STARTUP_CLEAR_PHENABLE;
}

err_t
t2_read_ownership(struct tpm2 *t, bool proved, struct hsm_ownership *ret_owner)
{
	err_t (*const read)(struct tpm2 *, uint32_t, uint32_t *) =
	        proved ? t2_property_proved : t2_property;
	struct hsm_ownership out = { .known = false };
	uint32_t permanent = 0;
	uint32_t startup = 0;

	TRY(read(t, TPM2_PT_PERMANENT, &permanent));
	TRY(read(t, TPM2_PT_STARTUP_CLEAR, &startup));
	TRY(read(t, TPM2_PT_MAX_AUTH_FAIL, &out.max_tries));
	TRY(read(t, TPM2_PT_LOCKOUT_INTERVAL, &out.recovery_s));
	TRY(read(t, TPM2_PT_LOCKOUT_RECOVERY, &out.lockout_recovery_s));
	put_permanent(permanent, startup, &out);
	*ret_owner = out;
	return OK;
}
