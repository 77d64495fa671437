/*
 * alg.c - the PKCS#11 identifiers of signature algorithms, and the choice of a
 * key's algorithm.
 *
 * The key decides.  A curve fixes the algorithm; an RSA key signs by PSS unless
 * its own list (CKA_ALLOWED_MECHANISMS) or the token supports PKCS#1 v1.5 only.
 */
#include <string.h>

#include "hsm/pkcs11/alg.h"

#define ALLOWED_MAX 64 /* mechanisms of one key */

static const struct p11_alg rows[ALG_COUNT] = {
	[ALG_ES256] = { CKK_EC, CKM_ECDSA, CKM_EC_KEY_PAIR_GEN },
	[ALG_ES384] = { CKK_EC, CKM_ECDSA, CKM_EC_KEY_PAIR_GEN },
	[ALG_ED25519] = { CKK_EC_EDWARDS, CKM_EDDSA,
	                  CKM_EC_EDWARDS_KEY_PAIR_GEN },
	[ALG_PS256] = { CKK_RSA, CKM_RSA_PKCS_PSS, CKM_RSA_PKCS_KEY_PAIR_GEN },
	[ALG_RS256] = { CKK_RSA, CKM_RSA_PKCS, CKM_RSA_PKCS_KEY_PAIR_GEN },
};

const struct p11_alg *
p11_alg(enum alg alg)
{
	return &rows[alg];
}

err_t
p11_key_type(struct p11 *p11, CK_OBJECT_HANDLE key, CK_KEY_TYPE *ret_type)
{
	CK_KEY_TYPE type = CK_UNAVAILABLE_INFORMATION;
	struct p11_value read = { &type, sizeof(type), 0 };
	err_t err = p11_read(p11, key, CKA_KEY_TYPE, &read);

	if (err == OK && read.len == sizeof(type)) {
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			if (rows[i].type == type) {
				*ret_type = type;
				return OK;
			}
	}
	if (err != OK && err != E_NOT_FOUND)
		return err;
	return p11_fail(p11, E_LATCHED,
	                "neither an EC, an Edwards nor an RSA key (type 0x%lx)",
	                type);
}

err_t
p11_can_sign(struct p11 *p11, CK_MECHANISM_TYPE type, bool *ret_can)
{
	CK_MECHANISM_INFO info = { .flags = 0 };
	err_t err = P11_CALL(p11, C_GetMechanismInfo, p11->slot, type, &info);

	if (err == E_DEVICE)
		return err;
	*ret_can = err == OK && (info.flags & CKF_SIGN);
	return OK;
}

err_t
p11_check_mechanism(struct p11 *p11, CK_MECHANISM_TYPE type, const char *name)
{
	bool can = false;

	TRY(p11_can_sign(p11, type, &can));
	return can ? OK
	           : p11_fail(p11, E_LATCHED, "the token cannot sign by %s",
	                      name);
}

/* True if the key's list has the mechanism; a key without a list has all. */
static err_t
is_allowed(struct p11 *p11, CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE type,
           bool *ret_allowed)
{
	CK_MECHANISM_TYPE list[ALLOWED_MAX] = { 0 };
	struct p11_value read = { list, sizeof(list), 0 };
	err_t err = p11_read(p11, key, CKA_ALLOWED_MECHANISMS, &read);

	*ret_allowed = err == E_NOT_FOUND || read.len == 0;
	for (size_t i = 0; err == OK && i < read.len / sizeof(list[0]); i++)
		*ret_allowed = *ret_allowed || list[i] == type;
	return err == E_NOT_FOUND ? OK : err;
}

err_t
p11_choose_alg(struct p11 *p11, CK_OBJECT_HANDLE key, enum alg *in_out_alg)
{
	bool allowed = true;
	bool can = false;

	if (*in_out_alg == ALG_PS256) {
		TRY(is_allowed(p11, key, CKM_RSA_PKCS_PSS, &allowed));
		TRY(p11_can_sign(p11, CKM_RSA_PKCS_PSS, &can));
		if (allowed && can)
			return OK;
		*in_out_alg = ALG_RS256;
	}
	const struct p11_alg *row = p11_alg(*in_out_alg);
	TRY(is_allowed(p11, key, row->sign, &allowed));
	if (!allowed)
		return p11_fail(p11, E_LATCHED, "the key must not sign %s",
		                alg_jose_name(*in_out_alg));
	return p11_check_mechanism(p11, row->sign, alg_jose_name(*in_out_alg));
}
