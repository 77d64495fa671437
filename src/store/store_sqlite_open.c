/*
 * store_sqlite_open.c - opening: one SQLite file, write-ahead log, one writer.
 *
 * Durability: synchronous=FULL syncs the log once at every commit; a commit
 * that returned is on the disk.  The log is moved into the database by hand
 * (store_checkpoint), so that no commit pays for it by surprise.
 *
 * Exclusiveness: the directory is locked (store_file.h) and SQLite keeps its
 * own lock on the file (locking_mode=EXCLUSIVE), which also needs no shared
 * memory file.  The engine sees the file only after its header was found ours,
 * and writes to neither file nor log until the tables were found ours
 * (store_sqlite_schema.h) and the whole file sound.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auto.h"

#include "store_file.h"
#include "store_sqlite.h"
#include "store_sqlite_ask.h"
#include "store_sqlite_schema.h"

/* Pages of 4 KiB in the log before it is moved into the database. */
#define CHECKPOINT_PAGES 1000

#define OUTCOME(type, name, sql) ", " #name
static const char outcome_columns[] =
#include "outcome.def"
        ;
#undef OUTCOME

#define OUTCOME(type, name, sql) ", o." #name
static const char outcome_selected[] =
#include "outcome.def"
        ;
#undef OUTCOME

#define OUTCOME(type, name, sql) ", ?"
static const char outcome_marks[] =
#include "outcome.def"
        ;
#undef OUTCOME

static err_t
db_open(const char *directory, const char *file, struct buf *why,
        sqlite3 **ret_db)
{
	AUTO(buf_release) struct buf path = buf_of(4096);
	AUTO(db_close) sqlite3 *db = NULL;

	buf_printf(&path, "%s/%s", directory, file);
	const char *name = buf_str(&path);
	TRY(buf_status(&path));
	if (sqlite3_open_v2(name, &db,
	                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
	                    NULL) != SQLITE_OK)
		return db_failed(why, db, file);
	(void)sqlite3_extended_result_codes(db, 1);
	*ret_db = TAKE(db);
	return OK;
}

/* What a connection of ours does never, whatever a file brings: code that runs
 * in it, or words that change the tables' text. */
static const struct setting {
	int option, want;
	const char *what;
} settings[] = {
	/* Until the file is found sound, closing it must not write to it. */
	{ SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, "no checkpoint" },
	{ SQLITE_DBCONFIG_DEFENSIVE, 1, "defensive" },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, "no trusted schema" },
	{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, "no triggers" },
	{ SQLITE_DBCONFIG_ENABLE_VIEW, 0, "no views" },
};

static err_t
set_all(sqlite3 *db, struct buf *why)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const struct setting *t = &settings[i];
		int got = -1;

		if (sqlite3_db_config(db, t->option, t->want, &got) !=
		            SQLITE_OK ||
		    got != t->want)
			return db_failed(why, db, t->what);
	}
	return OK;
}

/* Each is asked back, since SQLite ignores a pragma that it does not know. */
static const struct question pragmas[] = {
	{ "PRAGMA locking_mode = EXCLUSIVE", "exclusive", NULL },
	{ "PRAGMA temp_store = MEMORY", NULL, NULL },
	{ "PRAGMA cell_size_check = ON", NULL, NULL },
	{ "PRAGMA foreign_keys = ON", NULL, NULL },
	{ "PRAGMA foreign_keys", "1", NULL },
};

/* Every page and every index; and that no result is missing between the first
 * one and the last. */
static const struct question checks[] = {
	{ "PRAGMA integrity_check(1)", "ok", NULL },
	{ "SELECT CASE WHEN m.sequence = (SELECT count(*) FROM outcomes)"
	  " AND m.sequence = (SELECT coalesce(max(sequence), 0)"
	  " FROM outcomes) THEN 'whole' ELSE 'not continuous' END"
	  " FROM meta m",
	  "whole", "the outcomes" },
};

/* The first that may write.  synchronous: 2 is FULL. */
static const struct question durability[] = {
	{ "PRAGMA journal_mode = WAL", "wal", NULL },
	{ "PRAGMA synchronous = FULL", NULL, NULL },
	{ "PRAGMA synchronous", "2", NULL },
	{ "PRAGMA wal_autocheckpoint = 0", "0", NULL },
};

