/*
 * alg.h - signature algorithms in a TPM's words; see spki.c.
 */
#ifndef HSM_TPM2_ALG_H
#define HSM_TPM2_ALG_H

#include "hsm/tpm2/int.h"

/* NULL: a TPM has no such. */
struct t2_alg {
	TPMI_ALG_PUBLIC type;
	TPMI_ALG_SIG_SCHEME scheme;
	TPMI_ALG_HASH hash;
	TPMI_ECC_CURVE curve; /* of TPM2_ALG_ECC */
};
const struct t2_alg *t2_alg(enum alg alg);
/* E_DENIED: not a key of one of these. */
MUST_CHECK err_t t2_spki(const TPMT_PUBLIC *public,
                         struct hsm_found *ret_found);

#endif
