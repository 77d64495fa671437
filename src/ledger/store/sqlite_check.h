/*
 * sqlite_check.h - opens and checks a database file.  Writes nothing.
 */
#ifndef LEDGER_STORE_SQLITE_CHECK_H
#define LEDGER_STORE_SQLITE_CHECK_H

#include <sqlite3.h>

#include "base/buf.h"
#include "base/err.h"

#define STORE_PATH_MAX 4096

/* Opens an existing file for reading and writing. */
MUST_CHECK err_t db_open(const char *directory, const char *file,
                         struct buf *why, sqlite3 **ret_db);

/* Opens a file for reading that does not change and has no log, so that SQLite
 * creates no file beside it. */
MUST_CHECK err_t db_open_still(const char *path, struct buf *why,
                               sqlite3 **ret_db);

/* Sets the options that must be set before the first page is read. */
MUST_CHECK err_t db_set_up(sqlite3 *db, struct buf *why);

/* Makes the connection read-only; refuses a database of an older version. */
MUST_CHECK err_t db_look_only(sqlite3 *db, struct buf *why);

enum db_depth {
	DB_SMALL, /* the tables on which single use and stops depend */
	DB_PAGES, /* and every page and row of all others */
	DB_WHOLE, /* and that every index says what its table says */
};

/* Checks that the database has exactly our tables and is sound, as far as depth
 * says; one of an older version always wholly.  E_DENIED: the check failed, and
 * why has the cause.  E_IO. */
MUST_CHECK err_t db_check(sqlite3 *db, enum db_depth depth, struct buf *why);

#endif