/* A failed creation leaves only STORE_FILE_NEW, which the next one removes. */
static err_t
create(const char *directory, int dir, uint64_t now_ms, struct buf *why)
{
	TRY(store_file_create(dir, why));

	AUTO(db_close) sqlite3 *db = NULL;
	TRY(db_open(directory, STORE_FILE_NEW, why, &db));

	AUTO(buf_release) struct buf sql = buf_of(16384);
	buf_printf(&sql,
	           "PRAGMA application_id = %d; PRAGMA user_version = %d;"
	           "BEGIN; %s INSERT INTO meta VALUES (1, 0, %llu, %llu, %llu);"
	           "COMMIT;",
	           STORE_APPLICATION, STORE_VERSION, schema_sql,
	           (unsigned long long)now_ms, (unsigned long long)now_ms,
	           (unsigned long long)now_ms);
	const char *text = buf_str(&sql);
	TRY(buf_status(&sql));
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		return db_failed(why, db, "making " STORE_FILE);
	if (sqlite3_close(TAKE(db)) != SQLITE_OK)
		return E_BUG;
	return store_file_publish(dir, why);
}

/* --- kept statements ------------------------------------------------------ */

static const char *const statement_sql[] = {
#define STATEMENT_SQL(name, sql) [ST_##name] = sql,
	STATEMENTS(STATEMENT_SQL)
#undef STATEMENT_SQL
};
_Static_assert(ARRAY_LEN(statement_sql) == ST_OUTCOME_ADD,
               "the composed statements come last");

static err_t
prepare(struct store *s, enum statement which, const char *sql, struct buf *why)
{
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
	                       &s->statements[which], NULL) != SQLITE_OK)
		return db_failed(why, s->db, "the tables of " STORE_FILE);
	return OK;
}

static err_t
prepare_all(struct store *s, struct buf *why)
{
	AUTO(buf_release) struct buf sql = buf_of(4096);

	for (enum statement i = 0; i < ST_OUTCOME_ADD; i++)
		TRY(prepare(s, i, statement_sql[i], why));

	/* The lists begin with a comma. */
	buf_printf(&sql, "INSERT INTO outcomes (%s) VALUES (%s)",
	           outcome_columns + 2, outcome_marks + 2);
	TRY(prepare(s, ST_OUTCOME_ADD, buf_str(&sql), why));
	buf_reset(&sql);
	buf_printf(&sql,
	           "SELECT r.observed, r.jwt, r.finding, r.tag%s FROM "
	           "redemptions r"
	           " JOIN outcomes o USING (sequence) WHERE r.cti = ?",
	           outcome_selected);
	TRY(prepare(s, ST_REDEMPTION, buf_str(&sql), why));
	return buf_status(&sql);
}

/* --- open and close ------------------------------------------------------- */

static int
on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct store *s = arg;

	(void)db;
	(void)name;
	s->log_pages = pages;
	return SQLITE_OK;
}

static err_t
open_existing(struct store *s, const char *directory, struct buf *why)
{
	TRY(db_open(directory, STORE_FILE, why, &s->db));
	TRY(set_all(s->db, why));
	TRY(db_ask_all(s->db, pragmas, ARRAY_LEN(pragmas), why));
	TRY(schema_check(s->db, why));
	TRY(db_ask_all(s->db, checks, ARRAY_LEN(checks), why));
	TRY(schema_check_numbers(s->db, why));
	TRY(db_ask_all(s->db, durability, ARRAY_LEN(durability), why));
	TRY(schema_bring_up(s->db, why));
	TRY(prepare_all(s, why));
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0,
	                        NULL);
	(void)sqlite3_wal_hook(s->db, on_commit, s);
	return OK;
}

/* made_ms NULL: none is made. */
static err_t
open_store(const char *directory, const uint64_t *made_ms, struct buf *why,
           struct store **ret_store)
{
	bool there = false;
	AUTO(store_close) struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return E_NOMEM;
	s->dir = -1;
	TRY(store_dir_lock(directory, why, &s->dir));
	TRY(store_file_probe(s->dir, why, &there));
	if (!there && !made_ms) {
		buf_append_str(why, "there is no " STORE_FILE);
		return E_NOT_FOUND;
	}
	if (!there)
		TRY(create(directory, s->dir, *made_ms, why));
	s->inode = store_file_inode(s->dir);
	TRY(open_existing(s, directory, why));
	*ret_store = TAKE(s);
	return OK;
}

err_t
store_open(const char *directory, uint64_t now_ms, struct buf *why,
           struct store **ret_store)
{
	return open_store(directory, &now_ms, why, ret_store);
}

err_t
store_open_existing(const char *directory, struct buf *why,
                    struct store **ret_store)
{
	return open_store(directory, NULL, why, ret_store);
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < ST_COUNT; i++)
		(void)sqlite3_finalize(s->statements[i]);
	(void)sqlite3_close(s->db);
	store_fd_close(s->dir);
	free(s);
}

err_t
store_check_file(const struct store *s)
{
	return store_file_inode(s->dir) == s->inode ? OK : E_IO;
}

err_t
store_checkpoint(struct store *s)
{
	if (s->log_pages < CHECKPOINT_PAGES)
		return OK;
	s->log_pages = 0;
	return sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
	                                 NULL, NULL) == SQLITE_OK
	               ? OK
	               : E_IO;
}
