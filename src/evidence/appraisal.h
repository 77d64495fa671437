/*
 * appraisal.h - what an evidence format finds.
 */
#ifndef EVIDENCE_APPRAISAL_H
#define EVIDENCE_APPRAISAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/keys/confirmation.h"
#include "wire/facts.h"
#include "wire/reason.h"
#include "wire/terms.h"

#define APPRAISAL_CHAIN_MAX 10 /* certificates */

/* The result of a format's checks.  reasons empty: the evidence is good. */
struct appraisal {
	reason_set reasons;
	int8_t vector[VECTOR_COUNT]; /* AR4SI claims; 0: no claim */
	uint8_t identity[HASH_SIZE]; /* SHA-256 of the key, or of its name */
	bool identified;             /* identity is set and proved */
	struct facts facts; /* proved, for the ledger to compare and keep */

	/* If not 0, the chain above the key expired at this time, and the
	 * ledger must refuse it unless the key was enrolled before. */
	uint64_t chain_end_s;

	/* The SHA-256 of each certificate from the key's own up to the one
	 * below the root; only with no reasons. */
	size_t n_chain;
	uint8_t chain[APPRAISAL_CHAIN_MAX][HASH_SIZE];

	/* A key that the evidence proves to be in the device's hardware, where
	 * it signs data from outside, so that a signature by it shows who uses
	 * the result.  Only with no reasons; len 0: there is none. */
	struct confirmation confirmation;

	/* Views into the policy: the device group that judged, and which of the
	 * states that its rules accept the device is in.  NULL: none. */
	const char *group;
	const char *state;
};

struct enrollee {
	uint8_t identity[HASH_SIZE]; /* as in appraisals of its evidence */
	struct facts facts;
};

#endif
