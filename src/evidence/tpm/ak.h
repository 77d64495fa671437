/*
 * ak.h - a TPM 2.0 attestation key by itself, as enrolment sees it.
 *
 * Pure: no descriptor, no clock, no log.
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

/* TPM2B_PUBLIC of an attestation key: checks it as a quote's key is checked
 * and gives its TPM name and identity.  E_MALFORMED: does not parse;
 * E_DENIED: not an attestation key (restricted, sign, fixedTPM, ...). */
MUST_CHECK err_t ak_identify(struct bytes tpm2b_public, struct buf *why,
                             struct ak_identity *ret_identity);

#endif
