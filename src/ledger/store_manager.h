/*
 * store_manager.h - opens the store for the ledger, and keeps its time.
 *
 * Without a store, or with a clock that went back, the ledger decides nothing:
 * it answers "unavailable" with the cause, and tries again automatically.
 */
#ifndef LEDGER_STORE_MANAGER_H
#define LEDGER_STORE_MANAGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ledger/store/store.h"

/* Milliseconds that the clock may be behind the latest stored time, as after a
 * correction by NTP, before the ledger stops.  Meanwhile its time stands
 * still. */
#define CLOCK_TOLERANCE_MS (CLOCK_SKEW_S * 1000)

/* Milliseconds between two attempts to open the store, plus the duration of the
 * last one, because no request is answered during an attempt. */
#define STORE_MANAGER_RETRY_MS 2000

/* The latest time is stored at least this often, with or without requests. */
#define STORE_MANAGER_MARK_EVERY_MS 60000

#define STORE_MANAGER_WHY_MAX 160 /* bytes; fits a status line */

struct store_manager {
	const char *directory;
	/* Called periodically while the database is checked, which may take
	 * minutes; NULL: none. */
	void (*checking)(void *user);
	void *user;
	struct store *store;      /* NULL: not open */
	struct store_marks marks; /* as committed, but for time_ms */
	uint64_t marked_ms;       /* the committed time */
	uint64_t opened_ms;       /* the stored time at the opening */
	uint64_t opened_at;       /* monotonic */
	uint64_t retry_at;        /* monotonic */
	bool opened;              /* it was open once: marks are valid */
	bool clock_back;
	err_t refused; /* result of the last attempt */

	/* The directory did not exist when this process locked its sandbox and
	 * exists now: only a new process can open it. */
	bool locked_out;
	char why[STORE_MANAGER_WHY_MAX + 1]; /* why the store is not open */
};

/* Borrows directory.  Does not open the store yet. */
void store_manager_init(struct store_manager *sm, const char *directory);

/* Ends the store in order (store_end()). */
void store_manager_release(struct store_manager *sm);

/* Opens the store if it is closed and the next attempt is due; closes one whose
 * file was removed. */
void store_manager_try(struct store_manager *sm);

/* Reads the clock.  True: the store is open and marks.time_ms is the current
 * time. */
bool store_manager_ready(struct store_manager *sm);

/* The cause, as one line of text; "" exactly when ready. */
const char *store_manager_why(const struct store_manager *sm);

/* Closes a store after a failure: its state is unknown until it is opened
 * again. */
void store_manager_fail(struct store_manager *sm, const char *doing);

#endif
