/*
 * rollout_file.h - the rollout file in force (anchord-rollout(5)).
 *
 * A new file comes into force when it parses and, with officers, when the trust
 * bundle names it among its policies, by id and digest.  Until then the file before
 * stays in force, and the service is degraded.  When rollout.file is set and no
 * file is in force, what it would judge is answered "unavailable": rules that
 * cannot be read must not count as no rules.
 */
#ifndef LEDGER_ROLLOUT_FILE_H
#define LEDGER_ROLLOUT_FILE_H

#include <stdbool.h>

#include "eligibility/eligibility.h"
#include "governance/in_force.h"
#include "proc/role.h"

#define ROLLOUT_FILE "rollout" /* as the supervisor hands it over */

struct rollout_file {
	bool wanted;              /* rollout.file is set */
	struct rollout *in_force; /* NULL: none */
	struct rollout *next;     /* parsed, not named by the bundle yet */
	char why[512];            /* of the last file; "": it is in force */
	char alarm[512];  /* the first hold that is older than its alarm;
	                           * "": none is */
	size_t n_overdue; /* such holds, as the log has them */
	uint64_t away_ms; /* of the first stop since none is in force; or 0 */
};

void rollout_file_init(struct rollout_file *f, struct role *r,
                       const struct in_force *in_force);

/* The supervisor has handed over a file. */
void rollout_file_read(struct rollout_file *f, struct role *r,
                       const struct in_force *in_force);

/* Another bundle is in force. */
void rollout_file_follow(struct rollout_file *f,
                         const struct in_force *in_force);

/* Looks for holds of the file in force that are older than their alarm. */
void rollout_file_look(struct rollout_file *f, uint64_t now_s);

/* False: there must be a file in force, and there is none. */
bool rollout_file_ready(const struct rollout_file *f);

/* `anchord-ledger --check`: parses the rollout file that it was given as its input
 * (role_spawn.h).  The exit status; a cause is on standard error. */
int rollout_file_check(void);

void rollout_file_release(struct rollout_file *f);

#endif
