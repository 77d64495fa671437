/*
 * policy.h - a policy's requirements for a TPM: its group "tpm2".
 */
#ifndef EVIDENCE_TPM_POLICY_H
#define EVIDENCE_TPM_POLICY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "policy/policy.h"
#include "policy/group.h"

struct tpm_rules; /* policy_rules.h */

extern const struct policy_group tpm_policy_group;

/* The rules of a policy; never NULL. */
const struct tpm_rules *policy_tpm2(const struct policy *p);

/* True if the policy permits signatures of this scheme or hash, which are
 * TPM_ALG_ ids (TCG Algorithm Registry). */
bool policy_tpm2_scheme_allowed(const struct policy *p, uint16_t scheme);
bool policy_tpm2_hash_allowed(const struct policy *p, uint16_t hash);

/* A rule for one PCR: the quote must select the PCR, and its value must be one
 * of the listed values. */
struct policy_pcr {
	uint16_t bank; /* TPM_ALG_ id */
	uint8_t index; /* 0..23 */
	size_t n_values;
	const struct bytes *values; /* each of the bank's digest size */
};
size_t policy_pcr_count(const struct policy *p);

/* The i-th rule, valid as long as the policy; NULL: past the last one. */
const struct policy_pcr *policy_pcr_at(const struct policy *p, size_t i);

/* Adds the members "pcrs" and, if there are any, "states" to o: see struct evidence_format. */
void tpm_policy_show(const struct policy *p, json_t *o);

#endif
