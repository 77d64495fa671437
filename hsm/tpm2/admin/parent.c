/*
 * parent.c - makes the parent key, and the session of a TPM that has none yet.
 *
 * What the owner of a TPM knows is never sent.  While he has an empty value,
 * the first command may go without a session; otherwise the session is salted
 * with a storage key of the null hierarchy, whose value is always empty.
 * Nothing identifies this TPM yet: trust in it begins here.
 */
#include "hsm/tpm2/admin/admin.h"

static TPM2B_PUBLIC
parent_template(void)
{
	TPM2B_PUBLIC out = { .size = 0 };
	TPMS_ECC_PARMS *parms = &out.publicArea.parameters.eccDetail;

	out.publicArea.type = TPM2_ALG_ECC;
	out.publicArea.nameAlg = TPM2_ALG_SHA256;
	out.publicArea.objectAttributes =
	        T2_PARENT_MUST | TPMA_OBJECT_NODA | TPMA_OBJECT_USERWITHAUTH;
	parms->symmetric.algorithm = TPM2_ALG_AES;
	parms->symmetric.keyBits.aes = 128;
	parms->symmetric.mode.aes = TPM2_ALG_CFB;
	parms->scheme.scheme = TPM2_ALG_NULL;
	parms->curveID = TPM2_ECC_NIST_P256;
	parms->kdf.scheme = TPM2_ALG_NULL;
	return out;
}

/* Makes a transient storage key at the top of a hierarchy. */
static err_t
create_storage_key(struct tpm2 *t, ESYS_TR hierarchy, ESYS_TR session,
                   ESYS_TR *ret_made)
{
	const TPM2B_PUBLIC template = parent_template();
	const TPM2B_SENSITIVE_CREATE sensitive = { .size = 0 };
	const TPM2B_DATA info = { .size = 0 };
	const TPML_PCR_SELECTION pcrs = { .count = 0 };

	return T2_CALL(t, CreatePrimary,
	               (hierarchy, session, ESYS_TR_NONE, ESYS_TR_NONE,
	                &sensitive, &template, &info, &pcrs),
	               ret_made, NULL, NULL, NULL, NULL);
}

err_t
t2_open_unpinned(struct tpm2 *t)
{
	ESYS_TR salt = ESYS_TR_NONE;

	TRY(create_storage_key(t, ESYS_TR_RH_NULL, ESYS_TR_PASSWORD, &salt));
	err_t err = t2_start_session(t, salt);
	err_t flushed = t2_flush(t, &salt);
	return err == OK ? flushed : err;
}

static err_t
create_by_owner(struct tpm2 *t, ESYS_TR session, ESYS_TR *ret_made)
{
	err_t err = create_storage_key(t, ESYS_TR_RH_OWNER, session, ret_made);

	return t2_judge_owner(t, "CreatePrimary", err);
}

static err_t
create_parent(struct tpm2 *t, bool owned, ESYS_TR *ret_made)
{
	if (!owned)
		return create_by_owner(t, ESYS_TR_PASSWORD, ret_made);
	TRY(t2_open_unpinned(t));
	err_t err = create_by_owner(t, t->session, ret_made);
	err_t flushed = t2_flush(t, &t->session);
	return err == OK ? flushed : err;
}

/* Makes the new parent persistent, in a session that is salted with the parent
 * itself while it is still transient. */
static err_t
keep_parent(struct tpm2 *t, ESYS_TR made, uint32_t handle)
{
	TRY(t2_start_session(t, made));
	err_t err = t2_keep(t, made, handle);
	err_t flushed = t2_flush(t, &t->session);

	return err == OK ? flushed : err;
}

err_t
t2_make_parent(struct tpm2 *t, uint32_t handle, bool owned)
{
	ESYS_TR made = ESYS_TR_NONE;

	TRY(create_parent(t, owned, &made));
	err_t err = keep_parent(t, made, handle);
	err_t flushed = t2_flush(t, &made);
	return err == OK ? flushed : err;
}
