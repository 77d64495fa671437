/*
 * owner.c - what the owner of a TPM does: he keeps and evicts persistent
 * objects.
 *
 * His authorisation value is proved by the session's HMAC and is never sent.
 * Where it is empty the command uses the salted session all the same, because
 * its HMAC authenticates the TPM's response.
 */
#include "base/secret.h"
#include "hsm/tpm2/admin/admin.h"

err_t
t2_tell_hierarchy(struct tpm2 *t, ESYS_TR hierarchy, const struct secret *value)
{
	TPM2B_AUTH auth = { .size = 0 };

	if (!value)
		return OK;
	TRY(t2_auth_of(t, value, &auth));
	TSS2_RC rc = Esys_TR_SetAuth(t->esys, hierarchy, &auth);
	secret_wipe(&auth, sizeof(auth));
	return rc == TSS2_RC_SUCCESS
	               ? OK
	               : t2_fail(t, E_DEVICE, "SetAuth: %s", t2_rc_name(rc));
}

err_t
t2_tell_owner(struct tpm2 *t, const struct secret *owner)
{
	return t2_tell_hierarchy(t, ESYS_TR_RH_OWNER, owner);
}

bool
t2_auth_refused(const struct tpm2 *t, err_t err)
{
	TSS2_RC base = t2_rc_base(t->rc);

	return err != OK &&
	       (base == TPM2_RC_AUTH_FAIL || base == TPM2_RC_BAD_AUTH);
}

err_t
t2_judge_owner(struct tpm2 *t, const char *call, err_t err)
{
	return t2_auth_refused(t, err)
	               ? t2_fail(t, E_DENIED,
	                         "%s: that is not the authorisation value of "
	                         "the TPM's owner (--owner-file; without it an "
	                         "empty one)",
	                         call)
	               : err;
}

static err_t
call_evict_control(struct tpm2 *t, ESYS_TR object, uint32_t handle)
{
	ESYS_TR kept = ESYS_TR_NONE;
	err_t err = T2_CALL(t, EvictControl,
	                    (ESYS_TR_RH_OWNER, object, t->session, ESYS_TR_NONE,
	                     ESYS_TR_NONE, handle),
	                    &kept);

	return t2_judge_owner(t, "EvictControl", err);
}

err_t
t2_keep(struct tpm2 *t, ESYS_TR object, uint32_t handle)
{
	bool there = false;

	TRY(call_evict_control(t, object, handle));
	TRY(t2_is_there(t, handle, &there));
	return there ? OK
	             : t2_fail(t, E_DEVICE,
	                       "the TPM confirmed that it made 0x%08x "
	                       "persistent, but no object is there",
	                       handle);
}

/* TPM2_EvictControl evicts an object that is already persistent. */
err_t
t2_take_away(struct tpm2 *t, ESYS_TR object, uint32_t handle)
{
	bool there = true;

	TRY(call_evict_control(t, object, handle));
	TRY(t2_is_there(t, handle, &there));
	return there ? t2_fail(t, E_DEVICE,
	                       "the TPM confirmed that it evicted 0x%08x, "
	                       "but the object is still there",
	                       handle)
	             : OK;
}
