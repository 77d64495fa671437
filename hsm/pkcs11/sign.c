/*
 * sign.c - signs by the key's algorithm, and draws random numbers.
 *
 * Session and key handle were found at the opening, so a signature is two
 * calls.
 */
#include <string.h>

#include "hsm/pkcs11/alg.h"

/* The largest prefix of a digest, with the NUL of its literal. */
union digest_info_room {
#define ALG_DIGEST(name, libcrypto, bytes, hash, mask, tpm, info) \
	uint8_t name[sizeof(info)];
#include "crypto/alg.def"
};
#define FRAMED_MAX (sizeof(union digest_info_room) + DIGEST_MAX)

/* Prepends the algorithm's identifier to a digest (DigestInfo, RFC 8017 9.2);
 * the token adds the padding. */
static struct bytes
frame_digest(enum alg alg, struct bytes digest,
             uint8_t space[static FRAMED_MAX])
{
	struct bytes info = p11_digest(alg)->info;

	memcpy(space, info.data, info.len);
	memcpy(space + info.len, digest.data, digest.len);
	return bytes_of(space, info.len + digest.len);
}

err_t
p11_sign(void *own, enum alg alg, struct bytes in,
         struct hsm_signature *ret_signature)
{
	struct p11 *p11 = own;
	/* RFC 7518 section 3.5: the salt is as long as the digest. */
	CK_RSA_PKCS_PSS_PARAMS pss = { p11_digest(alg)->hash,
		                       p11_digest(alg)->mask,
		                       alg_digest_size(alg) };
	CK_MECHANISM by = { p11_alg(alg)->sign, NULL, 0 };
	uint8_t framed[FRAMED_MAX];
	struct hsm_signature out = { .len = 0 };
	CK_ULONG len = sizeof(out.bytes);

	if (alg_form(alg) == ALG_FORM_PSS) {
		by.pParameter = &pss;
		by.ulParameterLen = sizeof(pss);
	} else if (alg_form(alg) == ALG_FORM_PKCS1 &&
	           in.len == alg_digest_size(alg)) {
		in = frame_digest(alg, in, framed);
	}
	TRY(P11_CALL(p11, C_SignInit, p11->session, &by, p11->sign_key));
	TRY(P11_CALL(p11, C_Sign, p11->session, p11_unconst(in), in.len,
	             out.bytes, &len));
	/* An RSA signature's length is the key's; hsm/core/sign.c checks it. */
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
