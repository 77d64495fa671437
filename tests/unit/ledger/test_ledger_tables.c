/*
 * test_ledger_tables.c - what a file brings beside our rows: tables, triggers,
 * views, indexes and numbers that are not ours are refused, and not written to.
 */
#include <sqlite3.h>

#include "ledger/store/sqlite.h"
#include "ledger/store/open.h"
#include "tests/unit/ledger/test_ledger_refused.h"

/* What somebody with the file, or with the process that has it, may leave. */
static void
run_sql(const struct kit_dir *d, const char *sql)
{
	sqlite3 *db = NULL;
	char *said = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(d, STORE_FILE), &db),
	                      SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &said) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, said);
		CU_FAIL("the test's own SQL");
	}
	sqlite3_free(said);
	CU_ASSERT_EQUAL(sqlite3_close(db), SQLITE_OK);
}

#define EDIT(table, from, to)                                               \
	"PRAGMA writable_schema = ON;"                                      \
	"UPDATE sqlite_schema SET sql = replace(sql, '" from "', '" to "')" \
	" WHERE name = '" table "'"

#define REDEMPTIONS(cti, sequence)                                       \
	"DROP TABLE redemptions;"                                        \
	"CREATE TABLE redemptions (cti BLOB " cti " CHECK (length(cti) " \
	"= 16), sequence INTEGER NOT NULL " sequence " REFERENCES "      \
	"outcomes (sequence) DEFERRABLE INITIALLY DEFERRED, expires_s "  \
	"INTEGER NOT NULL, observed BLOB NOT NULL CHECK "                \
	"(length(observed) = 32), jwt BLOB, finding BLOB NOT NULL "      \
	"DEFAULT x'', tag BLOB NOT NULL DEFAULT x'') STRICT;"            \
	"CREATE INDEX redemptions_expires ON redemptions (expires_s)"

static const struct {
	const char *sql, *part;
} strange_tables[] = {
	{ "CREATE TRIGGER x AFTER INSERT ON redemptions BEGIN"
	  " DELETE FROM redemptions WHERE cti = NEW.cti; END",
	  "trigger x does not belong here" },
	{ "CREATE VIEW x AS SELECT 1", "view x does not belong here" },
	{ "CREATE TABLE \"a\33[2J\" (b)", "table a?[2J does not belong here" },
	{ "CREATE UNIQUE INDEX x ON redemptions (tag)",
	  "index x does not belong here" },
	{ "ANALYZE", "table sqlite_stat1 does not belong here" },
	{ "DROP INDEX redemptions_expires",
	  "index redemptions_expires is missing" },
	{ "DROP INDEX redemptions_expires;"
	  "CREATE INDEX redemptions_expires ON redemptions (tag)",
	  "index redemptions_expires differs from" },
	{ "DROP INDEX redemptions_expires;"
	  "CREATE INDEX redemptions_expires ON outcomes (expires_s)",
	  "index redemptions_expires differs from" },
	{ "PRAGMA writable_schema = ON; UPDATE sqlite_schema"
	  " SET tbl_name = 'outcomes' WHERE name = 'redemptions_expires'",
	  "malformed" },
	{ "DROP TABLE meta", "table meta is missing" },
	{ REDEMPTIONS("NOT NULL", "UNIQUE"), "redemptions" },
	{ REDEMPTIONS("PRIMARY KEY", ""), "redemptions" },
	{ REDEMPTIONS("PRIMARY KEY", "UNIQUE ON CONFLICT REPLACE"),
	  "table redemptions differs from" },
	{ EDIT("redemptions", " CHECK (length(cti) = 16)", ""),
	  "table redemptions differs from" },
	{ EDIT("outcomes", "0 CHECK (enrolled BETWEEN 0 AND 2)",
	       "\"0 CHECK (enrolled BETWEEN 0 AND 2)\""),
	  "table outcomes differs from" },
	{ EDIT("meta", "STRICT", ""), "table meta differs from" },
	{ "ALTER TABLE redemptions ADD COLUMN g INTEGER AS (1)",
	  "table redemptions differs from" },
	{ "DROP TABLE redemptions; CREATE VIEW redemptions AS"
	  " SELECT NULL AS cti FROM outcomes",
	  "table redemptions is missing" },
	{ "DROP TABLE epochs; CREATE VIRTUAL TABLE epochs USING dbstat(main)",
	  "table epochs differs from" },
};

static void
test_strange_tables(void)
{
	for (size_t i = 0; i < ARRAY_LEN(strange_tables); i++) {
		struct kit_dir d = kit_dir();
		struct store *s = kit_open(&d);

		CU_ASSERT_TRUE(kit_redeem(s, 1));
		store_close(s);
		run_sql(&d, strange_tables[i].sql);
		refused(&d, strange_tables[i].part);
		kit_remove(&d);
	}
}

/* Our tables, but the index that decides who was first has lost a row: what it
 * does not show could be spent again. */
