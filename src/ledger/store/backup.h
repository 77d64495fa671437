/*
 * backup.h - copies of the ledger's database: made while a ledger works
 * with it, looked at, and put back.
 *
 * A backup is one file, marked as such (STORE_APPLICATION_BACKUP): no ledger
 * opens it.  It has forgotten what was redeemed after it was made, so only
 * store_restore(), which makes good for that, turns it into a ledger's file
 * again.  See docs/adr/0025-backup-while-the-ledger-runs.md.
 *
 * All run as the user who owns the ledger's directory; why says, for people,
 * what was refused.
 */
#ifndef LEDGER_STORE_BACKUP_H
#define LEDGER_STORE_BACKUP_H

#include "ledger/store/store.h"
#include "ledger/store/epochs.h"

#define STORE_APPLICATION_BACKUP 0x414e4231 /* "ANB1" */

/* What a database holds, in numbers. */
struct store_facts {
	bool backup; /* marked as one; otherwise a ledger's own file */
	struct store_marks marks;
	uint64_t redemptions, enrolments;
	uint64_t lives, lives_open; /* of key holders */
};

/*
 * Copies the database of a ledger that may be working with it to a new file.
 * Meanwhile that ledger moves nothing from its log into the database.  The copy
 * is checked whole before it gets its name.  E_NOT_FOUND: no database.
 * E_CONFLICT: the file exists, or the ledger could not wait so long; try again.
 * E_DENIED: it is not ours, or damaged, or others may change the directory in
 * which the new file would be.  E_IO, E_NOMEM.
 */
MUST_CHECK err_t store_backup(const char *directory, const char *file,
                              struct buf *why, struct store_facts *ret_facts);

/* Checks a backup, or a database that no ledger has, whole: tables, pages,
 * rows, marks.  Nothing is written.  E_NOT_FOUND, E_DENIED, E_IO, E_NOMEM. */
MUST_CHECK err_t store_verify(const char *file, struct buf *why,
                              struct store_facts *ret_facts);

/*
 * Puts a copy of the file in a ledger's place, checked and repaired
 * (store_repair()), so that no challenge which was issued before now_ms counts.
 * E_CONFLICT: a ledger has the directory, or there is a database.  E_NOT_FOUND,
 * E_DENIED, E_IO, E_NOMEM; nothing is in the ledger's place then.
 */
MUST_CHECK err_t store_restore(const char *file, const char *directory,
                               uint64_t now_ms, struct buf *why,
                               struct store_repair *ret_done);

#endif
