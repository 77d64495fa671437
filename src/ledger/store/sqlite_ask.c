/*
 * sqlite_ask.c - see sqlite_ask.h.
 */
#include "ledger/store/sqlite_ask.h"

#include <string.h>

void
db_close(sqlite3 *db)
{
	(void)sqlite3_close(db);
}

err_t
db_failed(struct buf *why, sqlite3 *db, const char *what)
{
	buf_printf(why, "%s: %s", what, sqlite3_errmsg(db));
	return E_IO;
}

static err_t
wrong_answer(struct buf *why, const struct question *q, const char *got)
{
	buf_printf(why, "%s: %s", q->what ? q->what : q->sql,
	           got ? got : "no answer");
	return E_DENIED;
}

static err_t
ask_database(sqlite3 *db, const struct question *q, struct buf *why)
{
	sqlite3_stmt *st = NULL;
	err_t err = OK;

	if (sqlite3_prepare_v2(db, q->sql, -1, &st, NULL) != SQLITE_OK)
		return db_failed(why, db, q->sql);
	int rc = sqlite3_step(st);
	const char *got = rc == SQLITE_ROW
	                          ? (const char *)sqlite3_column_text(st, 0)
	                          : NULL;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		err = db_failed(why, db, q->what ? q->what : q->sql);
	else if (q->want && (!got || strcmp(got, q->want) != 0))
		err = wrong_answer(why, q, got);
	(void)sqlite3_finalize(st);
	return err;
}

err_t
db_ask_all(sqlite3 *db, const struct question *questions, size_t n,
           struct buf *why)
{
	for (size_t i = 0; i < n; i++)
		TRY(ask_database(db, &questions[i], why));
	return OK;
}

err_t
db_number(sqlite3 *db, const char *sql, struct buf *why, int *ret_number)
{
	sqlite3_stmt *st = NULL;
	err_t err = OK;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		return db_failed(why, db, sql);
	if (sqlite3_step(st) == SQLITE_ROW)
		*ret_number = sqlite3_column_int(st, 0);
	else
		err = db_failed(why, db, sql);
	(void)sqlite3_finalize(st);
	return err;
}
