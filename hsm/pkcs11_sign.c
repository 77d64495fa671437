/*
 * pkcs11_sign.c - ECDSA over a digest, and the device's random numbers.
 *
 * Session and key handle were found once, at open: a signature is two calls.
 */
#include <string.h>

#include "pkcs11_int.h"

err_t
p11_check_mechanism(struct p11 *p11, CK_MECHANISM_TYPE type, const char *name)
{
	CK_MECHANISM_INFO info = { .flags = 0 };
	err_t err = P11_CALL(p11, C_GetMechanismInfo, p11->slot, type, &info);

	if (err == E_DEVICE)
		return err;
	if (err != OK || !(info.flags & CKF_SIGN))
		return p11_fail(p11, E_LATCHED, "the token cannot sign by %s",
		                name);
	return OK;
}

err_t
p11_sign(void *own, enum alg alg, struct bytes digest,
         struct hsm_signature *ret_signature)
{
	struct p11 *p11 = own;
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	struct hsm_signature out;
	CK_ULONG len = sizeof(out.bytes);

	if (alg != ALG_ES256 && alg != ALG_ES384)
		return p11_fail(p11, E_LATCHED,
		                "%s is not supported by this backend",
		                alg_jose_name(alg));
	TRY(P11_CALL(p11, C_SignInit, p11->session, &ecdsa, p11->sign_key));
	TRY(P11_CALL(p11, C_Sign, p11->session, p11_unconst(digest), digest.len,
	             out.bytes, &len));
	if (len != alg_signature_size(alg))
		return p11_fail(p11, E_DEVICE, "C_Sign: %lu bytes for %s", len,
		                alg_jose_name(alg));
	out.len = len;
	*ret_signature = out;
	return OK;
}

err_t
p11_random(void *own, uint8_t *out, size_t n)
{
	struct p11 *p11 = own;

	return P11_CALL(p11, C_GenerateRandom, p11->session, out, n);
}
