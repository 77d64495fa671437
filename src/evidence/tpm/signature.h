/*
 * signature.h - parses TPMT_SIGNATURE: scheme, hash and the signature's values.
 */
#ifndef EVIDENCE_TPM_SIGNATURE_H
#define EVIDENCE_TPM_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define TPM_RSA_MAX 512  /* bytes of modulus and signature: RSA-4096 */
#define TPM_COORD_MAX 66 /* bytes of a coordinate: P-521 */

/* Views point into the input. */
struct tpm_signature {
	uint16_t scheme, hash;
	struct bytes rsa;  /* RSASSA, RSAPSS */
	struct bytes r, s; /* ECDSA and schemes with the same structure */
};

/* Parses the whole input strictly.  E_MALFORMED: why has the cause. */
MUST_CHECK err_t tpm_signature_parse(struct bytes in, struct buf *why,
                                     struct tpm_signature *ret_signature);

#endif
