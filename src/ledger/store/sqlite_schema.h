/*
 * sqlite_schema.h - the tables: their text, whether a database has
 * exactly these, and how older ones become them.
 *
 * What a database brings beside its rows is code that runs in the ledger: a
 * trigger that deletes what was just inserted, a view in a table's place, a
 * table that has lost its UNIQUE.  So everything in sqlite_schema is compared,
 * byte by byte, with what schema.def makes; what this program did not write is
 * refused.
 */
#ifndef LEDGER_STORE_SQLITE_SCHEMA_H
#define LEDGER_STORE_SQLITE_SCHEMA_H

#include <sqlite3.h>

#include "base/buf.h"
#include "base/err.h"

extern const char schema_sql[]; /* makes the tables */

/*
 * Before anything is written.  Of this version: has it exactly our tables?  Of
 * an older one: has it no object by another name or of another kind?
 * E_DENIED: no, or the version is none of ours; why says which.  E_IO.
 */
MUST_CHECK err_t schema_check(sqlite3 *db, struct buf *why);

/* Once its pages are sound: are there numbers that none of our programs writes?
 * Of this version alone.  E_DENIED, E_IO. */
MUST_CHECK err_t schema_check_numbers(sqlite3 *db, struct buf *why);

/* Brings an older version up to this one and makes both comparisons with it, in
 * one transaction; after a failure, closing takes it back. */
MUST_CHECK err_t schema_bring_up(sqlite3 *db, struct buf *why);

#endif
