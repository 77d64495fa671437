/*
 * offered.h - the policy file that changed while the service runs.
 *
 * files.policy is what verifiers begin with: policy.file as it was at the start of
 * the service.  A changed file is offered beside it to the verifiers, which alone
 * parse policies.  When one of them has taken it into force it is what verifiers
 * begin with, so that one that is started anew, after its death for instance,
 * neither lacks a policy because the file is damaged by now nor goes back to an
 * older one.
 *
 * A verifier that was taken over can so make others begin with the file that is
 * offered, but with no other text.
 */
#ifndef SUPERVISOR_OFFERED_H
#define SUPERVISOR_OFFERED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct supervisor;

struct offered {
	int file; /* its sealed copy; -1: none since the last was taken */
	uint8_t digest[HASH_SIZE]; /* of its text */
};

/* policy.file has changed, or was looked at for the first time; the caller closes
 * the copy.  True: verifiers are to be handed it.  False: it is what they have. */
bool offered_look(struct supervisor *s, int copy);

/* A verifier says that the policy with this digest is in force.  Without effect if
 * that is not the one offered: another has come meanwhile. */
void offered_taken(struct supervisor *s,
                   const uint8_t digest[static HASH_SIZE]);

void offered_release(struct offered *o);

#endif
