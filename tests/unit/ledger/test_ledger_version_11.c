/*
 * test_ledger_version_11.c - a database of a version whose conditions had lists, and
 * what the check of the present one's rows costs.
 */
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
	{ "a row is checked without a table of its own",
	  test_no_table_for_a_row },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_version_11", tests)
