/*
 * open.h - opening a store in full, and ending it in order; store.h's terms
 * hold for both.
 */
#ifndef LEDGER_STORE_OPEN_H
#define LEDGER_STORE_OPEN_H

#include "ledger/store/store.h"

/*
 * How to open, in full.  After an end without store_end(), and when whole is
 * set, the whole file is checked, which takes time in proportion to its size.
 * alive is called from within the check, about once a second, so that the process
 * can report that it is still working.
 */
struct store_opening {
	uint64_t make_ms; /* the time of one that is made; 0: none is */
	bool whole;
	/* For reading, without store_begin(); nothing is written, no file
	 * comes or goes.  One of an older version is refused. */
	bool look;
	void (*alive)(void *user); /* NULL: nobody waits */
	void *user;
};
MUST_CHECK err_t store_open_as(const char *directory,
                               const struct store_opening *how, struct buf *why,
                               struct store **ret_store);

/* Closes one of which no function has failed, and leaves word that it was so:
 * the next opening need not read all of it.  Accepts NULL. */
void store_end(struct store *s);

#endif
