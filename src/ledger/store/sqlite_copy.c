/*
 * sqlite_copy.c - see sqlite_copy.h.
 */
#include "ledger/store/sqlite_copy.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "ledger/store/open.h"

#include "ledger/store/sqlite.h"
#include "ledger/store/sqlite_ask.h"
#include "ledger/store/sqlite_check.h"
#include "ledger/store/sqlite_schema.h"
#include "ledger/store/sqlite_work.h"

static void
statement_end(sqlite3_stmt *st)
{
	(void)sqlite3_finalize(st);
}
DEFINE_AUTO(sqlite3_stmt *, statement_end);

static err_t
read_facts(sqlite3 *db, struct buf *why, struct store_facts *ret)
{
	static const char sql[] =
	        "SELECT m.sequence, m.time_ms, m.created_ms, m.horizon_ms,"
	        " m.first,"
	        " (SELECT count(*) FROM redemptions),"
	        " (SELECT count(*) FROM enrolments),"
	        " (SELECT count(*) FROM epochs),"
	        " (SELECT count(*) FROM epochs WHERE ended_ms = " EPOCH_LIVES
	        ") FROM meta m";
	AUTO(statement_end) sqlite3_stmt *st = NULL;
	int application = 0;

	TRY(db_number(db, "PRAGMA application_id", why, &application));
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW)
		return db_failed(why, db, "the marks");
	uint64_t *const facts[] = {
		&ret->marks.sequence,   &ret->marks.time_ms,
		&ret->marks.created_ms, &ret->marks.horizon_ms,
		&ret->marks.first,      &ret->redemptions,
		&ret->enrolments,       &ret->lives,
		&ret->lives_open,
	};
	for (int i = 0; i < (int)ARRAY_LEN(facts); i++)
		*facts[i] = (uint64_t)sqlite3_column_int64(st, i);
	ret->backup = application == STORE_APPLICATION_BACKUP;
	return OK;
}

static err_t
mark_application(sqlite3 *db, int application, struct buf *why)
{
	AUTO(buf_release) struct buf sql = buf_of(64);

	buf_printf(&sql, "PRAGMA application_id = %d", application);
	const char *text = buf_str(&sql);
	TRY(buf_status(&sql));
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		return db_failed(why, db, text);
	return OK;
}

err_t
copy_settle(const char *directory, struct buf *why,
            struct store_facts *ret_facts)
{
	const struct store_opening how = { .whole = true };
	AUTO(store_close) struct store *s = NULL;

	TRY(store_open_as(directory, &how, why, &s));
	TRY(mark_application(s->db, STORE_APPLICATION_BACKUP, why));
	return read_facts(s->db, why, ret_facts);
}

static err_t
open_checked(const char *path, struct buf *why, sqlite3 **ret_db)
{
	AUTO(db_close) sqlite3 *db = NULL;

	TRY(work_vfs());
	TRY(db_open_still(path, why, &db));
	TRY(db_set_up(db, why));
	TRY(db_look_only(db, why));
	TRY(db_check(db, DB_WHOLE, why));
	*ret_db = TAKE(db);
	return OK;
}

err_t
copy_check(const char *path, struct buf *why, struct store_facts *ret_facts)
{
	AUTO(db_close) sqlite3 *db = NULL;

	TRY(open_checked(path, why, &db));
	return read_facts(db, why, ret_facts);
}

err_t
copy_open(const char *path, struct buf *why, struct store **ret_store)
{
	AUTO(store_close) struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return E_NOMEM;
	s->dir = s->file = -1;
	TRY(open_checked(path, why, &s->db));
	TRY(store_prepare(s, why));
	*ret_store = TAKE(s);
	return OK;
}

/* Finalises the statements before their owner closes the database. */
static void
statements_end(struct store *s)
{
	for (size_t i = 0; i < ST_COUNT; i++)
		(void)sqlite3_finalize(s->statements[i]);
}
DEFINE_AUTO_REF(struct store, statements_end);

static err_t
repair_copy(sqlite3 *db, uint64_t now_ms, struct buf *why,
            struct store_repair *ret_done)
{
	AUTO(statements_end) struct store s = { .db = db };

	TRY(store_prepare(&s, why));
	err_t err = store_begin(&s);
	if (err == OK)
		err = store_repair(&s, now_ms, ret_done);
	if (err == OK)
		err = store_commit(&s);
	if (err != OK)
		buf_printf(why, "the repair failed: %s", store_error(&s));
	return err;
}

err_t
copy_revive(const char *directory, const char *file, uint64_t now_ms,
            struct buf *why, struct store_repair *ret_done)
{
	/* Needs no journal file, because an interrupted restore starts again
	 * from the backup. */
	static const struct question no_journal[] = {
		{ "PRAGMA journal_mode = MEMORY", "memory", NULL },
	};
	AUTO(db_close) sqlite3 *db = NULL;

	TRY(work_vfs());
	TRY(db_open(directory, file, why, &db));
	TRY(db_set_up(db, why));
	TRY(db_check(db, DB_WHOLE, why));
	TRY(db_ask_all(db, no_journal, ARRAY_LEN(no_journal), why));
	TRY(schema_bring_up(db, why));
	TRY(repair_copy(db, now_ms, why, ret_done));
	/* Last, so that no ledger opens a copy that is not repaired. */
	TRY(mark_application(db, STORE_APPLICATION, why));
	return sqlite3_close(TAKE(db)) == SQLITE_OK ? OK : E_BUG;
}
