/*
 * alg.h - the PKCS#11 identifiers of signature algorithms; see alg.c.
 */
#ifndef HSM_PKCS11_ALG_H
#define HSM_PKCS11_ALG_H

#include "crypto/alg.h"
#include "hsm/pkcs11/int.h"

/* The one table of types and mechanisms. */
struct p11_alg {
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE sign, keygen;
};
const struct p11_alg *p11_alg(enum alg alg);
/* Reads the key's type.  E_LATCHED: the table does not have it. */
MUST_CHECK err_t p11_key_type(struct p11 *p11, CK_OBJECT_HANDLE key,
                              CK_KEY_TYPE *ret_type);
MUST_CHECK err_t p11_can_sign(struct p11 *p11, CK_MECHANISM_TYPE type,
                              bool *ret_can);
MUST_CHECK err_t p11_check_mechanism(struct p11 *p11, CK_MECHANISM_TYPE type,
                                     const char *name);
/* Chooses the algorithm of a private key.  For RSA that is PS256, or RS256 if
 * key or token support nothing else.  E_LATCHED: they support neither. */
MUST_CHECK err_t p11_choose_alg(struct p11 *p11, CK_OBJECT_HANDLE key,
                                enum alg *in_out_alg);

#endif
