/*
 * sqlite_ask.h - queries with a single result, compared with what it must be.
 */
#ifndef LEDGER_STORE_SQLITE_ASK_H
#define LEDGER_STORE_SQLITE_ASK_H

#include <sqlite3.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

void db_close(sqlite3 *db); /* accepts NULL; its statements are finalised */
DEFINE_AUTO(sqlite3 *, db_close);

/* Appends what and SQLite's error; returns E_IO. */
err_t db_failed(struct buf *why, sqlite3 *db, const char *what);

/* A statement, and its required result (NULL: any). */
struct question {
	const char *sql, *want;
	const char *what; /* for messages; NULL: the statement */
};

/* E_DENIED: a result differs.  E_IO. */
MUST_CHECK err_t db_ask_all(sqlite3 *db, const struct question *questions,
                            size_t n, struct buf *why);

/* Returns the number in the first column of the first row.  E_IO. */
MUST_CHECK err_t db_number(sqlite3 *db, const char *sql, struct buf *why,
                           int *ret_number);

#endif
