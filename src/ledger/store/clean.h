/*
 * clean.h - the mark of an orderly end: ledger.clean, beside the database.
 *
 * A complete check of a large file takes minutes.  After an orderly end the
 * file is sound, unless it was written to since.  The mark therefore contains
 * the file's inode number, size and times of change, and the check is shortened
 * only if they still match.  It does not protect against an attacker who can
 * write to the disk, because the attacker can write the mark, too.
 */
#ifndef LEDGER_STORE_CLEAN_H
#define LEDGER_STORE_CLEAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define STORE_CLEAN_FILE "ledger.clean"

/* True if the database is as the last ledger left it, without a log beside
 * it. */
bool store_clean_seen(int dir);

/* Removes the mark durably, before anything is written.  E_IO. */
MUST_CHECK err_t store_clean_take(int dir, struct buf *why);

/* Creates the mark for a database that was closed and has no log.  If this
 * fails, the next opening only takes longer. */
void store_clean_leave(int dir);

#endif
