/*
 * backup.h - makes, checks and restores backups of the ledger's database.
 *
 * A backup is one file, marked by STORE_APPLICATION_BACKUP, so that no ledger
 * opens it.  It lacks what was redeemed after it was made; only
 * store_restore(), which compensates for that, makes a ledger's file of it
 * again.  See docs/adr/0025-backup-while-the-ledger-runs.md.
 *
 * All functions run as the owner of the ledger's directory; why has the cause
 * of a refusal.
 */
#ifndef LEDGER_STORE_BACKUP_H
#define LEDGER_STORE_BACKUP_H

#include "ledger/store/store.h"
#include "ledger/store/epochs.h"

#define STORE_APPLICATION_BACKUP 0x414e4231 /* "ANB1" */

/* The content of a database in numbers. */
struct store_facts {
	bool backup; /* marked as a backup */
	struct store_marks marks;
	uint64_t redemptions, enrolments;
	uint64_t lives, lives_open; /* of key holders */
};

/*
 * Copies the database of a ledger, which may be working, to a new file.
 * Meanwhile the ledger makes no checkpoint of its write-ahead log.  The copy is
 * checked completely before it gets its name.  E_NOT_FOUND: no database.
 * E_CONFLICT: the file exists, or the ledger could not postpone the checkpoint
 * any longer; try again.  E_DENIED: not our database, or damaged, or others may
 * write to the directory of the new file.  E_IO, E_NOMEM.
 */
MUST_CHECK err_t store_backup(const char *directory, const char *file,
                              struct buf *why, struct store_facts *ret_facts);

/* Checks a backup, or a database that no ledger uses, completely: tables,
 * pages, rows, marks.  Writes nothing.  E_NOT_FOUND, E_DENIED, E_IO,
 * E_NOMEM. */
MUST_CHECK err_t store_verify(const char *file, struct buf *why,
                              struct store_facts *ret_facts);

/*
 * Puts a checked and repaired copy of the file (store_repair()) in a ledger's
 * place, so that no challenge issued before now_ms counts.  E_CONFLICT: a
 * ledger uses the directory, or it has a database.  E_NOT_FOUND, E_DENIED,
 * E_IO, E_NOMEM.  After a failure the ledger's place is empty.
 */
MUST_CHECK err_t store_restore(const char *file, const char *directory,
                               uint64_t now_ms, struct buf *why,
                               struct store_repair *ret_done);

#endif
