/*
 * epochs.h - the lives of key holders in the store; store.h's terms hold
 * for them, too.
 *
 * A life is named by node, epoch and 16 random bytes that the key holder chose
 * when it took the epoch: a token that was put back counts to the same epoch
 * again, but that is another life.  What a life issued counts up to its end.
 */
#ifndef LEDGER_STORE_EPOCHS_H
#define LEDGER_STORE_EPOCHS_H

#include "ledger/store/store.h"

struct store_life {
	uint32_t node, epoch;
	store_id life;
};

/* store_epoch.ended_ms of one that lives, and of one that is shut for ever. */
#define STORE_EPOCH_LIVES ((uint64_t)INT64_MAX)
#define STORE_EPOCH_SHUT ((uint64_t)0)

struct store_epoch {
	store_id life;
	uint64_t heard_ms; /* when it was announced first */
	uint64_t ended_ms; /* nothing that is issued later counts */
};

/* E_NOT_FOUND: never heard of. */
MUST_CHECK err_t store_epoch(struct store *s, uint32_t node, uint32_t epoch,
                             struct store_epoch *ret_epoch);

/* The highest epoch of that node that was ever seen; 0: none. */
MUST_CHECK err_t store_epoch_last(struct store *s, uint32_t node,
                                  uint32_t *ret_epoch);

/* A life is there, for the first time or again; its node's earlier ones end.
 * The caller has judged whether it may: one that is shut stays shut. */
MUST_CHECK err_t store_epoch_live(struct store *s, const struct store_life *l,
                                  uint64_t now_ms);

/* A life is over. */
MUST_CHECK err_t store_epoch_end(struct store *s, uint32_t node, uint32_t epoch,
                                 uint64_t now_ms);

/* Nobody is known to live: a new ledger has heard nobody yet. */
MUST_CHECK err_t store_epochs_end(struct store *s, uint64_t now_ms);

/*
 * After a wrong clock, or an older copy: the time becomes now_ms, whatever it
 * was.  Every life that this store has heard of is shut, and what is issued up
 * to now_ms counts no more, so that nothing that was forgotten can be redeemed
 * again.  Redemptions stay as they are.  An enrolment that is dated later than
 * now_ms is dated now_ms.
 */
struct store_repair {
	uint64_t time_ms; /* as it was */
	uint64_t epochs;  /* shut by this */
	uint64_t enrolments;
};
MUST_CHECK err_t store_repair(struct store *s, uint64_t now_ms,
                              struct store_repair *ret_done);

/* The same figures, and nothing is changed; also of a store that was opened to
 * look at. */
MUST_CHECK err_t store_repair_look(struct store *s, uint64_t now_ms,
                                   struct store_repair *ret_done);

#endif
