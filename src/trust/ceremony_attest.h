/*
 * ceremony_attest.h - what a TPM attests at the end of a ceremony, as lines behind
 * its inventory in the last entry:
 *
 *	attest ak PUBLIC
 *	attest key 0x81018001 PUBLIC ATTEST SIGNATURE
 *	attest trust-counter 0x01818100 PUBLIC ATTEST SIGNATURE
 *	attest trust-head 0x01818101 PUBLIC ATTEST SIGNATURE
 *
 * in base64: TPMT_PUBLIC (TPMS_NV_PUBLIC of an index), TPMS_ATTEST and
 * TPMT_SIGNATURE of TPM 2.0 Part 2.  Each is over the SHA-256 of the entry before,
 * which names the one before it: so the TPM signs the chain of all steps.
 */
#ifndef TRUST_CEREMONY_ATTEST_H
#define TRUST_CEREMONY_ATTEST_H

#include "crypto/certify.h"
#include "trust/ceremony.h"
#include "trust/transcript.h"

#define CEREMONY_AK_NAME_SIZE 34 /* TPM2_ALG_SHA256 and the digest */

/* What is attested of one token of the plan. */
struct ceremony_attested {
	bool is;
	uint8_t signer_name[CEREMONY_AK_NAME_SIZE];
	size_t n_keys;
	bool has_counter, has_head;
	uint64_t counter, head_version;
	uint8_t head_digest[HASH_SIZE];
};

/* Appends a line's text; handle 0: without.  Parts are empty from the end on. */
void ceremony_put_attested(const char *what, uint32_t handle,
                           const struct certified *c, struct buf *line);

/* certifier NULL: nobody here can judge, so what a plan wants is refused. */
struct ceremony_attest_asked {
	const struct ceremony_plan *plan;
	const struct ceremony_site *site;
	const struct transcript *transcript;
	const struct certifier *certifier;
};

/* Judges the attestation of each token for which the plan says so: by one key, over
 * this transcript, of each key that is new and of the plan's indexes.  E_DENIED,
 * E_MALFORMED: why has the cause.  E_NOMEM. */
MUST_CHECK err_t ceremony_attest_judge(
        const struct ceremony_attest_asked *asked, struct buf *why,
        struct ceremony_attested ret_attested[static CEREMONY_TOKENS_MAX]);

#endif
