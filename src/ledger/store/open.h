/*
 * open.h - store_open() with all options, and the orderly end of a store; the
 * rules of store.h apply.
 */
#ifndef LEDGER_STORE_OPEN_H
#define LEDGER_STORE_OPEN_H

#include "ledger/store/store.h"

/*
 * Options.  Every page is checked if the last store was not ended by
 * store_end(), and every index, too, if whole is set; the time for this is
 * proportional to the size of the file.  During the check alive is called about once a second, so that the
 * process can report that it is working.
 */
struct store_opening {
	uint64_t make_ms; /* time for a new database; 0: create none */
	bool whole;
	/* For reading, without store_begin(): writes nothing and creates or
	 * removes no file.  A database of an older version is refused. */
	bool look;
	void (*alive)(void *user); /* may be NULL */
	void *user;
};
MUST_CHECK err_t store_open_as(const char *directory,
                               const struct store_opening *how, struct buf *why,
                               struct store **ret_store);

/*
 * Opens a backup, or a database that no ledger uses, for reading outcomes
 * (outcomes.h), after it was checked completely as store_verify() does (backup.h,
 * with the same errors).  Writes nothing and creates no file.
 */
MUST_CHECK err_t store_open_copy(const char *file, struct buf *why,
                                 struct store **ret_store);

/* Closes a store of which no function has failed, and creates the mark of an
 * orderly end (clean.h), so that the next opening need not check all of it.
 * Accepts NULL. */
void store_end(struct store *s);

#endif
