/*
 * shadow.h - the shadow policy: a policy that is tried before it decides.
 *
 * The file policy.shadow is judged beside the live policy, on the same evidence
 * (evidence/appraise.h).  It may be replaced while the verifier runs: what is
 * judged after that is judged by the new one, and each verdict names the one that
 * judged it.  An empty file ends the trial.
 *
 * Nothing about this file stops or delays the service.  One that is missing or not
 * valid is logged and told at /readyz and in the metrics, and the one before it goes
 * on, if there was one.
 */
#ifndef VERIFIER_SHADOW_H
#define VERIFIER_SHADOW_H

#include "policy/policy.h"
#include "proc/role.h"

struct edge;
struct wire_verdict;

struct shadow {
	struct policy *policy; /* NULL: none judges */
	char fault[400];       /* what is wrong with the file as it is, or "" */
};

/* Reads the file, at the start and whenever it was replaced, and tells the
 * fronts. */
void verifier_read_shadow(struct role *r);

/* Tells a front which version judges, if the setting is given. */
void verifier_tell_shadow(struct role *r, struct edge *front);

/* What the shadow policy says, if there is one. */
void shadow_fill(const struct shadow *s, uint64_t reasons,
                 struct wire_verdict *m);

void shadow_release(struct shadow *s);

#endif
