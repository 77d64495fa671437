/*
 * certify.h - evidence/certify.h for a TPM: TPM2_Certify and TPM2_NV_Certify.
 *
 * ak is a TPMT_PUBLIC, its name nameAlg and digest; public is a TPMT_PUBLIC, or the
 * TPMS_NV_PUBLIC of an index; attest is a TPMS_ATTEST and signature a
 * TPMT_SIGNATURE.  Pure: uses no file and no clock.
 */
#ifndef EVIDENCE_TPM_CERTIFY_H
#define EVIDENCE_TPM_CERTIFY_H

#include "crypto/certify.h"

extern const struct certifier tpm_certifier;

#endif
