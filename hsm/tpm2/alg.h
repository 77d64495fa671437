/*
 * alg.h - the TPM identifiers of signature algorithms; see spki.c.
 */
#ifndef HSM_TPM2_ALG_H
#define HSM_TPM2_ALG_H

#include "hsm/tpm2/int.h"

/* NULL: a TPM does not have this algorithm. */
struct t2_alg {
	TPMI_ALG_PUBLIC type;
	TPMI_ALG_SIG_SCHEME scheme;
	TPMI_ALG_HASH hash;
	TPMI_ECC_CURVE curve; /* if type is TPM2_ALG_ECC */
};
const struct t2_alg *t2_alg(enum alg alg);
/* E_DENIED: not a key of one of these algorithms. */
MUST_CHECK err_t t2_spki(const TPMT_PUBLIC *public,
                         struct hsm_found *ret_found);

#endif
