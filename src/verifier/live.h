/*
 * live.h - the live policy, which may be replaced while the verifier runs.
 *
 * A verifier starts with the file "policy": what policy.file was when the service
 * started, or the last one that a verifier took into force.  When policy.file
 * changes, the supervisor hands it over as "policy-next".  It comes into force
 *
 *   - when it is valid,
 *   - with officers, when the trust bundle names it, by id and digest,
 *   - when its version is greater than that of the policy in force.  With officers,
 *     a policy that the bundle does not name is not in force.
 *
 * Files and requests are handled one after the other, so a request is judged by one
 * policy from beginning to end.  Until the new one comes into force the old one
 * stays, the log and /readyz say why, and fronts have a metric of it.  A file that
 * waits for its bundle is forgotten when another comes, valid or not: what is not
 * on the disk any more does not come into force.
 */
#ifndef VERIFIER_LIVE_H
#define VERIFIER_LIVE_H

#include "policy/policy.h"
#include "proc/role.h"

struct edge;

struct live {
	struct policy *policy; /* NULL: none was valid, see fault */
	struct policy *next;   /* valid, not named by the bundle yet */
	char fault[400];       /* why policy.file does not count, or "" */
};

/* Reads both files, at the start.  A policy that does not parse does not prevent
 * it.  E_NOMEM. */
MUST_CHECK err_t verifier_start_policy(struct role *r);

/* Reads "policy-next", which was handed over. */
void verifier_read_policy(struct role *r);

/* Another bundle is in force. */
void verifier_follow_policy(struct role *r);

/* Sends a front that is new the policy's version and its rules: the bindings that a
 * challenge must carry. */
void verifier_tell_policy(struct role *r, struct edge *front);

void live_release(struct live *live);

#endif