static void
test_index_lies(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	CU_ASSERT_TRUE(kit_redeem(s, 1));
	store_close(s);
	run_sql(&d,
	        "PRAGMA writable_schema = ON;"
	        "CREATE TEMP TABLE kept AS SELECT * FROM sqlite_schema"
	        " WHERE tbl_name = 'redemptions';"
	        "DELETE FROM main.sqlite_schema WHERE tbl_name = 'redemptions'"
	        " AND type = 'index';"
	        "UPDATE main.sqlite_schema SET sql = replace(replace(sql,"
	        " 'PRIMARY KEY', ''), 'UNIQUE', '')"
	        " WHERE name = 'redemptions';"
	        "PRAGMA writable_schema = RESET;"
	        "INSERT INTO redemptions SELECT zeroblob(16), 1, expires_s,"
	        " observed, jwt, finding, tag FROM redemptions;"
	        "PRAGMA writable_schema = ON;"
	        "DELETE FROM main.sqlite_schema"
	        " WHERE tbl_name = 'redemptions';"
	        "INSERT INTO main.sqlite_schema SELECT * FROM kept");
	refused(&d, "integrity_check");
	kit_remove(&d);
}

/* The same of enrolments.  After a crash pages and rows are looked at; a backup, a
 * repair and `ledger verify` look at each index, too. */
static void
test_index_of_devices(void)
{
	const struct store_opening whole = { .whole = true };
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir d = kit_dir();
	struct store *s = NULL;

	store_close(kit_open(&d));
	run_sql(&d,
	        "PRAGMA writable_schema = ON;"
	        "CREATE TEMP TABLE kept AS SELECT * FROM sqlite_schema"
	        " WHERE name = 'enrolments_handles';"
	        "DELETE FROM main.sqlite_schema"
	        " WHERE name = 'enrolments_handles';"
	        "PRAGMA writable_schema = RESET;"
	        "INSERT INTO enrolments (handle, tenant, identity, enrolled_s,"
	        " state, format) VALUES ('dh1_a', 't', zeroblob(32), 1, 1,"
	        " 'f');"
	        "PRAGMA writable_schema = ON;"
	        "INSERT INTO main.sqlite_schema SELECT * FROM kept");
	CU_ASSERT_EQUAL(store_open_as(d.path, &whole, &why, &s), E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "integrity_check(1)"));
	store_close(kit_open(&d));
	kit_remove(&d);
}

static void
test_strange_numbers(void)
{
	static const struct {
		const char *sql, *part;
	} rows[] = {
		{ "INSERT INTO epochs VALUES (1, 7, zeroblob(16), 1, -1)",
		  "the lives" },
		{ "INSERT INTO epochs VALUES (1, 7, zeroblob(16), -1, 1)",
		  "the lives" },
		{ "INSERT INTO epochs VALUES (1, 4294967296, zeroblob(16), 1,"
		  " 1)",
		  "the lives" },
		{ "INSERT INTO epochs VALUES (4294967296, 1, zeroblob(16), 1,"
		  " 1)",
		  "the lives" },
		{ "UPDATE meta SET time_ms = -1", "the marks" },
		{ "UPDATE meta SET horizon_ms = -1", "the marks" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct kit_dir d = kit_dir();

		store_close(kit_open(&d));
		run_sql(&d, rows[i].sql);
		refused(&d, rows[i].part);
		kit_remove(&d);
	}
}

/* A second line: were such a thing in the file all the same, it would not run. */
static void
test_nothing_runs(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	CU_ASSERT_EQUAL(
	        sqlite3_exec(s->db,
	                     "CREATE TRIGGER x AFTER INSERT ON redemptions"
	                     " BEGIN DELETE FROM redemptions; END;"
	                     "CREATE VIEW y AS SELECT * FROM redemptions",
	                     NULL, NULL, NULL),
	        SQLITE_OK);
	CU_ASSERT_TRUE(kit_redeem(s, 1));
	CU_ASSERT_TRUE(kit_is_spent(s, 1));
	CU_ASSERT_FALSE(kit_redeem(s, 1));
	CU_ASSERT_NOT_EQUAL(
	        sqlite3_exec(s->db, "SELECT * FROM y", NULL, NULL, NULL),
	        SQLITE_OK);
	CU_ASSERT_NOT_EQUAL(sqlite3_exec(s->db,
	                                 "PRAGMA writable_schema = ON;"
	                                 "DELETE FROM sqlite_schema",
	                                 NULL, NULL, NULL),
	                    SQLITE_OK);
	store_close(s);
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "refuses tables that are not ours", test_strange_tables },
	{ "refuses an index that has lost a row", test_index_lies },
	{ "refuses an index that has lost a row, when all is checked",
	  test_index_of_devices },
	{ "refuses numbers that cannot be", test_strange_numbers },
	{ "runs nothing that a file brings", test_nothing_runs },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_tables", tests)
