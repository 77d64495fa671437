/*
 * attest.h - parses TPMS_ATTEST, the structure that a TPM signs (TPM 2.0
 * Library, Part 2: Structures).
 *
 * Views point into the input.  Parsing checks the structure of every byte and
 * nothing else; verify.h checks the signature.
 */
#ifndef EVIDENCE_TPM_ATTEST_H
#define EVIDENCE_TPM_ATTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "evidence/tpm/alg.h"

/*   NAME           TPM_ST    text */
#define TPM_ATTEST_TYPES(T)                       \
	T(NV, 0x8014, "NV")                       \
	T(COMMAND_AUDIT, 0x8015, "COMMAND_AUDIT") \
	T(SESSION_AUDIT, 0x8016, "SESSION_AUDIT") \
	T(CERTIFY, 0x8017, "CERTIFY")             \
	T(QUOTE, 0x8018, "QUOTE")                 \
	T(TIME, 0x8019, "TIME")                   \
	T(CREATION, 0x801a, "CREATION")           \
	T(NV_DIGEST, 0x801c, "NV_DIGEST")

enum tpm_attest_type {
#define TPM_ATTEST_ENUM(name, id, text) TPM_ATTEST_##name = (id),
	TPM_ATTEST_TYPES(TPM_ATTEST_ENUM)
#undef TPM_ATTEST_ENUM
};

#define TPM_ATTEST_MAX 4096 /* bytes: MAX_COMMAND_SIZE */
#define TPM_DATA_MAX 66     /* bytes of extraData: TPMT_HA with SHA-512 */
#define TPM_SELECT_MAX 16   /* banks of a selection: HASH_COUNT */

struct tpm_pcr_select {
	uint16_t hash;
	uint32_t mask; /* bit i: PCR i */
};

struct tpm_attest {
	uint16_t type;
	struct bytes qualified_signer, extra_data;
	uint64_t clock; /* ms for which the TPM has had power */
	uint32_t reset_count, restart_count;
	bool safe; /* the TPM has not reported a later clock before */
	uint64_t firmware_version;

	/* QUOTE */
	size_t n_select;
	struct tpm_pcr_select select[TPM_SELECT_MAX];
	struct bytes pcr_digest;

	/* CREATION, CERTIFY: the object's name, and creationHash or the
	 * qualified name. */
	struct bytes name, detail;

	/* Any other type: its type-specific part, not parsed. */
	struct bytes body;
};

/* NULL: the type is unknown. */
const char *tpm_attest_type_name(uint16_t type);

/* Parses the whole input strictly.  E_MALFORMED: why has the cause. */
MUST_CHECK err_t tpm_attest_parse(struct bytes in, struct buf *why,
                                  struct tpm_attest *ret_attest);

#endif
