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
#include "store_open.h"

#include "store_clean.h"
#include "store_file.h"
#include "store_sqlite.h"
#include "store_sqlite_ask.h"
#include "store_sqlite_schema.h"
#include "store_sqlite_work.h"

#define TEXT_OF_(n) #n
#define TEXT_OF(n) TEXT_OF_(n)

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
db_open_name(const char *name, int flags, struct buf *why, sqlite3 **ret_db)
{
	AUTO(db_close) sqlite3 *db = NULL;

	if (sqlite3_open_v2(name, &db, flags | SQLITE_OPEN_NOMUTEX, WORK_VFS) !=
	    SQLITE_OK)
		return db_failed(why, db, STORE_FILE);
	(void)sqlite3_extended_result_codes(db, 1);
	*ret_db = TAKE(db);
	return OK;
}

static err_t
db_open(const char *directory, const char *file, struct buf *why,
        sqlite3 **ret_db)
{
	AUTO(buf_release) struct buf path = buf_of(4096);

	buf_printf(&path, "%s/%s", directory, file);
	const char *name = buf_str(&path);
	TRY(buf_status(&path));
	return db_open_name(name, SQLITE_OPEN_READWRITE, why, ret_db);
}

/* SQLite would make an empty log beside a file that has none, unless the file
 * is called immutable; and it is: we have the directory's lock. */
static err_t
db_open_look(const char *directory, int dir, struct buf *why, sqlite3 **ret_db)
{
	AUTO(buf_release) struct buf uri = buf_of(3 * 4096);
	bool log = false;

	TRY(store_file_log(dir, why, &log));
	if (log)
		return db_open(directory, STORE_FILE, why, ret_db);
	buf_append_str(&uri, "file:");
	for (const char *c = directory; *c; c++)
		buf_printf(&uri, "%%%02x", (unsigned char)*c);
	buf_append_str(&uri, "/" STORE_FILE "?immutable=1");
	const char *name = buf_str(&uri);
	TRY(buf_status(&uri));
	return db_open_name(name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, why,
	                    ret_db);
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

/* After any end but a clean one: every page and every index, and how many
 * results there are. */
static const struct question checks_whole[] = {
	{ "PRAGMA integrity_check(1)", "ok", NULL },
	{ "SELECT CASE WHEN m.sequence = (SELECT count(*) FROM outcomes)"
	  " THEN 'whole' ELSE 'not continuous' END FROM meta m",
	  "whole", "the outcomes" },
};

/* What single use rests on is looked at always; its tables are small. */
static const struct question checks_clean[] = {
	{ "PRAGMA integrity_check(redemptions)", "ok", NULL },
	{ "PRAGMA integrity_check(epochs)", "ok", NULL },
	{ "PRAGMA integrity_check(meta)", "ok", NULL },
};

/* The first result and the last; with their number, none is missing. */
static const struct question checks_always[] = {
	{ "SELECT CASE WHEN m.sequence = (SELECT coalesce(max(sequence), 0)"
	  " FROM outcomes) AND (m.sequence = 0 OR 1 ="
	  " (SELECT min(sequence) FROM outcomes))"
	  " THEN 'whole' ELSE 'not continuous' END FROM meta m",
	  "whole", "the outcomes" },
};

/* Of what is not to be changed. */
static const struct question looking[] = {
	{ "PRAGMA query_only = ON", NULL, NULL },
	{ "PRAGMA query_only", "1", NULL },
	{ "PRAGMA user_version", TEXT_OF(STORE_VERSION),
	  "only a database of version " TEXT_OF(
	          STORE_VERSION) " can be looked "
	                         "at without a change, and this one's is" },
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

/* Before it reads its first page. */
static err_t
set_up(struct store *s, struct buf *why)
{
	TRY(set_all(s->db, why));
	return db_ask_all(s->db, pragmas, ARRAY_LEN(pragmas), why);
}

/* Whether it is ours and sound; writes nothing. */
static err_t
check(struct store *s, struct buf *why)
{
	TRY(schema_check(s->db, why));
	if (s->clean)
		TRY(db_ask_all(s->db, checks_clean, ARRAY_LEN(checks_clean),
		               why));
	else
		TRY(db_ask_all(s->db, checks_whole, ARRAY_LEN(checks_whole),
		               why));
	TRY(db_ask_all(s->db, checks_always, ARRAY_LEN(checks_always), why));
	return schema_check_numbers(s->db, why);
}

static err_t
open_to_look(struct store *s, const char *directory, struct buf *why)
{
	TRY(db_open_look(directory, s->dir, why, &s->db));
	TRY(set_up(s, why));
	TRY(db_ask_all(s->db, looking, ARRAY_LEN(looking), why));
	TRY(check(s, why));
	return prepare_all(s, why);
}

static err_t
open_existing(struct store *s, const char *directory, struct buf *why)
{
	TRY(db_open(directory, STORE_FILE, why, &s->db));
	TRY(set_up(s, why));
	TRY(check(s, why));
	TRY(store_clean_take(s->dir, why));
	TRY(db_ask_all(s->db, durability, ARRAY_LEN(durability), why));
	TRY(schema_bring_up(s->db, why));
	TRY(prepare_all(s, why));
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
	s->dir = -1;
	TRY(work_vfs());
	TRY(store_dir_lock(directory, why, &s->dir));
	TRY(store_file_probe(s->dir, why, &there));
	if (!there && (how->look || how->make_ms == 0)) {
		buf_append_str(why, "there is no " STORE_FILE);
		return E_NOT_FOUND;
	}
	if (!there)
		TRY(create(directory, s->dir, how->make_ms, why));
	s->inode = store_file_inode(s->dir);
	s->clean = !how->whole && store_clean_seen(s->dir);
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
let_go(struct store *s)
{
	store_fd_close(s->dir);
	free(s);
}

static void
close_database(struct store *s)
{
	for (size_t i = 0; i < ST_COUNT; i++)
		(void)sqlite3_finalize(s->statements[i]);
	(void)sqlite3_close(s->db);
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	close_database(s);
	let_go(s);
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
	let_go(s);
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
