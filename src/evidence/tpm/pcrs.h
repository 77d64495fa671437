/*
 * pcrs.h - PCR values that come with a quote.  They are claims until the
 * quote's pcrDigest confirms them.
 */
#ifndef EVIDENCE_TPM_PCRS_H
#define EVIDENCE_TPM_PCRS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "evidence/tpm/alg.h"
#include "evidence/tpm/attest.h"

struct tpm_pcr_value {
	bool present;
	uint8_t len; /* as given; may differ from the bank's */
	uint8_t value[TPM_DIGEST_MAX];
};

struct tpm_pcrs {
	bool present;
	size_t n_banks;
	struct {
		uint16_t hash;
		struct tpm_pcr_value pcr[TPM_PCR_COUNT];
	} bank[TPM_SELECT_MAX];
};

/* Reads {"sha256":{"0":"<hex>", ...}, ...}.  E_MALFORMED: any other structure;
 * the content of pcrs is then undefined. */
MUST_CHECK err_t tpm_pcrs_of_json(const json_t *object, struct buf *why,
                                  struct tpm_pcrs *pcrs);

/* Parses the file that `tpm2_quote --pcr` writes (little-endian
 * TPML_PCR_SELECTION and TPML_DIGESTs).  E_MALFORMED, as above. */
MUST_CHECK err_t tpm_pcrs_of_tools(struct bytes file, struct buf *why,
                                   struct tpm_pcrs *pcrs);

json_t *tpm_pcrs_to_json(const struct tpm_pcrs *pcrs); /* NULL: no memory */

/* The value of one PCR; NULL: it was not given, or its size is not the digest
 * size of the bank. */
const uint8_t *tpm_pcrs_value(const struct tpm_pcrs *pcrs, uint16_t hash,
                              unsigned index);

/* True if the values are exactly those of the quote's selection, and their
 * digest by hash is the quote's pcrDigest.  The digest covers them in the order
 * of the selection's banks and, within a bank, of ascending indices. */
bool tpm_pcrs_match(const struct tpm_pcrs *pcrs, const struct tpm_attest *quote,
                    uint16_t hash);

#endif
