/*
 * rules.h - what challenges must carry, as each verifier says of its policy.
 *
 * Any verifier may come to judge the evidence, so a challenge carries what one
 * of them requires.  What a verifier said ends with its edge: the next process
 * of that place says it anew.
 */
#ifndef FRONT_API_RULES_H
#define FRONT_API_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/terms.h"

#define RULES_VERIFIERS_MAX 8 /* process.verifiers */

struct rules {
	struct {
		uint16_t ruled;                    /* a bit a workflow */
		uint16_t required[WORKFLOW_COUNT]; /* BINDING_ bits */
	} by[RULES_VERIFIERS_MAX];
};

/* The arguments are checked. */
void rules_say(struct rules *r, uint16_t verifier, unsigned workflow,
               uint16_t required);
void rules_forget(struct rules *r, uint16_t verifier);

/* Has any verifier said anything? */
bool rules_any(const struct rules *r);

/* False: no verifier has an entry for that workflow. */
bool rules_required(const struct rules *r, unsigned workflow,
                    uint16_t *ret_required);

#endif
