/*
 * shadow.h - what an outcome would have been under the shadow policy.
 *
 * A verifier judges evidence by the live policy and, where one is tried, by a shadow
 * policy.  The outcome is the live one's.  If the shadow policy would have made
 * another of it, the outcome also keeps that policy's name and the reasons that it
 * would have had.
 *
 * What the ledger itself says, of the enrolment and the rollout, does not depend on a
 * policy and counts for both.  The ledger asks only about evidence that the live
 * policy has accepted, so what a rollout says of other evidence, and of evidence that
 * the live policy did not look at whose key it is, stays unknown: there "accepts"
 * means that the policy would not be in the way.
 */
#ifndef LEDGER_SHADOW_H
#define LEDGER_SHADOW_H

#include <stdbool.h>

#include "base/err.h"
#include "ledger/store/store.h"
#include "wire/reason.h"
#include "wire/wire.h"

/* False: no honest verifier says that of a shadow policy. */
bool shadow_valid(const struct wire_verdict *v);

/* Keeps it in the outcome, whose reasons are decided, if it differs.  ours: those of
 * them that are the ledger's.  E_BUG: a verdict that is not valid. */
MUST_CHECK err_t shadow_keep(const struct wire_verdict *v, reason_set ours,
                             struct outcome *o);

/* The reasons that the outcome would have had; its own if it does not differ. */
reason_set shadow_reasons_of(const struct outcome *o);

#endif
