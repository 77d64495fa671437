/*
 * retention.h - deletes what the ledger need not know any more, in small steps,
 * each in a transaction of its own; the rules of store.h apply.
 *
 * Nothing here decides how long something is kept: the ledger's retention.c does.
 */
#ifndef LEDGER_STORE_RETENTION_H
#define LEDGER_STORE_RETENTION_H

#include "ledger/store/rollouts.h"

/* Deletes the oldest outcomes, `most` of them at most, that were recorded before
 * before_ms, and stores where they begin now.  One that a spent challenge still
 * refers to stays, and with it all that follow. */
MUST_CHECK err_t store_outcomes_delete(struct store *s, uint64_t before_ms,
                                       uint64_t most, uint64_t *ret_n);

/* A release in a channel that some permit is for. */
struct permit_release {
	struct store_small release, channel;
};

/* The next one after *at (empty: the first), in their order.  E_NOT_FOUND: there
 * is no further one. */
MUST_CHECK err_t store_permit_release(struct store *s,
                                      const struct permit_release *at,
                                      struct permit_release *ret);

/* Since when no rollout file in force has had it: stores now_s for one that was
 * not gone before, and returns what is stored. */
MUST_CHECK err_t store_gone(struct store *s, const struct permit_release *of,
                            uint64_t now_s, uint64_t *ret_since_s);

/* A rollout file has it. */
MUST_CHECK err_t store_gone_not(struct store *s,
                                const struct permit_release *of);

/* Forgets the releases of which no permit is left: one that comes back later must
 * not be taken for gone since then. */
MUST_CHECK err_t store_gone_tidy(struct store *s);

/* Deletes up to `most` of its permits that had expired at expired_s. */
MUST_CHECK err_t store_permits_delete(struct store *s,
                                      const struct permit_release *of,
                                      uint64_t expired_s, uint64_t most,
                                      uint64_t *ret_n);

/* Deletes up to `most` entries of tenants' lists of known devices that had ended at
 * ended_s, the earliest first.  One that a single device has enrolled by stays as
 * long as that device. */
MUST_CHECK err_t store_known_end(struct store *s, uint64_t ended_s,
                                 uint64_t most, uint64_t *ret_n);

/* The next stop after that id of before before_ms of which it is stored who made
 * it or why.  E_NOT_FOUND: there is no further one. */
MUST_CHECK err_t store_stop_signed(struct store *s, const store_id after,
                                   uint64_t before_ms, struct stop *ret);

/* Forgets who made a stop and why.  The stop itself is kept. */
MUST_CHECK err_t store_stop_unsign(struct store *s, const store_id id);

#endif
