/*
 * reason.h - why a device is refused: stable codes, sets of them, their tier.
 *
 * reason.def is the list.  A set is a bit mask that travels in messages and
 * lies in the ledger; an empty set means eligible.
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

_Static_assert(REASON_COUNT <= 64, "a set of reasons is one u64");

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

/* The public code and the sentence for people; never NULL. */
const char *reason_code(enum reason r);
const char *reason_text(enum reason r);

/* REASON_COUNT when the code is not ours. */
enum reason reason_find(struct bytes code);

/* True when all bits of the set have a row. */
int reason_set_valid(reason_set set);

/* The worst tier of the set; TIER_AFFIRMING for the empty set. */
enum tier reason_set_tier(reason_set set);

/* AR4SI section 2.3.2: what one signed value of the vector says; values of both
 * signs warn and contraindicate. */
enum tier vector_tier(int8_t claim);

/* What a reason says in the vector: of that claim, VECTOR_COUNT for none, that
 * number.  AR4SI (draft-ietf-rats-ar4si) gives the numbers' meaning; which reason
 * has which is our mapping, see docs/formats-tpm2.md and
 * docs/formats-android-verdicts.md. */
struct reason_claim {
	enum vector_claim claim;
	int8_t number;
};

struct reason_claim reason_claim(enum reason r);

/* Puts what the reasons of a set say over what the vector says: where its tier is
 * worse, and of several reasons of one tier the first. */
void reason_set_claims(reason_set set, int8_t vector[static VECTOR_COUNT]);

/* EAR's word for a tier: "affirming". */
const char *tier_name(enum tier tier);

/* Steps through a set in table order:
 *	for (enum reason r = reason_next(set, 0); r < REASON_COUNT;
 *	     r = reason_next(set, r + 1)) */
enum reason reason_next(reason_set set, unsigned from);

#endif
