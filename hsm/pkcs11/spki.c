/*
 * spki.c - converts a public key object to DER SubjectPublicKeyInfo.
 *
 * CKA_EC_PARAMS names the curve, and an unsupported one is refused.  PKCS#11
 * wraps points in an OCTET STRING, but some tokens return them without; the
 * length shows which.
 */
#include <string.h>

#include "hsm/pkcs11/alg.h"

/* An OCTET STRING and 0x04 before x || y, of any curve; or parameters. */
union point_room {
#define ALG_KEY(name, kty, crv, cose_kty, cose_crv, bits, ...) \
	uint8_t name[3 + 1 + 2 * (((bits) + 7) / 8)];
#include "crypto/alg.def"
};
#define RSA_MAX (4096 / 8 + 1) /* bytes, and a zero before them */

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

/* The point without its OCTET STRING, or an empty view. */
static struct bytes
bare_point(size_t len, struct bytes point)
{
	const uint8_t head[] = { 0x04, 0x81, (uint8_t)len };
	const uint8_t short_head[] = { 0x04, (uint8_t)len };
	struct bytes tag = len < 0x80 ? bytes_of(short_head, sizeof(short_head))
	                              : bytes_of(head, sizeof(head));

	if (point.len == tag.len + len &&
	    memcmp(point.data, tag.data, tag.len) == 0)
		point = bytes_of(point.data + tag.len, len);
	return point.len == len ? point : bytes_of(NULL, 0);
}

static err_t
no_curve(struct p11 *p11)
{
	AUTO(buf_release) struct buf names = buf_of(HSM_WHY_MAX);

	for (enum alg_key key = 0; key < ALG_KEYS; key++)
		if (p11_key(key)->bits)
			buf_printf(&names, " %s", alg_key_curve(key));
	return p11_fail(p11, E_LATCHED, "the key's curve is not one of%s",
	                buf_str(&names));
}

static err_t
read_curve(struct p11 *p11, CK_OBJECT_HANDLE object, CK_KEY_TYPE type,
           struct hsm_found *ret_found)
{
	union point_room space[2];
	struct bytes params = bytes_of(space, sizeof(space[0]));
	struct bytes point = bytes_of(space + 1, sizeof(space[1]));
	struct bytes y = bytes_of(NULL, 0);

	TRY(read_part(p11, object, CKA_EC_PARAMS, &params));
	enum alg_key key = p11_curve(type, params);
	if (key == ALG_KEYS)
		return no_curve(p11);
	size_t half = (p11_key(key)->bits + 7) / 8;
	bool both = type == CKK_EC;
	TRY(read_part(p11, object, CKA_EC_POINT, &point));
	point = bare_point(both ? 1 + 2 * half : half, point);
	if (both && point.len > 0 && point.data[0] == 0x04) {
		y = bytes_of(point.data + 1 + half, half);
		point = bytes_of(point.data + 1, half);
	}
	if (hsm_found_put(alg_usual(key), point, y, ret_found) != OK)
		return p11_fail(p11, E_LATCHED, "the key's point is malformed");
	return OK;
}

/* Returns the usual algorithm; p11_choose_alg() may choose another one. */
static err_t
read_rsa(struct p11 *p11, CK_OBJECT_HANDLE object, struct hsm_found *ret_found)
{
	uint8_t space[2][RSA_MAX];
	struct bytes n = bytes_of(space[0], sizeof(space[0]));
	struct bytes e = bytes_of(space[1], sizeof(space[1]));

	TRY(read_part(p11, object, CKA_MODULUS, &n));
	TRY(read_part(p11, object, CKA_PUBLIC_EXPONENT, &e));
	if (hsm_found_put(alg_usual(ALG_KEY_RSA), n, e, ret_found) != OK)
		return p11_fail(p11, E_LATCHED,
		                "an RSA key needs 2048 to 4096 bits and an "
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
