/*
 * rules.h - the bindings that a challenge must carry, by the verifiers'
 * policies.
 *
 * Any verifier may appraise the evidence, so a challenge carries what any of
 * them requires.  A verifier replaces or withdraws its rules when another policy
 * comes into force.  They end with its edge; its successor sends its own.
 */
#ifndef FRONT_API_RULES_H
#define FRONT_API_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/terms.h"

#define RULES_VERIFIERS_MAX 8 /* process.verifiers */

struct rules {
	struct {
		uint16_t ruled;                    /* bit i: workflow i */
		uint16_t required[WORKFLOW_COUNT]; /* BINDING_ bits */
	} by[RULES_VERIFIERS_MAX];
};

/* The caller has checked the arguments. */
void rules_say(struct rules *r, uint16_t verifier, unsigned workflow,
               uint16_t required);
/* The verifier's policy has no entry for that workflow any more. */
void rules_withdraw(struct rules *r, uint16_t verifier, unsigned workflow);
void rules_forget(struct rules *r, uint16_t verifier);

/* True if any verifier has sent a rule. */
bool rules_any(const struct rules *r);

/* False: no verifier has an entry for that workflow. */
bool rules_required(const struct rules *r, unsigned workflow,
                    uint16_t *ret_required);

#endif
