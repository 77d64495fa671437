/*
 * sqlite_schema.c - see sqlite_schema.h.
 *
 * The database is compared with one in memory that is created from schema.def,
 * so there is no second list of tables.  An upgraded database has the same
 * texts, because ALTER TABLE stores a column exactly as migrate.def writes it;
 * only the new name of a renamed table is quoted.
 */
#include "ledger/store/sqlite_schema.h"

#include <string.h>

#include "base/auto.h"

#include "ledger/store/enrolments.h"
#include "ledger/store/sqlite_ask.h"

const char schema_sql[] =
#include "ledger/store/schema.def"
        ;

#define TABLES "the tables of " STORE_FILE
#define NAME_SHOWN 64 /* bytes of an object's name in messages */

static const struct migration {
	int from, to;
	const char *sql;
} migrations[] = {
#define MIGRATION(before, after, text) \
	{ before, after, text "PRAGMA user_version = " #after },
#define MIGRATION_ADDS(version, table)
#include "ledger/store/migrate.def"
#undef MIGRATION
#undef MIGRATION_ADDS
};

static const struct added {
	int version;
	const char *table;
} added[] = {
#define MIGRATION(before, after, text)
#define MIGRATION_ADDS(version, table) { version, table },
#include "ledger/store/migrate.def"
#undef MIGRATION
#undef MIGRATION_ADDS
};

/* --- rows of sqlite_schema ------------------------------------------------ */

enum { ROW_TYPE, ROW_NAME, ROW_STORED, ROW_SQL };

/* rootpage > 0 distinguishes a table from a virtual table, which has no pages
 * and runs the code of a module. */
static const char rows_sql[] =
        "SELECT type, name, rootpage > 0, sql FROM sqlite_schema"
        " ORDER BY name, type";

static void
rows_end(sqlite3_stmt *st)
{
	(void)sqlite3_finalize(st);
}
DEFINE_AUTO(sqlite3_stmt *, rows_end);

static const char *
column_text(sqlite3_stmt *row, int column)
{
	const void *text = sqlite3_column_text(row, column);

	return text ? text : "";
}

/* An attacker may have chosen the name, so unprintable characters are replaced
 * before it gets to logs and terminals. */
static void
put_object_name(struct buf *why, const char *name)
{
	for (size_t i = 0; name[i] && i < NAME_SHOWN; i++) {
		char c = name[i] < 0x20 || name[i] > 0x7e ? '?' : name[i];
		buf_append(why, bytes_of(&c, 1));
	}
}

static err_t
refuse_schema_object(struct buf *why, sqlite3_stmt *row, const char *what)
{
	buf_append_str(why, TABLES ": ");
	put_object_name(why, column_text(row, ROW_TYPE));
	buf_append_str(why, " ");
	put_object_name(why, column_text(row, ROW_NAME));
	buf_printf(why, " %s", what);
	return E_DENIED;
}

static bool
same_column(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
	return strcmp(column_text(a, column), column_text(b, column)) == 0;
}

/* A renamed table has its name in quotes: CREATE TABLE "epochs" (... */
static bool
same_but_quoted(const char *have, const char *want, const char *name)
{
	static const char begin[] = "CREATE TABLE ";
	size_t at = sizeof(begin) - 1, n = strlen(name);

	return strncmp(have, begin, at) == 0 && have[at] == '"' &&
	       strncmp(have + at + 1, name, n) == 0 &&
	       have[at + 1 + n] == '"' && strncmp(want, begin, at) == 0 &&
	       strncmp(want + at, name, n) == 0 &&
	       strcmp(have + at + n + 2, want + at + n) == 0;
}

static bool
same_sql(sqlite3_stmt *have, sqlite3_stmt *want)
{
	return same_column(have, want, ROW_SQL) ||
	       same_but_quoted(column_text(have, ROW_SQL),
	                       column_text(want, ROW_SQL),
	                       column_text(want, ROW_NAME));
}

/* Compares two objects by name and type; 0: they are the same object. */
static int
compare_object_names(sqlite3_stmt *have, sqlite3_stmt *want)
{
	int names = strcmp(column_text(have, ROW_NAME),
	                   column_text(want, ROW_NAME));

	return names ? names
	             : strcmp(column_text(have, ROW_TYPE),
	                      column_text(want, ROW_TYPE));
}

static bool
came_later(sqlite3_stmt *want, int version)
{
	for (size_t i = 0; i < ARRAY_LEN(added); i++)
		if (version < added[i].version &&
		    strcmp(column_text(want, ROW_NAME), added[i].table) == 0)
			return true;
	return false;
}

static err_t
compare_row(sqlite3_stmt *have, sqlite3_stmt *want, bool whole, struct buf *why)
{
	/* After the last row sqlite3_data_count() is 0. */
	bool none = sqlite3_data_count(have) == 0;
	bool no_more = sqlite3_data_count(want) == 0;

	if (no_more || (!none && compare_object_names(have, want) < 0))
		return refuse_schema_object(why, have, "does not belong here");
	if (none || compare_object_names(have, want) > 0)
		return refuse_schema_object(why, want, "is missing");
	if (!same_column(have, want, ROW_STORED) ||
	    (whole && !same_sql(have, want)))
		return refuse_schema_object(why, have,
		                            "differs from what this program "
		                            "creates");
	return OK;
}

/* OK: a row; E_NOT_FOUND: none is left. */
static err_t
next_row(sqlite3_stmt *rows, struct buf *why)
{
	int rc = sqlite3_step(rows);

	if (rc == SQLITE_ROW)
		return OK;
	return rc == SQLITE_DONE
	               ? E_NOT_FOUND
	               : db_failed(why, sqlite3_db_handle(rows), TABLES);
}

/* Returns the next row of the reference, without tables that a database of that
 * version does not have. */
static err_t
next_wanted(sqlite3_stmt *rows, int version, struct buf *why)
{
	err_t err = next_row(rows, why);

	while (err == OK && came_later(rows, version))
		err = next_row(rows, why);
	return err;
}

static err_t
compare_rows(sqlite3_stmt *have, sqlite3_stmt *want, int version,
             struct buf *why)
{
	bool whole = version == STORE_VERSION;

	for (;;) {
		err_t one = next_row(have, why);
		err_t other = next_wanted(want, version, why);

		if (one == E_NOT_FOUND && other == E_NOT_FOUND)
			return OK;
		if (one != E_NOT_FOUND)
			TRY(one);
		if (other != E_NOT_FOUND)
			TRY(other);
		TRY(compare_row(have, want, whole, why));
	}
}

static err_t
rows_of(sqlite3 *db, struct buf *why, sqlite3_stmt **ret_rows)
{
	return sqlite3_prepare_v2(db, rows_sql, -1, ret_rows, NULL) == SQLITE_OK
	               ? OK
	               : db_failed(why, db, TABLES);
}

static err_t
make_reference_tables(struct buf *why, sqlite3 **ret_db)
{
	AUTO(db_close) sqlite3 *db = NULL;

	if (sqlite3_open_v2(":memory:", &db,
	                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
	                    NULL) != SQLITE_OK ||
	    sqlite3_exec(db, schema_sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_failed(why, db, "tables to compare with");
	*ret_db = TAKE(db);
	return OK;
}

static err_t
compare_with_reference(sqlite3 *db, int version, struct buf *why)
{
	AUTO(db_close) sqlite3 *reference = NULL;
	TRY(make_reference_tables(why, &reference));
	AUTO(rows_end) sqlite3_stmt *have = NULL;
	TRY(rows_of(db, why, &have));
	AUTO(rows_end) sqlite3_stmt *want = NULL;
	TRY(rows_of(reference, why, &want));
	return compare_rows(have, want, version, why);
}

/* --- numbers -------------------------------------------------------------- */

/* SQLite's integers are signed and have 64 bits, but ours are unsigned, and
 * some have 32 bits.  A life that ends at -1 would be read as one that never
 * ends, and of a larger epoch only the low 32 bits would be read. */
static const struct question numbers[] = {
	{ "SELECT CASE WHEN EXISTS (SELECT 1 FROM epochs WHERE heard_ms < 0"
	  " OR ended_ms < 0 OR node NOT BETWEEN 0 AND 0xffffffff"
	  " OR epoch NOT BETWEEN 0 AND 0xffffffff)"
	  " THEN 'a number out of range' ELSE 'sound' END",
	  "sound", "the lives of key holders" },
	{ "SELECT CASE WHEN min(sequence, time_ms, created_ms, horizon_ms) < 0"
	  " OR first < 1 THEN 'a number out of range' ELSE 'sound' END FROM "
	  "meta",
	  "sound", "the marks" },
};

/* --- versions ------------------------------------------------------------- */

/* Reads the version through SQLite, because the log may contain a later one
 * than the file's header. */
static err_t
version_of(sqlite3 *db, struct buf *why, int *ret_version)
{
	int version = 0;

	TRY(db_number(db, "PRAGMA user_version", why, &version));
	if (version < STORE_VERSION_OLDEST || version > STORE_VERSION) {
		buf_printf(why, "PRAGMA user_version: %d", version);
		return E_DENIED;
	}
	*ret_version = version;
	return OK;
}

err_t
schema_check(sqlite3 *db, struct buf *why, int *ret_version)
{
	TRY(version_of(db, why, ret_version));
	return compare_with_reference(db, *ret_version, why);
}

err_t
schema_check_numbers(sqlite3 *db, struct buf *why)
{
	int version = 0;

	TRY(version_of(db, why, &version));
	return version == STORE_VERSION
	               ? db_ask_all(db, numbers, ARRAY_LEN(numbers), why)
	               : OK;
}

/* store_identity(tenant, identity), for a step of migrate.def. */
static void
identity_sql(sqlite3_context *c, int n, sqlite3_value **v)
{
	uint8_t out[HASH_SIZE];

	(void)n;
	const void *tenant = sqlite3_value_text(v[0]);
	size_t tenant_len = (size_t)sqlite3_value_bytes(v[0]);
	const void *identity = sqlite3_value_blob(v[1]);
	size_t identity_len = (size_t)sqlite3_value_bytes(v[1]);

	store_identity(bytes_of(tenant, tenant_len),
	               bytes_of(identity, identity_len), out);
	sqlite3_result_blob(c, out, sizeof(out), SQLITE_TRANSIENT);
}

static err_t
add_functions(sqlite3 *db, struct buf *why)
{
	const int how = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

	return sqlite3_create_function(db, "store_identity", 2, how, NULL,
	                               identity_sql, NULL, NULL) == SQLITE_OK
	               ? OK
	               : db_failed(why, db, "upgrading " STORE_FILE);
}

static err_t
run_migration_sql(sqlite3 *db, const char *sql, struct buf *why)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK
	               ? OK
	               : db_failed(why, db, "upgrading " STORE_FILE);
}

/* Whether SQLite refuses to change the text of a table, as it always does but for a
 * step of migrate.def. */
static err_t
set_defensive(sqlite3 *db, int want, struct buf *why)
{
	int got = -1;

	return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, want, &got) ==
	                               SQLITE_OK &&
	                       got == want
	               ? OK
	               : db_failed(why, db, "upgrading " STORE_FILE);
}

/* After an error the connection is closed. */
err_t
schema_bring_up(sqlite3 *db, struct buf *why)
{
	int version = 0;

	TRY(version_of(db, why, &version));
	if (version == STORE_VERSION)
		return OK;
	TRY(set_defensive(db, 0, why));
	TRY(add_functions(db, why));
	TRY(run_migration_sql(db, "BEGIN IMMEDIATE", why));
	for (size_t i = 0; i < ARRAY_LEN(migrations); i++) {
		if (migrations[i].from != version)
			continue;
		TRY(run_migration_sql(db, migrations[i].sql, why));
		version = migrations[i].to;
	}
	TRY(schema_check(db, why, &version));
	TRY(schema_check_numbers(db, why));
	TRY(set_defensive(db, 1, why));
	return run_migration_sql(db, "COMMIT", why);
}
