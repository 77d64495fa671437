/*
 * epochs.h - the lives of key holders in the store; the rules of store.h apply.
 *
 * A life is one run of a key holder, identified by node, epoch and 16 random
 * bytes that it drew when it took the epoch: a token that was restored from a
 * copy reaches the same epoch again, but that is another life.  A challenge
 * counts if it was issued before the end of its life.
 */
#ifndef LEDGER_STORE_EPOCHS_H
#define LEDGER_STORE_EPOCHS_H

#include "ledger/store/store.h"

struct store_life {
	uint32_t node, epoch;
	store_id life;
};

/* Values of store_epoch.ended_ms: the life has not ended; it is shut for
 * ever. */
#define STORE_EPOCH_LIVES ((uint64_t)INT64_MAX)
#define STORE_EPOCH_SHUT ((uint64_t)0)

struct store_epoch {
	store_id life;
	uint64_t heard_ms; /* when it was first announced */
	uint64_t ended_ms; /* challenges issued later do not count */
};

/* E_NOT_FOUND: never announced. */
MUST_CHECK err_t store_epoch(struct store *s, uint32_t node, uint32_t epoch,
                             struct store_epoch *ret_epoch);

/* The highest epoch of that node so far; 0: none. */
MUST_CHECK err_t store_epoch_last(struct store *s, uint32_t node,
                                  uint32_t *ret_epoch);

/* Stores a life that was announced, and ends the earlier lives of its node.
 * The caller has checked that it may be served; one that is shut stays shut. */
MUST_CHECK err_t store_epoch_live(struct store *s, const struct store_life *l,
                                  uint64_t now_ms);

/* Stores that a life has ended. */
MUST_CHECK err_t store_epoch_end(struct store *s, uint32_t node, uint32_t epoch,
                                 uint64_t now_ms);

/* Ends all lives, for a new ledger to which none was announced yet. */
MUST_CHECK err_t store_epochs_end(struct store *s, uint64_t now_ms);

/*
 * For a wrong clock or an older copy: sets the stored time to now_ms, forwards
 * or backwards.  Shuts every known life, and challenges issued until now_ms do
 * not count any more, so that none whose redemption was lost can be redeemed
 * again.  Redemptions are kept.  An enrolment dated after now_ms is dated
 * now_ms, and so is a permit, which then lasts as long as it was given for.
 */
struct store_repair {
	uint64_t time_ms; /* the time before */
	uint64_t epochs;  /* lives shut by this */
	uint64_t enrolments;
};
MUST_CHECK err_t store_repair(struct store *s, uint64_t now_ms,
                              struct store_repair *ret_done);

/* Returns the same figures and changes nothing; also for a store that was
 * opened for reading. */
MUST_CHECK err_t store_repair_look(struct store *s, uint64_t now_ms,
                                   struct store_repair *ret_done);

#endif
