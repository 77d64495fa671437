/*
 * sqlite_open.c - opens and closes the database: one SQLite file with a
 * write-ahead log (WAL) and one writer.
 *
 * Durability: synchronous=FULL syncs the log at every commit, so a commit that
 * has returned is on the disk.  SQLite's automatic checkpoints are off, because
 * they would delay single commits; the ledger calls store_checkpoint() between
 * transactions.
 *
 * Exclusive use: the directory is locked (file.h), and SQLite holds a lock of
 * its own on the file (locking_mode=EXCLUSIVE), which also makes a shared
 * memory file unnecessary.  SQLite opens the file only after its header was
 * checked, and writes to file and log only after the tables (sqlite_schema.h)
 * and the file's pages were checked.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "ledger/store/open.h"

#include "ledger/store/clean.h"
#include "ledger/store/file.h"
#include "ledger/store/hold.h"
#include "ledger/store/sqlite.h"
#include "ledger/store/sqlite_ask.h"
#include "ledger/store/sqlite_check.h"
#include "ledger/store/sqlite_schema.h"
#include "ledger/store/sqlite_work.h"

/* Pages of 4 KiB in the log before it is moved into the database. */
#define CHECKPOINT_PAGES 1000

#define OUTCOME(type, name, sql) ", " #name
static const char outcome_columns[] =
#include "ledger/store/outcome.def"
        ;
#undef OUTCOME

#define OUTCOME(type, name, sql) ", o." #name
static const char outcome_selected[] =
#include "ledger/store/outcome.def"
        ;
#undef OUTCOME

#define OUTCOME(type, name, sql) ", ?"
static const char outcome_marks[] =
#include "ledger/store/outcome.def"
        ;
#undef OUTCOME

#define FILTER(type, name, sql) " AND " sql
static const char outcome_conditions[] =
#include "ledger/store/filter.def"
        ;
#undef FILTER

/* Without a log the file is opened as immutable, because SQLite would otherwise
 * create an empty log beside it.  It is in fact immutable, because this process
 * holds the directory's lock. */
static err_t
db_open_look(const char *directory, int dir, struct buf *why, sqlite3 **ret_db)
{
	AUTO(buf_release) struct buf path = buf_of(STORE_PATH_MAX);
	bool log = false;

	TRY(store_file_log(dir, why, &log));
	if (log)
		return db_open(directory, STORE_FILE, why, ret_db);
	buf_printf(&path, "%s/" STORE_FILE, directory);
	const char *name = buf_str(&path);
	TRY(buf_status(&path));
	return db_open_still(name, why, ret_db);
}

/* The first statements that may write.  Value 2 of synchronous is FULL. */
static const struct question durability[] = {
	{ "PRAGMA journal_mode = WAL", "wal", NULL },
	{ "PRAGMA synchronous = FULL", NULL, NULL },
	{ "PRAGMA synchronous", "2", NULL },
	{ "PRAGMA wal_autocheckpoint = 0", "0", NULL },
	/* 16 MiB: the inner pages of all indexes of some million devices, so
	 * that a look-up reads one page of each from the file. */
	{ "PRAGMA cache_size = -16384", NULL, NULL },
};

/* A failed creation leaves only STORE_FILE_NEW, which the next one removes. */
static err_t
create_database(const char *directory, int dir, uint64_t now_ms,
                struct buf *why)
{
	TRY(store_file_create(dir, why));

	AUTO(db_close) sqlite3 *db = NULL;
	TRY(db_open(directory, STORE_FILE_NEW, why, &db));

	AUTO(buf_release) struct buf sql = buf_of(16384);
	buf_printf(&sql,
	           "PRAGMA application_id = %d; PRAGMA user_version = %d;"
	           "BEGIN; %s INSERT INTO meta (one, sequence, time_ms,"
	           " created_ms, horizon_ms) VALUES (1, 0, %llu, %llu, %llu);"
	           "COMMIT;",
	           STORE_APPLICATION, STORE_VERSION, schema_sql,
	           (unsigned long long)now_ms, (unsigned long long)now_ms,
	           (unsigned long long)now_ms);
	const char *text = buf_str(&sql);
	TRY(buf_status(&sql));
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		return db_failed(why, db, "creating " STORE_FILE);
	if (sqlite3_close(TAKE(db)) != SQLITE_OK)
		return E_BUG;
	return store_file_publish(dir, why);
}

/* --- prepared statements -------------------------------------------------- */

static const char *const statement_sql[] = {
#define STATEMENT_SQL(name, sql) [ST_##name] = sql,
	STATEMENTS(STATEMENT_SQL) STATEMENTS_PERMITS(STATEMENT_SQL)
	        STATEMENTS_KNOWN(STATEMENT_SQL) STATEMENTS_KEYS(STATEMENT_SQL)
#undef STATEMENT_SQL
};
_Static_assert(ARRAY_LEN(statement_sql) == ST_OUTCOME_ADD,
               "the composed statements come last");

static err_t
prepare_statement(struct store *s, enum statement which, const char *sql,
                  struct buf *why)
{
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
	                       &s->statements[which], NULL) != SQLITE_OK)
		return db_failed(why, s->db, "the tables of " STORE_FILE);
	return OK;
}

