/*
 * ak.h - checks a TPM 2.0 attestation key without evidence, for enrolment.
 *
 * Pure: uses no file and no clock, and logs nothing.
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

/* Checks a TPM2B_PUBLIC by the same rules as the key of a quote and returns its
 * TPM name and identity.  E_MALFORMED: it does not parse.  E_DENIED: it is not
 * an attestation key (tpm_public_check_ak()), or its numbers are not a valid
 * public key.  why has the cause. */
MUST_CHECK err_t ak_identify(struct bytes tpm2b_public, struct buf *why,
                             struct ak_identity *ret_identity);

#endif
