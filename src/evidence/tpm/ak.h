/*
 * ak.h - checks a TPM 2.0 attestation key without evidence, for enrolment.
 *
 * Reads no file, clock or log.
 */
#ifndef EVIDENCE_TPM_AK_H
#define EVIDENCE_TPM_AK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define TPM_NAME_MAX 66 /* bytes: nameAlg and a SHA-512 digest */

struct ak_identity {
	size_t name_len;
	uint8_t name[TPM_NAME_MAX];
	uint8_t identity[HASH_SIZE]; /* SHA-256 of the name */
};

/* Checks a TPM2B_PUBLIC like the key of a quote and returns its TPM name and
 * identity.  E_MALFORMED: does not parse.  E_DENIED: not an attestation key
 * (restricted, sign, fixedTPM, ...). */
MUST_CHECK err_t ak_identify(struct bytes tpm2b_public, struct buf *why,
                             struct ak_identity *ret_identity);

#endif
