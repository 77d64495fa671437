/*
 * tpm2_spki.c - a TPM's public area of a signing key as DER
 * SubjectPublicKeyInfo.
 *
 * The key fixes curve, scheme and digest together: a key that could also sign
 * by another scheme is refused.
 */
#include <string.h>

#include "tpm2_int.h"

struct curve {
	TPM2_ECC_CURVE id;
	TPMI_ALG_HASH hash;
	size_t size, frame_len;
	uint8_t frame[27]; /* SubjectPublicKeyInfo up to x */
};

static const struct curve curves[] = {
	{ TPM2_ECC_NIST_P256,
	  TPM2_ALG_SHA256,
	  32,
	  27,
	  { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
	    0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
	    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 } },
	{ TPM2_ECC_NIST_P384,
	  TPM2_ALG_SHA384,
	  48,
	  24,
	  { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
	    0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
	    0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04 } },
};

static void
put_number(uint8_t *out, size_t size, const TPM2B_ECC_PARAMETER *n)
{
	memset(out, 0, size - n->size);
	memcpy(out + size - n->size, n->buffer, n->size);
}

err_t
t2_spki(const TPMT_PUBLIC *public, struct hsm_found *ret_found)
{
	const TPMS_ECC_PARMS *parms = &public->parameters.eccDetail;
	const TPMS_ECC_POINT *point = &public->unique.ecc;

	if (public->type != TPM2_ALG_ECC ||
	    parms->scheme.scheme != TPM2_ALG_ECDSA)
		return E_DENIED;
	for (size_t i = 0; i < ARRAY_LEN(curves); i++) {
		const struct curve *c = &curves[i];

		if (parms->curveID != c->id ||
		    parms->scheme.details.ecdsa.hashAlg != c->hash ||
		    point->x.size > c->size || point->y.size > c->size)
			continue;
		memcpy(ret_found->spki, c->frame, c->frame_len);
		put_number(ret_found->spki + c->frame_len, c->size, &point->x);
		put_number(ret_found->spki + c->frame_len + c->size, c->size,
		           &point->y);
		ret_found->spki_len = c->frame_len + 2 * c->size;
		return OK;
	}
	return E_DENIED;
}
