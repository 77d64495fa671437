/*
 * file.h - recognises the kind of a file by its content.
 *
 * File names do not help, because tools and projects name the same file in many
 * ways.  Every kind here has first bytes, or a strict structure, that no other
 * kind has.
 */
#ifndef EVIDENCE_TPM_FILE_H
#define EVIDENCE_TPM_FILE_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum tpm_file_kind {
	TPM_FILE_UNKNOWN,
	TPM_FILE_JSON,         /* an evidence object, or PCR values */
	TPM_FILE_PCRS,         /* PCR values, as tpm2_quote writes them */
	TPM_FILE_ATTEST,       /* TPMS_ATTEST */
	TPM_FILE_ATTEST_SIZED, /* TPM2B_ATTEST */
	TPM_FILE_SIGNATURE,    /* TPMT_SIGNATURE */
	TPM_FILE_PUBLIC,       /* TPMT_PUBLIC */
	TPM_FILE_PUBLIC_SIZED, /* TPM2B_PUBLIC */
	TPM_FILE_PEM,          /* keys and certificates */
	TPM_FILE_DER_KEY,      /* SubjectPublicKeyInfo, or PKCS#1 */
	TPM_FILE_DER_CERT,     /* X.509 certificate */
	TPM_FILE_EVENT_LOG,    /* TCG PC client event log */
	TPM_FILE_IMA,          /* IMA's list, as text or binary */
};

enum tpm_file_kind tpm_file_kind(struct bytes file);

/* The certificate in a TPM_FILE_DER_CERT, without the header and padding of an
 * NV index; empty: none. */
struct bytes tpm_file_certificate(struct bytes file);

/* The SubjectPublicKeyInfo of a TPM_FILE_DER_KEY.  E_MALFORMED: not one. */
MUST_CHECK err_t tpm_file_key(struct bytes file, struct buf *spki);

/* What an unknown file seems to be, and how to convert it; NULL: nothing
 * known.  For messages only; no decision uses it. */
const char *tpm_file_hint(struct bytes file);

#endif
