/*
 * revoked.h - the list of revoked keys in force, kept and handed on.
 *
 * Whoever may write revocation.file can put any list there.  So the one in force
 * lies in the supervisor's own directory on the disk, the next life begins with
 * it, and another one rules only when it may follow (evidence/revocation/follow.h).
 * Verifiers hold the same rule by themselves.
 */
#ifndef SUPERVISOR_REVOKED_H
#define SUPERVISOR_REVOKED_H

#include <stdbool.h>

#include "evidence/revocation/revocation.h"

#define REVOKED_WHY_MAX 256 /* bytes of a line with its NUL */

struct supervisor;

struct revoked {
	struct revocations *list;  /* in force; NULL: none yet */
	int file;                  /* the same, sealed; -1 */
	bool kept;                 /* it is on the disk */
	bool complained;           /* that it is not */
	char why[REVOKED_WHY_MAX]; /* why the last one was refused, or "" */
};

/* Begins with what the last life kept. */
void revoked_start(struct supervisor *s);

/* file, which stays the caller's, may take the place of the one in force: true
 * when it did.  What is refused is said at /readyz, and changes nothing. */
bool revoked_judge(struct supervisor *s, int file);

/* The list in force is not on the disk yet, perhaps because that is full: tries
 * again.  It rules meanwhile, since keys are revoked for a reason. */
void revoked_keep(struct supervisor *s);

void revoked_release(struct revoked *r);

#endif
