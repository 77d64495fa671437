/*
 * sign.c - signs by the key's algorithm, and draws random numbers.
 *
 * Session and key handle were found at the opening, so a signature is two
 * calls.
 */
#include <string.h>

#include "hsm/pkcs11/alg.h"

/* RFC 8017 section 9.2, note 1: DigestInfo up to the SHA-256 digest. */
static const uint8_t digest_info[] = {
	0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
};

err_t
p11_sign(void *own, enum alg alg, struct bytes in,
         struct hsm_signature *ret_signature)
{
	struct p11 *p11 = own;
	/* RFC 7518 section 3.5: the salt is as long as the digest. */
	CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, HASH_SIZE };
	CK_MECHANISM by = { p11_alg(alg)->sign, NULL, 0 };
	uint8_t framed[sizeof(digest_info) + HASH_SIZE];
	struct hsm_signature out = { .len = 0 };
	CK_ULONG len = sizeof(out.bytes);

	if (alg == ALG_PS256) {
		by.pParameter = &pss;
		by.ulParameterLen = sizeof(pss);
	} else if (alg == ALG_RS256 && in.len == HASH_SIZE) {
		memcpy(framed, digest_info, sizeof(digest_info));
		memcpy(framed + sizeof(digest_info), in.data, in.len);
		in = bytes_of(framed, sizeof(framed));
	}
	TRY(P11_CALL(p11, C_SignInit, p11->session, &by, p11->sign_key));
	TRY(P11_CALL(p11, C_Sign, p11->session, p11_unconst(in), in.len,
	             out.bytes, &len));
	/* An RSA signature has the modulus's length; hsm.c checks it. */
	if (len > sizeof(out.bytes) ||
	    (alg_signature_size(alg) && len != alg_signature_size(alg)))
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
