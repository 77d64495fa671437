/*
 * spki.c - converts a signing key's public area to DER SubjectPublicKeyInfo,
 * with the algorithm that it fixes.
 *
 * The key must fix curve, scheme and digest: one that could also sign by
 * another scheme is refused.
 */
#include "hsm/tpm2/alg.h"

#define RSA_EXPONENT 65537u /* exponent 0 (Part 2, TPMS_RSA_PARMS) */

enum {
#define ALG_KEY(name, kty, crv, cose_kty, cose_crv, bits, y, type, made, \
                params, also, t2_type, t2_curve, spki)                   \
	TYPE_##name = (t2_type), CURVE_##name = (t2_curve),
#define ALG_DIGEST(name, libcrypto, bytes, hash, mask, t2_hash, info) \
	HASH_##name = (t2_hash),
#include "crypto/alg.def"
};

static const struct t2_alg rows[ALG_COUNT] = {
#define ALG(name, jose, cose, rfc9864, key, digest, form, size, sign, both, \
            t2_scheme)                                                      \
	{ TYPE_##key, t2_scheme, HASH_##digest, CURVE_##key },
#include "crypto/alg.def"
};

const struct t2_alg *
t2_alg(enum alg alg)
{
	return rows[alg].scheme ? &rows[alg] : NULL;
}

static bool
is_of(const struct t2_alg *row, const TPMT_PUBLIC *public)
{
	const TPMS_ECC_PARMS *ecc = &public->parameters.eccDetail;
	const TPMS_RSA_PARMS *rsa = &public->parameters.rsaDetail;

	if (row->scheme == 0 || public->type != row->type)
		return false;
	if (row->type == TPM2_ALG_ECC)
		return ecc->curveID == row->curve &&
		       ecc->scheme.scheme == row->scheme &&
		       ecc->scheme.details.ecdsa.hashAlg == row->hash;
	return rsa->scheme.scheme == row->scheme &&
	       rsa->scheme.details.rsassa.hashAlg == row->hash;
}

static err_t
put_rsa(enum alg alg, const TPMT_PUBLIC *public, struct hsm_found *ret_found)
{
	const TPM2B_PUBLIC_KEY_RSA *n = &public->unique.rsa;
	uint32_t said = public->parameters.rsaDetail.exponent;
	uint32_t e = said ? said : RSA_EXPONENT;
	const uint8_t exponent[] = {
		(uint8_t)(e >> 24),
		(uint8_t)(e >> 16),
		(uint8_t)(e >> 8),
		(uint8_t)e,
	};

	return hsm_found_put(alg, bytes_of(n->buffer, n->size),
	                     bytes_of(exponent, sizeof(exponent)), ret_found);
}

err_t
t2_spki(const TPMT_PUBLIC *public, struct hsm_found *ret_found)
{
	const TPMS_ECC_POINT *point = &public->unique.ecc;

	for (enum alg alg = 0; alg < ALG_COUNT; alg++) {
		if (!is_of(&rows[alg], public))
			continue;
		if (public->type == TPM2_ALG_RSA)
			return put_rsa(alg, public, ret_found);
		return hsm_found_put(
		        alg, bytes_of(point->x.buffer, point->x.size),
		        bytes_of(point->y.buffer, point->y.size), ret_found);
	}
	return E_DENIED;
}
