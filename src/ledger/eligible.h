/*
 * eligible.h - asks src/eligibility about a device, within the transaction that
 * spends its challenge.
 *
 * The rules and the arithmetic are eligibility's; this file reads what is used of
 * the limits, and says which permit is to be written.  Because both are done in
 * the transaction of the redemption, no limit is exceeded by requests that come
 * together, and a stop that was committed before holds for every challenge.
 */
#ifndef LEDGER_ELIGIBLE_H
#define LEDGER_ELIGIBLE_H

#include <stdbool.h>

#include "base/err.h"
#include "ledger/redeem.h"
#include "ledger/store/rollouts.h"

/* True if the rollout file has a say: the workflow is metadata, artifact or
 * channel, and the challenge is bound to a channel or a release. */
bool eligible_asks(const struct wire_verdict *v);

/* The permit that a redemption gives, as it is to be stored. */
struct eligible_permit {
	bool due;            /* false: it gives none */
	struct permit_of of; /* views into verdict, enrolment and rollout */
	struct permit permit;
};

/*
 * Judges a good device: adds the reasons to o, and what the result says of the
 * rollout.  *ret_permit: an eligible device that holds none gets one, by
 * store_permit_put() in the same transaction.
 */
MUST_CHECK err_t eligible_judge(const struct redeem_terms *t,
                                const struct wire_verdict *v,
                                const struct enrolment *e, struct outcome *o,
                                struct eligible_permit *ret_permit);

/* Judges what eligible_asks() leaves out, such as an enrolment: of a rollout only
 * a stop of the release holds there. */
MUST_CHECK err_t eligible_stopped(const struct redeem_terms *t,
                                  const struct wire_verdict *v,
                                  struct outcome *o);

/* A good device has these facts, also one that is held back: marks its permits
 * for releases whose build they show, for gates that count. */
MUST_CHECK err_t eligible_shown(const struct redeem_terms *t,
                                const struct enrolment *e);

#endif
