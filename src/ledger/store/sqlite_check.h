/*
 * sqlite_check.h - a database as the engine gets it: how a file of ours is
 * opened, and whether it is sound.  Nothing here writes.
 */
#ifndef LEDGER_STORE_SQLITE_CHECK_H
#define LEDGER_STORE_SQLITE_CHECK_H

#include <sqlite3.h>

#include "base/buf.h"
#include "base/err.h"

#define STORE_PATH_MAX 4096

/* Opens a file that is there, for reading and writing. */
MUST_CHECK err_t db_open(const char *directory, const char *file,
                         struct buf *why, sqlite3 **ret_db);

/* Opens a file that nobody changes, and that has no log, to look at: SQLite
 * makes no file beside it. */
MUST_CHECK err_t db_open_still(const char *path, struct buf *why,
                               sqlite3 **ret_db);

/* Before the first page is read. */
MUST_CHECK err_t db_set_up(sqlite3 *db, struct buf *why);

/* Refuses to write from now on, and a database of an older version. */
MUST_CHECK err_t db_look_only(sqlite3 *db, struct buf *why);

/* Whether it is ours and sound; after a clean end not every page is read.
 * E_DENIED: no, why says what. */
MUST_CHECK err_t db_check(sqlite3 *db, bool clean, struct buf *why);

#endif
