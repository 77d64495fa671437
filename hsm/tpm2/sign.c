/*
 * sign.c - signs a digest, computes the handle key's HMAC, and draws random
 * numbers, all in the salted session.
 *
 * Keys are loaded once, at the opening, so each operation is one command.
 */
#include <string.h>

#include "hsm/tpm2/alg.h"

/* A coordinate, which a TPM may return without leading zeros. */
static bool
put_signature_half(uint8_t *out, size_t size, const TPM2B_ECC_PARAMETER *n)
{
	if (n->size > size)
		return false;
	memset(out, 0, size - n->size);
	memcpy(out + size - n->size, n->buffer, n->size);
	return true;
}

static bool
put_ecdsa(enum alg alg, const TPMS_SIGNATURE_ECC *in, struct hsm_signature *out)
{
	size_t half = alg_signature_size(alg) / 2;

	out->len = 2 * half;
	return put_signature_half(out->bytes, half, &in->signatureR) &&
	       put_signature_half(out->bytes + half, half, &in->signatureS);
}

static bool
put_rsa(const TPM2B_PUBLIC_KEY_RSA *in, struct hsm_signature *out)
{
	if (in->size > sizeof(out->bytes))
		return false;
	out->len = in->size;
	memcpy(out->bytes, in->buffer, in->size);
	return true;
}

static err_t
put_signature(struct tpm2 *t, enum alg alg, const TPMT_SIGNATURE *in,
              struct hsm_signature *ret_signature)
{
	struct hsm_signature out = { .len = 0 };
	bool good = in->sigAlg == t2_alg(alg)->scheme;

	if (good)
		good = in->sigAlg == TPM2_ALG_ECDSA
		               ? put_ecdsa(alg, &in->signature.ecdsa, &out)
		               : put_rsa(&in->signature.rsassa.sig, &out);
	if (!good)
		return t2_fail(t, E_DEVICE, "Sign: no signature for %s",
		               alg_jose_name(alg));
	*ret_signature = out;
	return OK;
}

err_t
t2_sign(void *own, enum alg alg, struct bytes in,
        struct hsm_signature *ret_signature)
{
	struct tpm2 *t = own;
	const struct t2_alg *row = t2_alg(alg);
	/* The key is not restricted, so no hash ticket is needed for the
	 * digest. */
	const TPMT_TK_HASHCHECK ticket = {
		.tag = TPM2_ST_HASHCHECK,
		.hierarchy = TPM2_RH_NULL,
	};
	TPM2B_DIGEST digest = { .size = (uint16_t)in.len };
	AUTO(t2_free) void *owned = NULL;
	TPMT_SIGNATURE *signature = NULL;

	if (!row || in.len > sizeof(digest.buffer))
		return t2_fail(t, E_LATCHED, "a TPM cannot sign by %s",
		               alg_jose_name(alg));
	const TPMT_SIG_SCHEME scheme = {
		.scheme = row->scheme,
		.details.any.hashAlg = row->hash,
	};
	memcpy(digest.buffer, in.data, in.len);
	TRY(T2_CALL(t, Sign,
	            (t->keys[t->key].object, t->session, ESYS_TR_NONE,
	             ESYS_TR_NONE, &digest, &scheme, &ticket),
	            &signature));
	owned = signature;
	return put_signature(t, alg, signature, ret_signature);
}

err_t
t2_mac(void *own, struct bytes msg, uint8_t ret_mac[static HASH_SIZE])
{
	struct tpm2 *t = own;
	TPM2B_MAX_BUFFER in = { .size = (uint16_t)msg.len };
	AUTO(t2_free) void *owned = NULL;
	TPM2B_DIGEST *mac = NULL;

	if (msg.len > T2_MAC_MAX)
		return t2_fail(t, E_DENIED, "HMAC: more than %d bytes",
		               T2_MAC_MAX);
	memcpy(in.buffer, msg.data, msg.len);
	TRY(T2_CALL(t, HMAC,
	            (t->mac.object, t->session, ESYS_TR_NONE, ESYS_TR_NONE, &in,
	             TPM2_ALG_NULL),
	            &mac));
	owned = mac;
	if (mac->size != HASH_SIZE)
		return t2_fail(t, E_DEVICE, "HMAC: %u bytes", mac->size);
	memcpy(ret_mac, mac->buffer, HASH_SIZE);
	return OK;
}

/* A TPM returns at most one digest's size at once, and may return less. */
err_t
t2_random(void *own, uint8_t *out, size_t n)
{
	struct tpm2 *t = own;

	while (n > 0) {
		size_t ask = n < HASH_SIZE ? n : HASH_SIZE;
		AUTO(t2_free) void *owned = NULL;
		TPM2B_DIGEST *got = NULL;

		TRY(T2_CALL(
		        t, GetRandom,
		        (t->session, ESYS_TR_NONE, ESYS_TR_NONE, (uint16_t)ask),
		        &got));
		owned = got;
		if (got->size == 0 || got->size > ask)
			return t2_fail(t, E_DEVICE, "GetRandom: %u bytes",
			               got->size);
		memcpy(out, got->buffer, got->size);
		out += got->size;
		n -= got->size;
	}
	return OK;
}
