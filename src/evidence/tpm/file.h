/*
 * file.h - which of the known kinds a file is, by its content.
 *
 * Names of files say nothing: tools and projects call the same thing by a
 * dozen names.  Every kind here has a first few bytes, or a strict shape, that
 * no other kind has.
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

/* The certificate of a TPM_FILE_DER_CERT, without the header and the padding
 * that an NV index has around it; empty: none. */
struct bytes tpm_file_certificate(struct bytes file);

/* The SubjectPublicKeyInfo of a TPM_FILE_DER_KEY.  E_MALFORMED: it is none. */
MUST_CHECK err_t tpm_file_key(struct bytes file, struct buf *spki);

/* What a file seems to be that is none of these, and how to convert it; NULL:
 * nothing known.  For people: nothing is decided by it. */
const char *tpm_file_hint(struct bytes file);

#endif
