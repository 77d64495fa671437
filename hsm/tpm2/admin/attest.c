/*
 * attest.c - implements hsm/admin/attest.h.
 *
 * The attestation key has an empty authorisation value, so its part of a command
 * is a password that is no secret; the object's part is the salted session, whose
 * HMAC also authenticates the response.  It is flushed in any case: a TPM without
 * a resource manager has three places for loaded keys.
 */
#include <string.h>
#include <tss2/tss2_mu.h>

#include "hsm/tpm2/admin/trust.h"

#define PART_MAX 2048 /* bytes of a structure */

struct attesting {
	struct tpm2 *t;
	const struct t2_uri *uri;
	const struct hsm_attest_ops *ops;
	ESYS_TR ak;
	TPM2B_DATA nonce;
};

static const TPMT_SIG_SCHEME of_key = { .scheme = TPM2_ALG_NULL };

/* --- what is told --------------------------------------------------------- */

static err_t
put_public(struct tpm2 *t, const TPMT_PUBLIC *public, struct buf *out)
{
	uint8_t part[PART_MAX];
	size_t len = 0;

	if (Tss2_MU_TPMT_PUBLIC_Marshal(public, part, sizeof(part), &len) !=
	    TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE, "a public area is malformed");
	buf_append(out, bytes_of(part, len));
	return buf_status(out);
}

static err_t
tell_attested(const struct attesting *a, struct hsm_attested *told,
              const TPM2B_ATTEST *attest, const TPMT_SIGNATURE *signature)
{
	uint8_t part[PART_MAX];
	size_t len = 0;

	if (Tss2_MU_TPMT_SIGNATURE_Marshal(signature, part, sizeof(part),
	                                   &len) != TSS2_RC_SUCCESS)
		return t2_fail(a->t, E_DEVICE, "a signature is malformed");
	told->attest = bytes_of(attest->attestationData, attest->size);
	told->signature = bytes_of(part, len);
	a->ops->attested(a->ops->arg, told);
	return OK;
}

/* --- the attestation key -------------------------------------------------- */

static TPM2B_PUBLIC
ak_template(void)
{
	TPM2B_PUBLIC out = { .size = 0 };
	TPMS_ECC_PARMS *parms = &out.publicArea.parameters.eccDetail;

	out.publicArea.type = TPM2_ALG_ECC;
	out.publicArea.nameAlg = TPM2_ALG_SHA256;
	out.publicArea.objectAttributes =
	        TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
	        TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
	        TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED |
	        TPMA_OBJECT_SIGN_ENCRYPT;
	parms->symmetric.algorithm = TPM2_ALG_NULL;
	parms->scheme.scheme = TPM2_ALG_ECDSA;
	parms->scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
	parms->curveID = TPM2_ECC_NIST_P256;
	parms->kdf.scheme = TPM2_ALG_NULL;
	return out;
}

static err_t
make_ak(struct attesting *a)
{
	const TPM2B_PUBLIC template = ak_template();
	const TPM2B_SENSITIVE_CREATE sensitive = { .size = 0 };
	const TPM2B_DATA info = { .size = 0 };
	const TPML_PCR_SELECTION pcrs = { .count = 0 };
	AUTO(buf_release) struct buf public = buf_of(PART_MAX);
	AUTO(t2_free) void *owned = NULL;
	TPM2B_PUBLIC *made = NULL;

	err_t err =
	        T2_CALL(a->t, CreatePrimary,
	                (ESYS_TR_RH_ENDORSEMENT, a->t->session, ESYS_TR_NONE,
	                 ESYS_TR_NONE, &sensitive, &template, &info, &pcrs),
	                &a->ak, &made, NULL, NULL, NULL);
	if (t2_auth_refused(a->t, err))
		return t2_fail(a->t, E_DENIED,
		               "the endorsement hierarchy has an authorisation "
		               "value; it must be empty to attest");
	TRY(err);
	owned = made;
	TRY(put_public(a->t, &made->publicArea, &public));
	const struct hsm_attested told = { .what = "ak",
		                           .public = buf_bytes(&public) };
	a->ops->attested(a->ops->arg, &told);
	return OK;
}

/* --- what it certifies ---------------------------------------------------- */

