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
#define STORE_MANAGER_RETRY_MS 2000

/* The latest time is written down at least this often, traffic or not. */
#define STORE_MANAGER_MARK_EVERY_MS 60000

#define STORE_MANAGER_WHY_MAX 160 /* bytes; fits a status line */

struct store_manager {
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
	char why[STORE_MANAGER_WHY_MAX + 1]; /* the store is not open because */
};

/* directory is borrowed.  Does not open yet. */
void store_manager_init(struct store_manager *k, const char *directory);

/* The end of an orderly life. */
void store_manager_release(struct store_manager *k);

/* Opens the store when it is closed and the time to try has come; closes one
 * whose file is gone. */
void store_manager_try(struct store_manager *k);

/* Reads the clock.  True: the store is open and marks.time_ms is now. */
bool store_manager_ready(struct store_manager *k);

/* One line for people; "" when ready, and only then. */
const char *store_manager_why(const struct store_manager *k);

/* Closes a store that failed: its state is unknown until it is opened anew. */
void store_manager_fail(struct store_manager *k, const char *doing);

#endif
