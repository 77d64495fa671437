/*
 * told.c - TPM2_GetCapability with and without the session.
 *
 * The command needs no authorisation and has no parameter to encrypt, so the
 * session accompanies it as an audit session.  The response then carries the
 * session's HMAC, which ESYS verifies and an attacker on the bus cannot forge.
 */
#include "hsm/tpm2/told.h"

static err_t
ask_capability(struct tpm2 *t, ESYS_TR session, TPM2_CAP what, uint32_t first,
               TPMS_CAPABILITY_DATA *ret_told)
{
	AUTO(t2_free) void *owned = NULL;
	TPMS_CAPABILITY_DATA *told = NULL;
	TPMI_YES_NO more = TPM2_NO;

	TRY(T2_CALL(t, GetCapability,
	            (session, ESYS_TR_NONE, ESYS_TR_NONE, what, first, 1),
	            &more, &told));
	owned = told;
	if (told->capability != what)
		return t2_fail(t, E_DEVICE,
		               "GetCapability: another capability than the "
		               "requested one");
	*ret_told = *told;
	return OK;
}

/* Makes the session encrypt again in any case, because the next command may
 * carry the PIN. */
static err_t
ask_proved(struct tpm2 *t, TPM2_CAP what, uint32_t first,
           TPMS_CAPABILITY_DATA *ret_told)
{
	const TPMA_SESSION audit =
	        TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_AUDIT;

	if (t->session == ESYS_TR_NONE)
		return t2_fail(t, E_DEVICE, "GetCapability: no session");
	if (Esys_TRSess_SetAttributes(t->esys, t->session, audit, 0xff) !=
	    TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE, "the session cannot audit");
	err_t err = ask_capability(t, t->session, what, first, ret_told);
	err_t back = t2_encrypt_session(t);
	return err == OK ? back : err;
}

/* False: the TPM does not have the property, and returned the next one or
 * none. */
static bool
find_told_property(const TPMS_CAPABILITY_DATA *told, uint32_t which,
                   uint32_t *ret_value)
{
	const TPML_TAGGED_TPM_PROPERTY *list = &told->data.tpmProperties;

	if (list->count != 1 || list->tpmProperty[0].property != which)
		return false;
	*ret_value = list->tpmProperty[0].value;
	return true;
}

err_t
t2_property(struct tpm2 *t, uint32_t which, uint32_t *ret_value)
{
	TPMS_CAPABILITY_DATA told;

	TRY(ask_capability(t, ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES, which,
	                   &told));
	if (!find_told_property(&told, which, ret_value))
		*ret_value = 0;
	return OK;
}

err_t
t2_property_proved(struct tpm2 *t, uint32_t which, uint32_t *ret_value)
{
	TPMS_CAPABILITY_DATA told;

	TRY(ask_proved(t, TPM2_CAP_TPM_PROPERTIES, which, &told));
	if (!find_told_property(&told, which, ret_value))
		return t2_fail(t, E_DEVICE, "the TPM has no property 0x%x",
		               which);
	return OK;
}

/* The TPM returns the first handle from this value on. */
err_t
t2_is_there(struct tpm2 *t, uint32_t handle, bool *ret_there)
{
	TPMS_CAPABILITY_DATA told;

	TRY(ask_proved(t, TPM2_CAP_HANDLES, handle, &told));
	const TPML_HANDLE *list = &told.data.handles;
	*ret_there = list->count > 0 && list->handle[0] == handle;
	return OK;
}
