/*
 * sqlite_check.c - see sqlite_check.h.
 */
#include "ledger/store/sqlite_check.h"

#include <stdio.h>

#include "base/auto.h"

#include "ledger/store/store.h"
#include "ledger/store/sqlite_ask.h"
#include "ledger/store/sqlite_schema.h"
#include "ledger/store/sqlite_work.h"

#define TEXT_OF_(n) #n
#define TEXT_OF(n) TEXT_OF_(n)

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

err_t
db_open(const char *directory, const char *file, struct buf *why,
        sqlite3 **ret_db)
{
	AUTO(buf_release) struct buf path = buf_of(STORE_PATH_MAX);

	buf_printf(&path, "%s/%s", directory, file);
	const char *name = buf_str(&path);
	TRY(buf_status(&path));
	return db_open_name(name, SQLITE_OPEN_READWRITE, why, ret_db);
}

err_t
db_open_still(const char *path, struct buf *why, sqlite3 **ret_db)
{
	AUTO(buf_release) struct buf uri = buf_of(3 * STORE_PATH_MAX);

	buf_append_str(&uri, "file:");
	for (const char *c = path; *c; c++)
		buf_printf(&uri, "%%%02x", (unsigned char)*c);
	buf_append_str(&uri, "?immutable=1");
	const char *name = buf_str(&uri);
	TRY(buf_status(&uri));
	return db_open_name(name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, why,
	                    ret_db);
}

/* Settings that keep a manipulated file from running code in the connection or
 * from changing its schema; see https://www.sqlite.org/security.html. */
static const struct setting {
	int option, want;
	const char *what;
} settings[] = {
	/* Closing must not write until the file has been checked. */
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

/* Important pragmas are read back, because SQLite ignores a pragma that it does
 * not know. */
static const struct question pragmas[] = {
	{ "PRAGMA locking_mode = EXCLUSIVE", "exclusive", NULL },
	{ "PRAGMA temp_store = MEMORY", NULL, NULL },
	{ "PRAGMA cell_size_check = ON", NULL, NULL },
	{ "PRAGMA foreign_keys = ON", NULL, NULL },
	{ "PRAGMA foreign_keys", "1", NULL },
	/* What is deleted is overwritten, in pages that are freed, too. */
	{ "PRAGMA secure_delete = ON", "1", NULL },
};

/* Every page, row and index, and that each index says what its table says.  Takes
 * a look-up in each index for each row. */
static const struct question checks_whole[] = {
	{ "PRAGMA integrity_check(1)", "ok", NULL },
};

/* Every page and row. */
static const struct question checks_pages[] = {
	{ "PRAGMA quick_check(1)", "ok", NULL },
};

/* No result is missing. */
static const struct question checks_counted[] = {
	{ "SELECT CASE WHEN m.sequence - m.first + 1 ="
	  " (SELECT count(*) FROM outcomes)"
	  " THEN 'whole' ELSE 'not continuous' END FROM meta m",
	  "whole", "the outcomes" },
};

/* The same of a version that deleted no outcomes: they begin at 1. */
#define VERSION_FIRST 9 /* the first that says where they begin */
static const struct question checks_before[] = {
	{ "SELECT CASE WHEN m.sequence = (SELECT count(*) FROM outcomes)"
	  " AND m.sequence = (SELECT coalesce(max(sequence), 0) FROM outcomes)"
	  " AND 1 = (SELECT coalesce(min(sequence), 1) FROM outcomes)"
	  " THEN 'whole' ELSE 'not continuous' END FROM meta m",
	  "whole", "the outcomes" },
};

/* The tables on which single use and stops depend, with their indexes, unless all
 * of it is checked.  They are small. */
static const struct question checks_small[] = {
	{ "PRAGMA integrity_check(redemptions)", "ok", NULL },
	{ "PRAGMA integrity_check(epochs)", "ok", NULL },
	{ "PRAGMA integrity_check(meta)", "ok", NULL },
	{ "PRAGMA integrity_check(stops)", "ok", NULL },
};

/* Always made: the first and the last result exist. */
static const struct question checks_always[] = {
	{ "SELECT CASE WHEN m.sequence ="
	  " (SELECT coalesce(max(sequence), m.first - 1) FROM outcomes)"
	  " AND m.first ="
	  " (SELECT coalesce(min(sequence), m.first) FROM outcomes)"
	  " THEN 'whole' ELSE 'not continuous' END FROM meta m",
	  "whole", "the outcomes" },
};

/* Makes a connection read-only, for which the version must be current. */
static const struct question looking[] = {
	{ "PRAGMA query_only = ON", NULL, NULL },
	{ "PRAGMA query_only", "1", NULL },
	{ "PRAGMA user_version", TEXT_OF(STORE_VERSION),
	  "only a database of version " TEXT_OF(
	          STORE_VERSION) " can be read "
	                         "without an upgrade, and this one has "
	                         "version" },
};

err_t
db_set_up(sqlite3 *db, struct buf *why)
{
	TRY(set_all(db, why));
	return db_ask_all(db, pragmas, ARRAY_LEN(pragmas), why);
}

err_t
db_look_only(sqlite3 *db, struct buf *why)
{
	return db_ask_all(db, looking, ARRAY_LEN(looking), why);
}

static err_t
check_depth(sqlite3 *db, enum db_depth depth, struct buf *why)
{
	if (depth == DB_WHOLE)
		TRY(db_ask_all(db, checks_whole, ARRAY_LEN(checks_whole), why));
	if (depth == DB_PAGES)
		TRY(db_ask_all(db, checks_pages, ARRAY_LEN(checks_pages), why));
	if (depth != DB_WHOLE)
		TRY(db_ask_all(db, checks_small, ARRAY_LEN(checks_small), why));
	return depth == DB_SMALL ? OK
	                         : db_ask_all(db, checks_counted,
	                                      ARRAY_LEN(checks_counted), why);
}

err_t
db_check(sqlite3 *db, enum db_depth depth, struct buf *why)
{
	int version = 0;

	TRY(schema_check(db, why, &version));
	/* An upgrade reads the whole database, so all of it is checked
	 * before. */
	if (version < VERSION_FIRST) {
		TRY(db_ask_all(db, checks_whole, ARRAY_LEN(checks_whole), why));
		return db_ask_all(db, checks_before, ARRAY_LEN(checks_before),
		                  why);
	}
	TRY(check_depth(db, version == STORE_VERSION ? depth : DB_WHOLE, why));
	TRY(db_ask_all(db, checks_always, ARRAY_LEN(checks_always), why));
	return schema_check_numbers(db, why);
}
