/*
 * find.c - finds the signing key, the handle key and the counter at the places
 * in the URI, and checks that they were created in this TPM.
 *
 * Anybody with the owner's authorisation can put another key at a handle.
 * Therefore attributes are read under the session, and hsm/core/keys.c compares
 * the public half with the pinned one.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <tss2/tss2_mu.h>
#include <unistd.h>

#include "hsm/tpm2/alg.h"
#include "hsm/tpm2/key.h"
#include "hsm/tpm2/told.h"

/* Reads a key's file, which contains its TPM2B_PUBLIC and then its
 * TPM2B_PRIVATE. */
static err_t
read_blob(struct tpm2 *t, const char *path, TPM2B_PUBLIC *public,
          TPM2B_PRIVATE *private)
{
	uint8_t blob[T2_BLOB_MAX];
	struct stat st;
	size_t at = 0;
	AUTO(close_fd)
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return t2_fail(t, E_CONFIG, "%s: there is no such regular file",
		               path);
	ssize_t n = read(fd, blob, sizeof(blob));
	size_t len = n > 0 ? (size_t)n : 0;
	if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(blob, len, &at, public) !=
	            TSS2_RC_SUCCESS ||
	    Tss2_MU_TPM2B_PRIVATE_Unmarshal(blob, len, &at, private) !=
	            TSS2_RC_SUCCESS ||
	    at != len)
		return t2_fail(t, E_CONFIG, "%s: not the file of a TPM key",
		               path);
	return OK;
}

err_t
t2_find_key(struct tpm2 *t, const struct t2_place *place, const char *what,
            struct t2_key *ret_key)
{
	TPM2B_PUBLIC public = { .size = 0 };
	TPM2B_PRIVATE private = { .size = 0 };

	ret_key->handle = place->path[0] ? 0 : place->handle;
	if (ret_key->handle == 0) {
		TRY(read_blob(t, place->path, &public, &private));
		return T2_CALL(t, Load,
		               (t->parent, t->session, ESYS_TR_NONE,
		                ESYS_TR_NONE, &private, &public),
		               &ret_key->object);
	}
	err_t err = t2_refer(t, place->handle, &ret_key->object);
	if (err == E_NOT_FOUND)
		return t2_fail(t, E_LATCHED,
		               "the TPM has no %s key at 0x%08x; 'anchorctl "
		               "token keygen' creates it",
		               what, place->handle);
	return err;
}

/* Requirements for every key of the service. */
static err_t
check_attributes(struct tpm2 *t, const TPMT_PUBLIC *public, const char *what,
                 struct t2_key *key)
{
	char name[32];
	const TPMA_OBJECT never = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT |
	                          TPMA_OBJECT_ENCRYPTEDDUPLICATION |
	                          TPMA_OBJECT_ADMINWITHPOLICY;
	TPMA_OBJECT is = public->objectAttributes;

	if ((is & T2_KEY_MUST) != T2_KEY_MUST || (is & never) != 0)
		return t2_fail(t, E_LATCHED,
		               "the %s key could leave the TPM, or can do "
		               "more than sign (attributes 0x%08x)",
		               what, is);
	if (public->authPolicy.size != 0)
		return t2_fail(t, E_LATCHED,
		               "the %s key can be used by a policy", what);
	snprintf(name, sizeof(name), "%s key", what);
	key->counted = !(is & TPMA_OBJECT_NODA);
	return t2_lockout_judge(t, key->counted, name);
}

err_t
t2_read_public(struct tpm2 *t, ESYS_TR key, TPMT_PUBLIC *ret_public)
{
	AUTO(t2_free) void *owned = NULL;
	TPM2B_PUBLIC *public = NULL;

	TRY(T2_CALL(t, ReadPublic,
	            (key, t->session, ESYS_TR_NONE, ESYS_TR_NONE), &public,
	            NULL, NULL));
	owned = public;
	*ret_public = public->publicArea;
	return OK;
}

static err_t
check_signing(struct tpm2 *t, struct t2_key *key, struct hsm_found *ret_found)
{
	TPMT_PUBLIC public;

	TRY(t2_read_public(t, key->object, &public));
	TRY(check_attributes(t, &public, "signing", key));
	if (t2_spki(&public, ret_found) != OK)
		return t2_fail(t, E_LATCHED,
		               "the signing key is not one for ES256, ES384, "
		               "PS256 or RS256");
	return OK;
}

static err_t
check_mac(struct tpm2 *t, struct t2_key *key)
{
	TPMT_PUBLIC public;

	TRY(t2_read_public(t, key->object, &public));
	TRY(check_attributes(t, &public, "handle", key));
	const TPMS_KEYEDHASH_PARMS *parms = &public.parameters.keyedHashDetail;
	if (public.type != TPM2_ALG_KEYEDHASH ||
	    parms->scheme.scheme != TPM2_ALG_HMAC ||
	    parms->scheme.details.hmac.hashAlg != TPM2_ALG_SHA256)
		return t2_fail(t, E_LATCHED,
		               "the handle key is not for HMAC-SHA-256");
	return OK;
}

err_t
t2_find_signing(struct tpm2 *t, const struct t2_place *place,
                struct t2_key *ret_key, struct hsm_found *ret_found)
{
	TRY(t2_find_key(t, place, "signing", ret_key));
	return check_signing(t, ret_key, ret_found);
}

err_t
t2_find_mac(struct tpm2 *t, const struct t2_place *place)
{
	TRY(t2_find_key(t, place, "handle", &t->mac));
	return check_mac(t, &t->mac);
}

/* An orderly counter is kept in RAM and can lose increments on power loss. */
err_t
t2_find_epoch(struct tpm2 *t, uint32_t handle)
{
	const TPMA_NV either = TPMA_NV_WRITTEN | TPMA_NV_NO_DA;
	AUTO(t2_free) void *owned = NULL;
	TPM2B_NV_PUBLIC *public = NULL;
	err_t err = t2_refer(t, handle, &t->epoch);

	if (err == E_NOT_FOUND)
		return t2_fail(t, E_LATCHED,
		               "the TPM has no counter at 0x%08x; 'anchorctl "
		               "token keygen' creates it",
		               handle);
	TRY(err);
	TRY(T2_CALL(t, NV_ReadPublic,
	            (t->epoch, t->session, ESYS_TR_NONE, ESYS_TR_NONE), &public,
	            NULL));
	owned = public;
	TPMA_NV is = public->nvPublic.attributes;
	t->epoch_written = is & TPMA_NV_WRITTEN;
	if ((is & ~either) != T2_EPOCH_ATTRIBUTES)
		return t2_fail(t, E_LATCHED,
		               "the counter at 0x%08x has other attributes "
		               "than keygen's (0x%08x)",
		               handle, is);
	t->epoch_counted = !(is & TPMA_NV_NO_DA);
	return t2_lockout_judge(t, t->epoch_counted, "epoch counter");
}
