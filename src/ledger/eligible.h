/*
 * eligible.h - asks src/eligibility about a device, within the transaction that
 * spends its challenge.
 *
 * The rules and the arithmetic are eligibility's; this file reads what is used of
 * the limits, and writes who holds a permit.  Because both are in the transaction
 * of the redemption, no limit is exceeded by requests that come together, and a
 * stop that was committed before holds for every challenge.
 */
#ifndef LEDGER_ELIGIBLE_H
#define LEDGER_ELIGIBLE_H

#include <stdbool.h>

#include "base/err.h"
#include "ledger/redeem.h"

/* True if the rollout file has a say: the workflow is metadata, artifact or
 * channel, and the challenge is bound to a channel or a release. */
bool eligible_asks(const struct wire_verdict *v);

/*
 * Judges a good device: adds the reasons to o, and what the result says of the
 * rollout.  *ret_counts: an eligible device that holds no permit gets one by
 * eligible_permit(), in the same transaction.
 */
MUST_CHECK err_t eligible_judge(const struct redeem_terms *t,
                                const struct wire_verdict *v,
                                const struct enrolment *e, struct outcome *o,
                                bool *ret_counts);

/* Judges what eligible_asks() leaves out, such as an enrolment: of a rollout only
 * a stop of the release holds there. */
MUST_CHECK err_t eligible_stopped(const struct redeem_terms *t,
                                  const struct wire_verdict *v,
                                  struct outcome *o);

/* Gives the device a permit; it holds none. */
MUST_CHECK err_t eligible_permit(const struct redeem_terms *t,
                                 const struct wire_verdict *v,
                                 const struct enrolment *e);

/* A good device has these facts, also one that is held back: marks its permits
 * for releases whose build they show, for gates that count. */
MUST_CHECK err_t eligible_shown(const struct redeem_terms *t,
                                const struct enrolment *e);

#endif
