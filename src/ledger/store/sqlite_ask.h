/*
 * sqlite_ask.h - questions to the engine that have one answer, and what
 * it must be.
 */
#ifndef LEDGER_STORE_SQLITE_ASK_H
#define LEDGER_STORE_SQLITE_ASK_H

#include <sqlite3.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

void db_close(sqlite3 *db); /* accepts NULL; its statements are finalised */
DEFINE_AUTO(sqlite3 *, db_close);

/* Appends what, and why the engine failed; E_IO. */
err_t db_failed(struct buf *why, sqlite3 *db, const char *what);

/* One statement, and what its single answer must be (NULL: any). */
struct question {
	const char *sql, *want;
	const char *what; /* for people; NULL: the statement itself */
};

/* E_DENIED: it answers otherwise.  E_IO. */
MUST_CHECK err_t db_ask_all(sqlite3 *db, const struct question *questions,
                            size_t n, struct buf *why);

/* A number that the engine has.  E_IO. */
MUST_CHECK err_t db_number(sqlite3 *db, const char *sql, struct buf *why,
                           int *ret_number);

#endif
