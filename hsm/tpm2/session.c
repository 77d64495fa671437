/*
 * session.c - opens the parent key and the session that is salted with it.
 *
 * An attacker between us and the TPM (on the bus, in a hypervisor, in a
 * resource manager) can read and change everything that no session protects,
 * and can impersonate the TPM.  The session's secret is therefore encrypted to
 * a key whose Name, the digest of its public area, is in the configuration, so
 * that only the TPM with this key can respond.  In the session every command
 * and response has an HMAC, and the first parameters (the PIN at keygen,
 * digests, random numbers) are encrypted.
 *
 * The public key to encrypt to is read from ESYS itself (Esys_TR_Serialize) and
 * not queried again, because a second query could get another response.
 */
#include <string.h>
#include <tss2/tss2_mu.h>

#include "crypto/digest.h"
#include "hsm/tpm2/int.h"

/* The public area that ESYS stores for an object. */
static err_t
kept_public(struct tpm2 *t, ESYS_TR object, TPM2B_PUBLIC *ret_public)
{
	AUTO(t2_free) void *owned = NULL;
	uint8_t *blob = NULL;
	size_t len = 0;
	TPM2B_NAME name = { .size = 0 };
	/* handle, name, type of resource, TPM2B_PUBLIC */
	size_t at = sizeof(TPM2_HANDLE);

	if (Esys_TR_Serialize(t->esys, object, &blob, &len) != TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE, "the TPM's key cannot be read");
	owned = blob;
	if (Tss2_MU_TPM2B_NAME_Unmarshal(blob, len, &at, &name) !=
	    TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE, "the TPM's key is malformed");
	at += sizeof(uint32_t);
	*ret_public = (TPM2B_PUBLIC){ .size = 0 };
	if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(blob, len, &at, ret_public) !=
	    TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE, "the TPM's key is malformed");
	return OK;
}

static err_t
compute_name(struct tpm2 *t, const TPMT_PUBLIC *public,
             uint8_t ret_name[static T2_NAME_SIZE])
{
	uint8_t blob[sizeof(TPMT_PUBLIC)];
	size_t len = 0;

	if (public->nameAlg != TPM2_ALG_SHA256)
		return t2_fail(t, E_LATCHED,
		               "the parent key's nameAlg is not SHA-256");
	if (Tss2_MU_TPMT_PUBLIC_Marshal(public, blob, sizeof(blob), &len) !=
	    TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE, "the parent key is malformed");
	ret_name[0] = TPM2_ALG_SHA256 >> 8;
	ret_name[1] = TPM2_ALG_SHA256 & 0xff;
	digest_sha256(bytes_of(blob, len), ret_name + 2);
	return OK;
}

err_t
t2_name_of(struct tpm2 *t, ESYS_TR object,
           uint8_t ret_name[static T2_NAME_SIZE])
{
	TPM2B_PUBLIC public;

	TRY(kept_public(t, object, &public));
	return compute_name(t, &public.publicArea, ret_name);
}

/* Reads the parent's attributes and Name. */
static err_t
read_parent(struct tpm2 *t, const struct t2_uri *uri,
            TPMA_OBJECT *ret_attributes, uint8_t ret_name[static T2_NAME_SIZE])
{
	TPM2B_PUBLIC public;

	err_t err = t2_refer(t, uri->parent, &t->parent);
	if (err == E_NOT_FOUND)
		return t2_fail(t, E_LATCHED,
		               "the TPM has no parent key at 0x%08x: another "
		               "TPM, or one that was cleared",
		               uri->parent);
	TRY(err);
	TRY(kept_public(t, t->parent, &public));
	TRY(compute_name(t, &public.publicArea, ret_name));
	*ret_attributes = public.publicArea.objectAttributes;
	return OK;
}

/* The response is not authenticated yet.  If the TPM returns the same wrong
 * Name twice, it is another TPM; otherwise the first response was corrupted. */
static err_t
another_tpm(struct tpm2 *t, const struct t2_uri *uri,
            const uint8_t first[static T2_NAME_SIZE])
{
	TPMA_OBJECT attributes = 0;
	uint8_t again[T2_NAME_SIZE];

	/* ESYS must drop the object. */
	if (Esys_TR_Close(t->esys, &t->parent) != TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE, "the parent key cannot be read");
	TRY(read_parent(t, uri, &attributes, again));
	if (memcmp(first, again, sizeof(again)) != 0)
		return t2_fail(t, E_DEVICE,
		               "the TPM's parent key has two "
		               "names");
	return t2_fail(t, E_LATCHED,
	               "another TPM: the name of its parent key is not the "
	               "parent-name in token.uri");
}

static err_t
check_parent(struct tpm2 *t, const struct t2_uri *uri)
{
	TPMA_OBJECT attributes = 0;
	uint8_t name[T2_NAME_SIZE];

	TRY(read_parent(t, uri, &attributes, name));
	if (uri->named && memcmp(name, uri->parent_name, sizeof(name)) != 0)
		return another_tpm(t, uri, name);
	if ((attributes & T2_PARENT_MUST) != T2_PARENT_MUST)
		return t2_fail(t, E_LATCHED,
		               "the parent key is not a storage key that is "
		               "fixed to this TPM");
	t->parent_handle = uri->parent;
	memcpy(t->parent_name, name, sizeof(name));
	return OK;
}

err_t
t2_encrypt_session(struct tpm2 *t)
{
	const TPMA_SESSION attributes = TPMA_SESSION_CONTINUESESSION |
	                                TPMA_SESSION_DECRYPT |
	                                TPMA_SESSION_ENCRYPT;

	if (Esys_TRSess_SetAttributes(t->esys, t->session, attributes, 0xff) !=
	    TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE, "the session cannot encrypt");
	return OK;
}

err_t
t2_start_session(struct tpm2 *t, ESYS_TR salt)
{
	static const TPMT_SYM_DEF aes = {
		.algorithm = TPM2_ALG_AES,
		.keyBits.aes = 128,
		.mode.aes = TPM2_ALG_CFB,
	};

	TRY(T2_CALL(t, StartAuthSession,
	            (salt, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
	             ESYS_TR_NONE, NULL, TPM2_SE_HMAC, &aes, TPM2_ALG_SHA256),
	            &t->session));
	return t2_encrypt_session(t);
}

err_t
t2_open_session(struct tpm2 *t, const struct t2_uri *uri)
{
	t->trust_counter = uri->trust_counter;
	t->trust_head = uri->trust_head;
	TRY(check_parent(t, uri));
	return t2_start_session(t, t->parent);
}
