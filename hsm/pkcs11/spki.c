/*
 * spki.c - converts a public key object to DER SubjectPublicKeyInfo.
 *
 * CKA_EC_PARAMS names the curve, and an unsupported one is refused.  PKCS#11
 * wraps points in an OCTET STRING, but some tokens return them without; the
 * length shows which.
 */
#include <string.h>

#include "hsm/pkcs11/alg.h"

#define POINT_MAX (2 + 1 + 2 * 48) /* OCTET STRING, 0x04 || x || y of P-384 */
#define RSA_MAX (4096 / 8 + 1)     /* bytes, and a zero before them */

static const struct curve {
	CK_KEY_TYPE type;
	enum alg alg;
	size_t params_len, point_len;
	uint8_t params[14]; /* CKA_EC_PARAMS */
} curves[] = {
	{ CKK_EC, ALG_ES256, 10, 65,
	  "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07" },
	{ CKK_EC, ALG_ES384, 7, 97, "\x06\x05\x2b\x81\x04\x00\x22" },
	{ CKK_EC_EDWARDS, ALG_ED25519, 5, 32, "\x06\x03\x2b\x65\x70" },
	{ CKK_EC_EDWARDS, ALG_ED25519, 14, 32,
	  "\x13\x0c"
	  "edwards25519" },
};

/* Reads one attribute into buffer and returns a view; E_LATCHED: it is
 * missing. */
static err_t
read_part(struct p11 *p11, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
          struct bytes *in_out)
{
	uint8_t *room = p11_unconst(*in_out);
	struct p11_value read = { room, in_out->len, 0 };
	err_t err = p11_read(p11, object, type, &read);

	if (err == E_NOT_FOUND)
		return p11_fail(p11, E_LATCHED,
		                "the public key lacks attribute 0x%lx", type);
	*in_out = bytes_of(room, read.len);
	return err;
}

static const struct curve *
find_curve(CK_KEY_TYPE type, struct bytes params)
{
	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (curves[i].type == type &&
		    bytes_equal(params, bytes_of(curves[i].params,
		                                 curves[i].params_len)))
			return &curves[i];
	return NULL;
}

/* Removes the point's OCTET STRING; an empty view if it is malformed. */
static struct bytes
bare_point(const struct curve *curve, struct bytes point)
{
	size_t len = curve->point_len;

	if (point.len == len + 2 && point.data[0] == 0x04 &&
	    point.data[1] == len)
		point = bytes_of(point.data + 2, len);
	return point.len == len ? point : bytes_of(NULL, 0);
}

static err_t
read_curve(struct p11 *p11, CK_OBJECT_HANDLE object, CK_KEY_TYPE type,
           struct hsm_found *ret_found)
{
	uint8_t space[2][POINT_MAX];
	struct bytes params = bytes_of(space[0], sizeof(space[0]));
	struct bytes point = bytes_of(space[1], sizeof(space[1]));
	struct bytes y = bytes_of(NULL, 0);

	TRY(read_part(p11, object, CKA_EC_PARAMS, &params));
	const struct curve *curve = find_curve(type, params);
	if (!curve)
		return p11_fail(p11, E_LATCHED,
		                "the key's curve is none of P-256, P-384 and "
		                "Ed25519");
	TRY(read_part(p11, object, CKA_EC_POINT, &point));
	point = bare_point(curve, point);
	if (type == CKK_EC && point.len > 0 && point.data[0] == 0x04) {
		size_t half = curve->point_len / 2;

		y = bytes_of(point.data + 1 + half, half);
		point = bytes_of(point.data + 1, half);
	}
	if (hsm_found_put(curve->alg, point, y, ret_found) != OK)
		return p11_fail(p11, E_LATCHED, "the key's point is malformed");
	return OK;
}

/* PS256, until p11_choose_alg() decides. */
static err_t
read_rsa(struct p11 *p11, CK_OBJECT_HANDLE object, struct hsm_found *ret_found)
{
	uint8_t space[2][RSA_MAX];
	struct bytes n = bytes_of(space[0], sizeof(space[0]));
	struct bytes e = bytes_of(space[1], sizeof(space[1]));

	TRY(read_part(p11, object, CKA_MODULUS, &n));
	TRY(read_part(p11, object, CKA_PUBLIC_EXPONENT, &e));
	if (hsm_found_put(ALG_PS256, n, e, ret_found) != OK)
		return p11_fail(p11, E_LATCHED,
		                "an RSA key has 2048 to 4096 bits and an "
		                "exponent of 65537 or more");
	return OK;
}

err_t
p11_read_spki(struct p11 *p11, CK_OBJECT_HANDLE object,
              struct hsm_found *ret_found)
{
	CK_KEY_TYPE type = 0;

	TRY(p11_key_type(p11, object, &type));
	return type == CKK_RSA ? read_rsa(p11, object, ret_found)
	                       : read_curve(p11, object, type, ret_found);
}
