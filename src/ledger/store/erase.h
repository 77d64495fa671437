/*
 * erase.h - removes every trace of one tenant from a database that no ledger
 * uses.
 *
 * What is left, and why (docs/ledger.md has it for people):
 *
 * - of an outcome its sequence and its time, in a row that is empty otherwise,
 *   because the sequence must have no gap: a gap is a lost result;
 * - of a spent challenge its id and expiry until 90 seconds after the expiry, so
 *   that it is not redeemed again.  Neither says whose it was.
 *
 * The work is done in transactions of ERASE_STEP rows.  One that is interrupted
 * goes on when it is begun again.
 */
#ifndef LEDGER_STORE_ERASE_H
#define LEDGER_STORE_ERASE_H

#include "ledger/store/store.h"

#define ERASE_STEP 4096u /* rows of a table in one transaction */

struct erased {
	uint64_t enrolments, facts, permits;
	uint64_t listed;      /* devices that were known before they enrol */
	uint64_t outcomes;    /* emptied */
	uint64_t redemptions; /* emptied */
	uint64_t stops; /* by one of the clients; their authors forgotten */
};

struct erasure {
	struct bytes tenant;
	struct bytes client; /* whose stops; empty: nobody's */
	uint64_t at;         /* outcomes up to this one are done; begins at 0 */
};

/* One step, with transactions of its own.  Adds to *sum; *ret_more: call it
 * again. */
MUST_CHECK err_t store_erase_step(struct store *s, struct erasure *e,
                                  struct erased *sum, bool *ret_more);

/* What it would remove; changes nothing, also for a store that was opened for
 * reading. */
MUST_CHECK err_t store_erase_look(struct store *s, const struct erasure *e,
                                  struct erased *ret);

/* After the last step: writes the whole file anew, so that no page of it has
 * anything else than what is stored, and empties the log.  Needs as much room
 * again, in a file of the directory that has no name. */
MUST_CHECK err_t store_erase_end(struct store *s, const char *directory);

#endif
