/*
 * silence.h - when devices and tenants attested last, in the store; the rules of
 * store.h apply.
 *
 * A device's time is a day, because no more is needed to see that it stopped, and
 * more would be a log of when its owner uses it.  A tenant's is a minute.
 */
#ifndef LEDGER_STORE_SILENCE_H
#define LEDGER_STORE_SILENCE_H

#include "ledger/store/enrolments.h"

#define SILENCE_DAY_S 86400u

/* That device attested on that day.  E_IO also when there is no such enrolment. */
MUST_CHECK err_t store_device_attested(struct store *s,
                                       const struct enrolment *e, uint64_t day);

/* Active devices of the tenant that are silent since before that day, counted up
 * to `most`; by an index, whatever the tenant has. */
MUST_CHECK err_t store_overdue(struct store *s, struct bytes tenant,
                               uint64_t day, uint64_t most, uint64_t *ret_n);

/* When a device of the tenant attested last, in seconds since 1970; 0: never. */
MUST_CHECK err_t store_tenant_attested(struct store *s, struct bytes tenant,
                                       uint64_t at_s);
MUST_CHECK err_t store_tenant_last(struct store *s, struct bytes tenant,
                                   uint64_t *ret_at_s);

#endif
