/*
 * alg.h - the PKCS#11 identifiers of signature algorithms; see alg.c.
 */
#ifndef HSM_PKCS11_ALG_H
#define HSM_PKCS11_ALG_H

#include "crypto/alg.h"
#include "hsm/pkcs11/int.h"

/* The columns of alg.def that are PKCS#11's. */
struct p11_alg {
	CK_MECHANISM_TYPE sign, hash_and_sign;
};
const struct p11_alg *p11_alg(enum alg alg);

/* What an algorithm signs, for the paddings of RSA. */
struct p11_digest {
	CK_MECHANISM_TYPE hash;
	CK_RSA_PKCS_MGF_TYPE mask;
	struct bytes info; /* before the digest by PKCS #1 v1.5 */
};
const struct p11_digest *p11_digest(enum alg alg);

struct p11_key {
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE keygen;
	unsigned bits;       /* of the curve; 0: RSA */
	struct bytes params; /* CKA_EC_PARAMS; empty: RSA */
};
const struct p11_key *p11_key(enum alg_key key);
/* The curve that these parameters name; ALG_KEYS: none of ours. */
enum alg_key p11_curve(CK_KEY_TYPE type, struct bytes params);

/* Reads the key's type.  E_LATCHED: the table does not have it. */
MUST_CHECK err_t p11_key_type(struct p11 *p11, CK_OBJECT_HANDLE key,
                              CK_KEY_TYPE *ret_type);
/* Queries whether the token can sign by a mechanism. p11_check_mechanism()
 * returns E_LATCHED if it cannot; name is for the message. */
MUST_CHECK err_t p11_can_sign(struct p11 *p11, CK_MECHANISM_TYPE type,
                              bool *ret_can);
MUST_CHECK err_t p11_check_mechanism(struct p11 *p11, CK_MECHANISM_TYPE type,
                                     const char *name);
/* Chooses the algorithm of a private key.  For RSA that is PS256, or RS256 if
 * key or token support nothing else.  E_LATCHED: they support neither. */
MUST_CHECK err_t p11_choose_alg(struct p11 *p11, CK_OBJECT_HANDLE key,
                                enum alg *in_out_alg);

#endif
