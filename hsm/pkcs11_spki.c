/*
 * pkcs11_spki.c - an EC public key object as DER SubjectPublicKeyInfo.
 *
 * Two curves, each with a fixed frame before the point: what is neither is
 * refused.  PKCS#11 wraps the point in an OCTET STRING, some tokens give it
 * bare; the length tells which.
 */
#include <string.h>

#include "pkcs11_int.h"

#define POINT_MAX (2 + 1 + 2 * 48) /* OCTET STRING, 0x04 || x || y of P-384 */

struct curve {
	size_t params_len, frame_len, point_len;
	uint8_t params[10]; /* CKA_EC_PARAMS: the curve's OID */
	uint8_t frame[26];  /* SubjectPublicKeyInfo up to the point */
};

static const struct curve curves[] = {
	/* P-256 */
	{ 10,
	  26,
	  65,
	  { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 },
	  { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
	    0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
	    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 } },
	/* P-384 */
	{ 7,
	  23,
	  97,
	  { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22 },
	  { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
	    0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
	    0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00 } },
};

static const struct curve *
find_curve(struct bytes params)
{
	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (bytes_equal(params, bytes_of(curves[i].params,
		                                 curves[i].params_len)))
			return &curves[i];
	return NULL;
}

/* The bare uncompressed point, or an empty view. */
static struct bytes
bare_point(const struct curve *curve, struct bytes point)
{
	size_t len = curve->point_len;

	if (point.len == len + 2 && point.data[0] == 0x04 &&
	    point.data[1] == len)
		point = bytes_of(point.data + 2, len);
	if (point.len != len || point.data[0] != 0x04)
		return bytes_of(NULL, 0);
	return point;
}

err_t
p11_read_spki(struct p11 *p11, CK_OBJECT_HANDLE object,
              struct hsm_found *ret_found)
{
	uint8_t params[16];
	uint8_t buffer[POINT_MAX];
	struct p11_value read = { params, sizeof(params), 0 };
	const struct curve *curve = NULL;
	struct bytes point = bytes_of(NULL, 0);

	err_t err = p11_read(p11, object, CKA_EC_PARAMS, &read);
	if (err == OK)
		curve = find_curve(bytes_of(params, read.len));
	if (err == E_NOT_FOUND || (err == OK && !curve))
		return p11_fail(p11, E_LATCHED,
		                "the key's curve is neither P-256 nor P-384");
	TRY(err);

	read = (struct p11_value){ buffer, sizeof(buffer), 0 };
	err = p11_read(p11, object, CKA_EC_POINT, &read);
	if (err == OK)
		point = bare_point(curve, bytes_of(buffer, read.len));
	if (err == E_NOT_FOUND || (err == OK && point.len == 0))
		return p11_fail(p11, E_LATCHED, "the key's point is malformed");
	TRY(err);

	memcpy(ret_found->spki, curve->frame, curve->frame_len);
	memcpy(ret_found->spki + curve->frame_len, point.data, point.len);
	ret_found->spki_len = curve->frame_len + point.len;
	return OK;
}
