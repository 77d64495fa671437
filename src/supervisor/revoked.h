/*
 * revoked.h - the list of revoked certificates in force.
 *
 * Whoever may write to revocation.file can put any list there.  Therefore the
 * list in force is stored in the supervisor's own directory, the next start
 * uses it, and another list replaces it only when it may follow
 * (evidence/revocation/follow.h).  The verifiers enforce the same rule.
 */
#ifndef SUPERVISOR_REVOKED_H
#define SUPERVISOR_REVOKED_H

#include <stdbool.h>

#include "evidence/revocation/revocation.h"

#define REVOKED_WHY_MAX 256 /* bytes of a line with its NUL */

struct supervisor;

struct revoked {
	struct revocations *list;  /* in force; NULL: none yet */
	int file;                  /* its sealed copy; -1 */
	bool kept;                 /* it is stored on the disk */
	bool complained;           /* that it is not was logged */
	char why[REVOKED_WHY_MAX]; /* why the last one was refused, or "" */
};

/* Loads the list that the previous run stored. */
void revoked_start(struct supervisor *s);

/* The list in force is older than the trust bundle lets lists be: no verifier uses
 * it. */
bool revoked_outdated(const struct supervisor *s);

/* Lets the list in file come into force if it may follow; true when it did.
 * The caller closes file.  A refused list is reported at /readyz. */
bool revoked_judge(struct supervisor *s, int file);

/* Tries again to store the list in force, after the disk was full, for
 * instance.  It is in force meanwhile, because the keys on it were revoked for
 * a reason. */
void revoked_keep(struct supervisor *s);

void revoked_release(struct revoked *r);

#endif
