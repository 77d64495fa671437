/*
 * store_manager.h - the store as the ledger has it: open or not, and the time.
 *
 * Without a store, or with a clock that went back, nothing is decided: the
 * ledger says "unavailable" and why, and tries again by itself.
 */
#ifndef LEDGER_STORE_MANAGER_H
#define LEDGER_STORE_MANAGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ledger/store/store.h"

/* Milliseconds that the clock may be behind the latest time ever seen (a
 * correction by NTP) before the ledger stops.  Within it time stands still. */
#define CLOCK_TOLERANCE_MS (CLOCK_SKEW_S * 1000)

/* Between two tries to open the store, beside the time that the last one took:
 * while it is tried, nobody is answered. */
#define KEEPER_RETRY_MS 2000

/* The latest time is written down at least this often, traffic or not. */
#define KEEPER_MARK_EVERY_MS 60000

#define KEEPER_WHY_MAX 160 /* bytes; fits a status line */

struct keeper {
	const char *directory;
	/* Called now and then while the database is checked, which may take
	 * minutes; NULL: nobody waits. */
	void (*checking)(void *user);
	void *user;
	struct store *store;      /* NULL: not open */
	struct store_marks marks; /* as committed; but time runs ahead */
	uint64_t marked_ms;       /* the time that is committed */
	uint64_t retry_at;        /* monotonic */
	bool opened;              /* once at least: marks are known */
	bool clock_back;
	err_t refused; /* how the last try ended */

	/* The directory was not there when this process locked itself in, and
	 * now it is, out of reach: only a new process can open it. */
	bool locked_out;
	char why[KEEPER_WHY_MAX + 1]; /* the store is not open because */
};

/* directory is borrowed.  Does not open yet. */
void keeper_init(struct keeper *k, const char *directory);

/* The end of an orderly life. */
void keeper_release(struct keeper *k);

/* Opens the store when it is closed and the time to try has come; closes one
 * whose file is gone. */
void keeper_try(struct keeper *k);

/* Reads the clock.  True: the store is open and marks.time_ms is now. */
bool keeper_ready(struct keeper *k);

/* One line for people; "" when ready, and only then. */
const char *keeper_why(const struct keeper *k);

/* Closes a store that failed: its state is unknown until it is opened anew. */
void keeper_fail(struct keeper *k, const char *doing);

#endif
