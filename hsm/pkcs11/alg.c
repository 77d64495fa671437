/*
 * alg.c - the PKCS#11 identifiers of signature algorithms, and the choice of a
 * key's algorithm.
 *
 * A key's algorithm is the first row of alg.def for its kind of key that both
 * the key (CKA_ALLOWED_MECHANISMS) and the token support.  An RSA key therefore
 * signs by PSS, unless one of them supports PKCS #1 v1.5 only.
 */
#include <string.h>

#include "hsm/pkcs11/alg.h"

#define ALLOWED_MAX 64 /* mechanisms of one key */

/* alg.def contains byte strings as string literals. */
#define TEXT_BYTES(text)                                  \
	{                                                 \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}

enum digest {
#define ALG_DIGEST(name, ...) DIGEST_##name,
#include "crypto/alg.def"
	DIGESTS
};

static const struct p11_digest digests[DIGESTS] = {
#define ALG_DIGEST(name, libcrypto, bytes, hash, mask, tpm, info) \
	{ hash, mask, TEXT_BYTES(info) },
#include "crypto/alg.def"
};

static const struct p11_key keys[ALG_KEYS] = {
#define ALG_KEY(name, kty, crv, cose_kty, cose_crv, bits, y, type, made, \
                params, ...)                                             \
	{ type, made, bits, TEXT_BYTES(params) },
#include "crypto/alg.def"
};

/* Another encoding of the curve's CKA_EC_PARAMS; empty: there is none. */
static const struct bytes also[ALG_KEYS] = {
#define ALG_KEY(name, kty, crv, cose_kty, cose_crv, bits, y, type, made, \
                params, also, ...)                                       \
	TEXT_BYTES(also),
#include "crypto/alg.def"
};

static const struct p11_alg algs[ALG_COUNT] = {
#define ALG(name, jose, cose, rfc9864, key, digest, form, size, sign, both, \
            scheme)                                                         \
	{ sign, both },
#include "crypto/alg.def"
};

static const enum digest digest_of[ALG_COUNT] = {
#define ALG(name, jose, cose, rfc9864, key, digest, ...) DIGEST_##digest,
#include "crypto/alg.def"
};

const struct p11_alg *
p11_alg(enum alg alg)
{
	return &algs[alg];
}

const struct p11_digest *
p11_digest(enum alg alg)
{
	return &digests[digest_of[alg]];
}

const struct p11_key *
p11_key(enum alg_key key)
{
	return &keys[key];
}

enum alg_key
p11_curve(CK_KEY_TYPE type, struct bytes params)
{
	enum alg_key key = 0;

	if (params.len == 0) /* would match the rows that are no curves */
		return ALG_KEYS;
	while (key < ALG_KEYS && (keys[key].type != type ||
	                          (!bytes_equal(params, keys[key].params) &&
	                           !bytes_equal(params, also[key]))))
		key++;
	return key;
}

err_t
p11_key_type(struct p11 *p11, CK_OBJECT_HANDLE key, CK_KEY_TYPE *ret_type)
{
	CK_KEY_TYPE type = CK_UNAVAILABLE_INFORMATION;
	struct p11_value read = { &type, sizeof(type), 0 };
	err_t err = p11_read(p11, key, CKA_KEY_TYPE, &read);

	if (err == OK && read.len == sizeof(type)) {
		for (size_t i = 0; i < ARRAY_LEN(keys); i++)
			if (keys[i].type == type) {
				*ret_type = type;
				return OK;
			}
	}
	if (err != OK && err != E_NOT_FOUND)
		return err;
	return p11_fail(p11, E_LATCHED,
	                "not an EC, Edwards or RSA key (type 0x%lx)", type);
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

/* If no row is supported by both, the refusal concerns the last row of this
 * kind of key. */
err_t
p11_choose_alg(struct p11 *p11, CK_OBJECT_HANDLE key, enum alg *in_out_alg)
{
	enum alg_key kind = alg_key(*in_out_alg);
	bool allowed = false;
	bool can = false;

	for (enum alg alg = 0; alg < ALG_COUNT; alg++) {
		if (alg_key(alg) != kind)
			continue;
		*in_out_alg = alg;
		TRY(is_allowed(p11, key, algs[alg].sign, &allowed));
		if (allowed)
			TRY(p11_can_sign(p11, algs[alg].sign, &can));
		if (allowed && can)
			return OK;
	}
	const char *name = alg_jose_name(*in_out_alg);
	if (!allowed)
		return p11_fail(p11, E_LATCHED,
		                "the key's allowed mechanisms lack %s", name);
	return p11_check_mechanism(p11, algs[*in_out_alg].sign, name);
}
