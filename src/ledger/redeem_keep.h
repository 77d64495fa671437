/*
 * redeem_keep.h - what a redemption stores of a device, beside its outcome, in the
 * transaction that spends the challenge.
 */
#ifndef LEDGER_REDEEM_KEEP_H
#define LEDGER_REDEEM_KEEP_H

#include "ledger/admit.h"
#include "ledger/redeem.h"

/* An eligible one: enrols the device, if the verdict asks for it, or gives it
 * another key.  e is NULL for a new device.  E_BUG: it has no handle, or a text is
 * too long.  E_IO. */
MUST_CHECK err_t redeem_keep_state(const struct redeem_terms *t,
                                   const struct wire_verdict *v,
                                   struct enrolment *e,
                                   const struct admission *admission,
                                   struct outcome *o);

/* What a good device shows, also one that a rollout holds back: otherwise it could
 * go back meanwhile.  The permit for a gate may be of this redemption.  E_IO. */
MUST_CHECK err_t redeem_keep_levels(const struct redeem_terms *t,
                                    const struct wire_verdict *v,
                                    struct enrolment *e);

/* The day of authentic evidence; at most one write a day for each device.  E_IO. */
MUST_CHECK err_t redeem_keep_day(const struct redeem_terms *t,
                                 const struct wire_verdict *v,
                                 const struct enrolment *e);

#endif
