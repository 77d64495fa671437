/*
 * sqlite_schema.h - the database schema: its SQL, the check that a database has
 * exactly this schema, and the upgrade of older ones.
 *
 * Triggers, views and constraints of a database run as code in the ledger: a
 * trigger could delete what was just inserted, a view could replace a table, a
 * table could lack its UNIQUE.  So all of sqlite_schema is compared byte by
 * byte with what schema.def makes, and any difference is refused.
 */
#ifndef LEDGER_STORE_SQLITE_SCHEMA_H
#define LEDGER_STORE_SQLITE_SCHEMA_H

#include <sqlite3.h>

#include "base/buf.h"
#include "base/err.h"

extern const char schema_sql[]; /* creates the tables */

/*
 * To be called before anything is written.  Current version: checks that the
 * tables are exactly ours.  Older version: checks that there is no object of
 * another name or type.  *ret_version is the database's.  E_DENIED: the check
 * failed, or the version is unknown; why has the cause.  E_IO.
 */
MUST_CHECK err_t schema_check(sqlite3 *db, struct buf *why, int *ret_version);

/* To be called once all pages are sound: checks for numbers that this program
 * never writes.  For the current version only.  E_DENIED, E_IO. */
MUST_CHECK err_t schema_check_numbers(sqlite3 *db, struct buf *why);

/* Upgrades an older version in one transaction and makes both checks.  After a
 * failure closing the database rolls it back. */
MUST_CHECK err_t schema_bring_up(sqlite3 *db, struct buf *why);

#endif
