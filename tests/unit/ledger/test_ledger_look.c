/*
 * test_ledger_look.c - a store that is opened to look at: no byte changes and no
 * file comes or goes, whatever version it is of and however its ledger ended.
 */
#include <string.h>
#include <unistd.h>

#include "ledger/store/open.h"
#include "tests/unit/ledger/test_ledger_versions.h"

#define REPAIR_MS UINT64_C(1795000000000)

static const char later[] =
        "BEGIN; INSERT INTO epochs VALUES (1, 7, zeroblob(16), 5, 9);"
        "INSERT INTO epochs VALUES (1, 8, zeroblob(16), 5, 0);"
        "INSERT INTO enrolments VALUES ('dh1_a', 'tenant', zeroblob(32),"
        " 1795000001, 1, 'tpm2-quote', 0, '', 0, 0, 0);"
        "INSERT INTO facts VALUES ('dh1_a', 'count', 3, 7); COMMIT;";

static void
do_sql(sqlite3 *db, const char *text)
{
	CU_ASSERT_EQUAL_FATAL(sqlite3_exec(db, text, NULL, NULL, NULL),
	                      SQLITE_OK);
}

/* The latest text that is not after the version, and the steps from there on. */
static void
fill(sqlite3 *db, int version)
{
	static const struct {
		int version;
		const char *text;
	} made[] = { { 4, version_4 }, { 3, version_3 }, { 1, version_1 } };
	size_t i = 0;

	while (made[i].version > version)
		i++;
	do_sql(db, made[i].text);
	for (int v = made[i].version; v < version; v++)
		do_sql(db, steps[v - 1]);
	if (version == STORE_VERSION)
		do_sql(db, later);
}

/* With a log that alone has the last of it, or without. */
static struct kit_dir
database(int version, bool log)
{
	struct kit_dir made = kit_dir(), d = kit_dir();
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(&made, STORE_FILE), &db),
	                      SQLITE_OK);
	add_identity(db);
	CU_ASSERT_EQUAL(sqlite3_exec(db,
	                             "PRAGMA application_id = 1095650353;"
	                             "PRAGMA user_version = 1;"
	                             "PRAGMA journal_mode = WAL",
	                             NULL, NULL, NULL),
	                SQLITE_OK);
	fill(db, version);
	if (log) {
		copy_file(&made, &d, STORE_FILE);
		copy_file(&made, &d, STORE_FILE "-wal");
	}
	CU_ASSERT_EQUAL(sqlite3_close(db), SQLITE_OK);
	if (!log)
		copy_file(&made, &d, STORE_FILE);
	kit_remove(&made);
	return d;
}

static err_t
look(const struct kit_dir *d, struct buf *why, struct store_repair *ret)
{
	const struct store_opening how = { .look = true, .whole = true };
	AUTO(store_close) struct store *s = NULL;

	TRY(store_open_as(d->path, &how, why, &s));
	return store_repair_look(s, REPAIR_MS, ret);
}

static void
look_at(int version, bool log)
{
	struct kit_dir d = database(version, log);
	AUTO(buf_release) struct buf before = kit_snapshot(d.path);
	AUTO(buf_release) struct buf why = buf_of(512);
	struct store_repair said = { 0 };
	err_t err = look(&d, &why, &said);

	AUTO(buf_release) struct buf after = kit_snapshot(d.path);
	CU_ASSERT_TRUE(before.len > 4096);
	if (!bytes_equal(buf_bytes(&before), buf_bytes(&after))) {
		fprintf(stderr, "version %d, log %d\n", version, log);
		CU_FAIL("something was written");
	}
	if (version < STORE_VERSION) {
		CU_ASSERT_EQUAL(err, E_DENIED);
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(buf_str(&why), "without an upgrade"));
	} else {
		CU_ASSERT_EQUAL(err, OK);
		CU_ASSERT_EQUAL(said.time_ms, 1795000000000);
		CU_ASSERT_EQUAL(said.epochs, 1);
		CU_ASSERT_EQUAL(said.enrolments, 1);
	}
	kit_remove(&d);
}

static void
test_looks(void)
{
	for (int version = 1; version <= STORE_VERSION; version++) {
		look_at(version, false);
		look_at(version, true);
	}
}

/* What it says is what the repair then does. */
static void
test_says_what_is_done(void)
{
	struct kit_dir d = database(STORE_VERSION, true);
	AUTO(buf_release) struct buf why = buf_of(512);
	struct store_repair said = { 0 }, done = { 0 };

	KIT_OK(look(&d, &why, &said));
	struct store *s = kit_open(&d);
	KIT_OK(store_begin(s));
	KIT_OK(store_repair(s, REPAIR_MS, &done));
	KIT_OK(store_commit(s));
	store_end(s);
	CU_ASSERT_EQUAL(said.time_ms, done.time_ms);
	CU_ASSERT_EQUAL(said.epochs, done.epochs);
	CU_ASSERT_EQUAL(said.enrolments, done.enrolments);
	kit_remove(&d);
}

/* Nothing can be written through it, and nothing is made. */
static void
test_reads_only(void)
{
	const struct store_opening how = { .look = true, .make_ms = 1 };
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir none = kit_dir();
	struct store *s = NULL;

	CU_ASSERT_EQUAL(store_open_as(none.path, &how, &why, &s), E_NOT_FOUND);
	kit_remove(&none);
	for (int log = 0; log < 2; log++) {
		struct kit_dir d = database(STORE_VERSION, log);
		struct store_repair done;

		KIT_OK(store_open_as(d.path, &how, &why, &s));
		CU_ASSERT_NOT_EQUAL(store_repair(s, REPAIR_MS, &done), OK);
		store_close(s);
		kit_remove(&d);
	}
}

/* The rollback journal of an end that was cut short would be played back. */
static void
test_journal(void)
{
	struct kit_dir d = database(STORE_VERSION, false);
	AUTO(buf_release) struct buf why = buf_of(512);
	struct store_repair said;

	FILE *f = fopen(kit_path(&d, STORE_FILE "-journal"), "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fclose(f);
	CU_ASSERT_EQUAL(look(&d, &why, &said), E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "-journal"));
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "changes nothing, of any version", test_looks },
	{ "says what the repair does", test_says_what_is_done },
	{ "can only read", test_reads_only },
	{ "leaves a rollback journal alone", test_journal },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_look", tests)
