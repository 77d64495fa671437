/*
 * reason.h - reasons why a device is refused: stable codes, sets of them, and
 * their tiers.
 *
 * anchord/reason.def is the table.  A set is a bit mask, which is sent in
 * messages and stored in the ledger; the empty set means "eligible".
 */
#ifndef WIRE_REASON_H
#define WIRE_REASON_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/terms.h"

enum reason {
#define REASON(name, ...) REASON_##name,
#include "anchord/reason.def"
#undef REASON
	REASON_COUNT
};

_Static_assert(REASON_COUNT <= 64, "reason_set has 64 bits");

/* EAR's tiers (draft-ietf-rats-ear-04, trustworthiness tiers). */
enum tier {
	TIER_NONE = 0,
	TIER_AFFIRMING = 2,
	TIER_WARNING = 32,
	TIER_CONTRAINDICATED = 96,
};

typedef uint64_t reason_set;

static inline reason_set
reason_bit(enum reason r)
{
	return (reason_set)1 << r;
}

/* The public code and an explanation for people; never NULL. */
const char *reason_code(enum reason r);
const char *reason_text(enum reason r);

/* The reason of a code; REASON_COUNT: unknown code. */
enum reason reason_find(struct bytes code);

/* True if every bit of the set is a reason. */
int reason_set_valid(reason_set set);

/* The worst tier of the set; TIER_AFFIRMING for the empty set. */
enum tier reason_set_tier(reason_set set);

/* The tier of one value of the vector (AR4SI section 2.3.2).  Each tier but
 * "none" has a range of positive and one of negative values. */
enum tier vector_tier(int8_t claim);

/* The claim that a reason contradicts and the value it gives to that claim;
 * VECTOR_COUNT: none.  AR4SI (draft-ietf-rats-ar4si) defines the values; which
 * reason gives which value is this service's mapping (docs/formats-tpm2.md,
 * docs/formats-android-verdicts.md). */
struct reason_claim {
	enum vector_claim claim;
	int8_t number;
};

struct reason_claim reason_claim(enum reason r);

/* Replaces a claim of the vector by the value of a reason in the set if that
 * value has a worse tier.  Of several reasons with one tier the first in the
 * table counts. */
void reason_set_claims(reason_set set, int8_t vector[static VECTOR_COUNT]);

/* The name of a tier in EAR: "affirming". */
const char *tier_name(enum tier tier);

/* Iterates over a set in the order of the table:
 *	for (enum reason r = reason_next(set, 0); r < REASON_COUNT;
 *	     r = reason_next(set, r + 1)) */
enum reason reason_next(reason_set set, unsigned from);

#endif