static err_t
certify_key(const struct attesting *a)
{
	struct tpm2 *t = a->t;
	AUTO(buf_release) struct buf public = buf_of(PART_MAX);
	AUTO(t2_free) void *owned_attest = NULL;
	AUTO(t2_free) void *owned_signature = NULL;
	TPM2B_ATTEST *attest = NULL;
	TPMT_SIGNATURE *signature = NULL;
	TPMT_PUBLIC area;

	TRY(t2_read_public(t, t->keys[0].object, &area));
	TRY(put_public(t, &area, &public));
	err_t err =
	        T2_CALL(t, Certify,
	                (t->keys[0].object, a->ak, t->session, ESYS_TR_PASSWORD,
	                 ESYS_TR_NONE, &a->nonce, &of_key),
	                &attest, &signature);
	owned_attest = attest;
	owned_signature = signature;
	TRY(err);
	struct hsm_attested told = { .what = "key",
		                     .handle = t->keys[0].handle,
		                     .public = buf_bytes(&public) };
	return tell_attested(a, &told, attest, signature);
}

static err_t
read_nv_public(struct tpm2 *t, ESYS_TR index, struct buf *out)
{
	AUTO(t2_free) void *owned = NULL;
	TPM2B_NV_PUBLIC *public = NULL;
	uint8_t part[PART_MAX];
	size_t len = 0;

	TRY(T2_CALL(t, NV_ReadPublic,
	            (index, t->session, ESYS_TR_NONE, ESYS_TR_NONE), &public,
	            NULL));
	owned = public;
	if (Tss2_MU_TPMS_NV_PUBLIC_Marshal(&public->nvPublic, part,
	                                   sizeof(part),
	                                   &len) != TSS2_RC_SUCCESS)
		return t2_fail(t, E_DEVICE, "an index is malformed");
	buf_append(out, bytes_of(part, len));
	return buf_status(out);
}

static err_t
certify_index(const struct attesting *a, ESYS_TR index, uint16_t size,
              struct hsm_attested *told)
{
	struct tpm2 *t = a->t;
	AUTO(buf_release) struct buf public = buf_of(PART_MAX);
	AUTO(t2_free) void *owned_attest = NULL;
	AUTO(t2_free) void *owned_signature = NULL;
	TPM2B_ATTEST *attest = NULL;
	TPMT_SIGNATURE *signature = NULL;

	TRY(read_nv_public(t, index, &public));
	err_t err = T2_CALL(t, NV_Certify,
	                    (a->ak, index, index, ESYS_TR_PASSWORD, t->session,
	                     ESYS_TR_NONE, &a->nonce, &of_key, size, 0),
	                    &attest, &signature);
	owned_attest = attest;
	owned_signature = signature;
	TRY(err);
	told->public = buf_bytes(&public);
	return tell_attested(a, told, attest, signature);
}

static err_t
certify_trust(const struct attesting *a, const char *what, uint32_t handle,
              const struct t2_trust_row *row)
{
	struct hsm_attested told = { .what = what, .handle = handle };
	struct t2_trust_index index;

	err_t err = t2_trust_find(a->t, handle, row, &index);
	if (err == OK && index.fits && index.written)
		err = certify_index(a, index.object, row->size, &told);
	t2_trust_leave(a->t, &index);
	return err;
}

static err_t
attest_all(struct attesting *a)
{
	TRY(make_ak(a));
	TRY(certify_key(a));
	TRY(certify_trust(a, "trust-counter", a->uri->trust_counter,
	                  &t2_trust_counter));
	return certify_trust(a, "trust-head", a->uri->trust_head,
	                     &t2_trust_head);
}

/* --- the verb ------------------------------------------------------------- */

static err_t
attest_tpm(struct attesting *a, const struct secret *pin)
{
	struct hsm_found found;

	TRY(t2_open_session(a->t, a->uri));
	TRY(t2_find_signing(a->t, &a->uri->key, &a->t->keys[0], &found));
	TRY(t2_lockout_check(a->t));
	TRY(t2_tell_auth(a->t, pin));
	err_t err = attest_all(a);
	err_t flushed = t2_flush(a->t, &a->ak);
	return err == OK ? flushed : err;
}

err_t
t2_token_attest(const struct hsm_token_name *name, const struct secret *pin,
                const uint8_t nonce[static HASH_SIZE],
                const struct hsm_attest_ops *ops, struct buf *why)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	/* Whether noDA is permitted depends on the configuration. */
	const struct hsm_options options = { .uri = name->uri,
		                             .lockout_off = true };
	struct t2_uri uri;

	TRY(t2_uri_parse(name->uri, why, &uri));
	TRY(t2_connect(uri.tcti, &options, why, &t));
	struct attesting a = {
		.t = t,
		.uri = &uri,
		.ops = ops,
		.ak = ESYS_TR_NONE,
		.nonce = { .size = HASH_SIZE },
	};
	memcpy(a.nonce.buffer, nonce, HASH_SIZE);
	return t2_tell(t, why, attest_tpm(&a, pin));
}
