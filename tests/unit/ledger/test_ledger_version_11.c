/*
 * test_ledger_version_11.c - a database of a version whose conditions had lists, and
 * what the check of the present one's rows costs.
 */
#include <fcntl.h>

#include "ledger/store/clean.h"
#include "ledger/store/sqlite.h"
#include "tests/unit/ledger/test_ledger_versions.h"

#define DEVICE_4                                                     \
	"INSERT INTO enrolments VALUES ('dh1_a', 't', zeroblob(32)," \
	" 1794000001, 2, 'tpm2-quote');"                             \
	"INSERT INTO facts VALUES ('dh1_a', 'os_version', 3, 15);"

/* By a connection that is not the program's. */
static int
try_sql(const struct kit_dir *d, const char *sql)
{
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(d, STORE_FILE), &db),
	                      SQLITE_OK);
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	(void)sqlite3_close(db);
	return rc;
}

/* Each condition whose text was replaced: what it allowed last, and no more. */
static void
test_conditions(void)
{
	static const struct {
		const char *most, *more;
	} rows[] = {
		{ "UPDATE enrolments SET state = 4",
		  "UPDATE enrolments SET state = 5" },
		{ "UPDATE enrolments SET state = 1",
		  "UPDATE enrolments SET state = 0" },
		{ "UPDATE facts SET rule = 4", "UPDATE facts SET rule = 5" },
		{ "UPDATE facts SET rule = 3", "UPDATE facts SET rule = 0" },
		{ "UPDATE outcomes SET enrolled = 2",
		  "UPDATE outcomes SET enrolled = 3" },
		{ "UPDATE outcomes SET enrolled = 0",
		  "UPDATE outcomes SET enrolled = -1" },
	};
	struct kit_dir d = kit_dir();

	run(&d, version_4);
	run(&d, DEVICE_4);
	struct store *s = kit_open(&d);
	CU_ASSERT_TRUE(kit_redeem(s, 1));
	store_close(s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CU_ASSERT_EQUAL(try_sql(&d, rows[i].most), SQLITE_OK);
		CU_ASSERT_EQUAL(try_sql(&d, rows[i].more), SQLITE_CONSTRAINT);
	}
	store_close(kit_open(&d));
	kit_remove(&d);
}

/* An upgrade may change the text of a table, and nothing after it. */
static void
test_text_is_fixed(void)
{
	struct kit_dir d = kit_dir();

	run(&d, version_4);
	struct store *s = kit_open(&d);
	(void)sqlite3_exec(s->db, "PRAGMA writable_schema = ON", NULL, NULL,
	                   NULL);
	CU_ASSERT_NOT_EQUAL(sqlite3_exec(s->db,
	                                 "UPDATE sqlite_schema SET sql = sql",
	                                 NULL, NULL, NULL),
	                    SQLITE_OK);
	store_close(s);
	kit_remove(&d);
}

/* As a ledger that ends in order. */
static void
leave_mark(const struct kit_dir *d)
{
	AUTO(close_fd) int dir = open(d->path, O_RDONLY | O_DIRECTORY);

	store_clean_leave(dir);
	CU_ASSERT(store_clean_seen(dir));
}

/* The step replaces texts: it makes none that was ours out of one that was not, and
 * takes no row that the text before did not allow, whatever a mark says. */
static void
test_manipulated(void)
{
	static const struct {
		const char *sql, *part;
	} rows[] = {
		{ "UPDATE sqlite_schema SET sql = replace(sql,"
		  " ' CHECK (rule IN (1, 2, 3, 4))', '') WHERE name = 'facts'",
		  "table facts differs from" },
		{ "UPDATE sqlite_schema SET sql = replace(sql,"
		  " 'state IN (1, 2, 3, 4)', 'state IN (1, 2, 3, 4) OR 1')"
		  " WHERE name = 'enrolments'",
		  "table enrolments differs from" },
		{ "UPDATE sqlite_schema SET sql = replace(sql,"
		  " ' CHECK (length(cti) = 16)', '')"
		  " WHERE name = 'redemptions'",
		  "table redemptions differs from" },
		{ "UPDATE sqlite_schema SET sql = sql || ' -- x'"
		  " WHERE name = 'outcomes'",
		  "table outcomes differs from" },
		{ "UPDATE sqlite_schema SET rootpage = (SELECT rootpage"
		  " FROM sqlite_schema WHERE name = 'stops')"
		  " WHERE name = 'gone'",
		  "integrity_check" },
		{ "UPDATE enrolments SET state = 9", "integrity_check" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf sql = buf_of(1024);
		AUTO(buf_release) struct buf why = buf_of(512);
		struct kit_dir d = kit_dir();
		struct store *s = NULL;

		make_version(&d, 11);
		buf_printf(&sql,
		           "PRAGMA writable_schema = ON;"
		           "PRAGMA ignore_check_constraints = ON; %s",
		           rows[i].sql);
		run(&d, buf_str(&sql));
		leave_mark(&d);
		for (int again = 0; again < 2; again++) {
			buf_reset(&why);
			CU_ASSERT_NOT_EQUAL(
			        store_open(d.path, KIT_NOW_MS, &why, &s), OK);
			CU_ASSERT_PTR_NOT_NULL(
			        strstr(buf_str(&why), rows[i].part));
		}
		kit_remove(&d);
	}
}

static int
count_step(void *arg, int n, char **values, char **names)
{
	int *counts = arg;

	(void)n;
	(void)names;
	counts[0]++;
	counts[1] += strcmp(values[1], "OpenEphemeral") == 0;
	return 0;
}

/* SQLite builds no table for each row that it checks; see schema.def. */
static void
test_no_table_for_a_row(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	int counts[2] = { 0 };

	CU_ASSERT_EQUAL(sqlite3_exec(s->db, "EXPLAIN PRAGMA quick_check(1)",
	                             count_step, counts, NULL),
	                SQLITE_OK);
	CU_ASSERT(counts[0] > 200);
	CU_ASSERT_EQUAL(counts[1], 0);
	store_close(s);
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "its conditions hold without their lists", test_conditions },
	{ "afterwards no table's text can be changed", test_text_is_fixed },
	{ "one that was manipulated is refused", test_manipulated },
	{ "a row is checked without a table of its own",
	  test_no_table_for_a_row },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_version_11", tests)