err_t
store_prepare(struct store *s, struct buf *why)
{
	AUTO(buf_release) struct buf sql = buf_of(4096);

	for (enum statement i = 0; i < ST_OUTCOME_ADD; i++)
		TRY(prepare_statement(s, i, statement_sql[i], why));

	/* The lists begin with a comma. */
	buf_printf(&sql, "INSERT INTO outcomes (%s) VALUES (%s)",
	           outcome_columns + 2, outcome_marks + 2);
	TRY(prepare_statement(s, ST_OUTCOME_ADD, buf_str(&sql), why));
	buf_reset(&sql);
	buf_printf(&sql,
	           "SELECT r.observed, r.jwt, r.finding, r.tag%s FROM "
	           "redemptions r"
	           " JOIN outcomes o USING (sequence) WHERE r.cti = ?",
	           outcome_selected);
	TRY(prepare_statement(s, ST_REDEMPTION, buf_str(&sql), why));
	buf_reset(&sql);
	buf_printf(&sql,
	           "SELECT %s FROM outcomes WHERE sequence BETWEEN ? AND ?%s"
	           " AND tenant <> '' ORDER BY sequence LIMIT ?",
	           outcome_columns + 2, outcome_conditions);
	TRY(prepare_statement(s, ST_OUTCOMES, buf_str(&sql), why));
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
open_to_look(struct store *s, const char *directory, struct buf *why)
{
	TRY(db_open_look(directory, s->dir, why, &s->db));
	TRY(db_set_up(s->db, why));
	TRY(db_look_only(s->db, why));
	TRY(db_check(s->db, s->depth, why));
	return store_prepare(s, why);
}

static bool
has_log(int dir)
{
	struct stat st;

	return fstatat(dir, STORE_FILE "-wal", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_size > 0;
}

static err_t
open_existing(struct store *s, const char *directory, struct buf *why)
{
	TRY(store_file_open(s->dir, why, &s->file)); /* hold.c: first */
	/* A ledger that was killed may have left a deletion in its log. */
	s->scrub = has_log(s->dir);
	TRY(db_open(directory, STORE_FILE, why, &s->db));
	TRY(db_set_up(s->db, why));
	TRY(db_check(s->db, s->depth, why));
	TRY(store_clean_take(s->dir, why));
	TRY(db_ask_all(s->db, durability, ARRAY_LEN(durability), why));
	TRY(schema_bring_up(s->db, why));
	TRY(store_prepare(s, why));
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0,
	                        NULL);
	(void)sqlite3_wal_hook(s->db, on_commit, s);
	return OK;
}

err_t
store_open_as(const char *directory, const struct store_opening *how,
              struct buf *why, struct store **ret_store)
{
	bool there = false;
	AUTO(store_close) struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return E_NOMEM;
	s->dir = s->file = -1;
	TRY(work_vfs());
	TRY(store_dir_lock(directory, why, &s->dir));
	TRY(store_file_probe(s->dir, why, &there));
	if (!there && (how->look || how->make_ms == 0)) {
		buf_append_str(why, "the directory has no " STORE_FILE);
		return E_NOT_FOUND;
	}
	if (!there)
		TRY(create_database(directory, s->dir, how->make_ms, why));
	s->inode = store_file_inode(s->dir);
	s->depth = how->whole                 ? DB_WHOLE
	           : store_clean_seen(s->dir) ? DB_SMALL
	                                      : DB_PAGES;
	work_begin(how);
	err_t err = how->look ? open_to_look(s, directory, why)
	                      : open_existing(s, directory, why);
	work_end();
	TRY(err);
	*ret_store = TAKE(s);
	return OK;
}

err_t
store_open(const char *directory, uint64_t now_ms, struct buf *why,
           struct store **ret_store)
{
	const struct store_opening how = { .make_ms = now_ms };

	return store_open_as(directory, &how, why, ret_store);
}

err_t
store_open_existing(const char *directory, struct buf *why,
                    struct store **ret_store)
{
	const struct store_opening how = { .make_ms = 0 };

	return store_open_as(directory, &how, why, ret_store);
}

static void
free_store(struct store *s)
{
	close_fd(s->file);
	close_fd(s->dir);
	free(s);
}

static void
close_database(struct store *s)
{
	for (size_t i = 0; i < ST_COUNT; i++)
		(void)sqlite3_finalize(s->statements[i]);
	/* Closing makes a checkpoint, which a running copy does not permit. */
	if (s->file >= 0 && !store_hold_nobody(s->file))
		(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
		                        1, NULL);
	(void)sqlite3_close(s->db);
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	close_database(s);
	free_store(s);
}

void
store_end(struct store *s)
{
	if (!s)
		return;
	bool same = store_check_file(s) == OK;
	close_database(s);
	if (same)
		store_clean_leave(s->dir);
	free_store(s);
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
	bool nobody = store_hold_nobody(s->file);
	if (!nobody && s->log_pages < STORE_HOLD_PAGES)
		return OK;
	s->log_pages = 0;
	int rc = sqlite3_wal_checkpoint_v2(
	        s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (nobody)
		store_hold_end(s->file);
	return rc == SQLITE_OK ? OK : E_IO;
}

err_t
store_scrub(struct store *s)
{
	if (!s->scrub || !store_hold_nobody(s->file))
		return OK;
	s->log_pages = 0;
	int rc = sqlite3_wal_checkpoint_v2(
	        s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	store_hold_end(s->file);
	s->scrub = rc != SQLITE_OK;
	return s->scrub ? E_IO : OK;
}
