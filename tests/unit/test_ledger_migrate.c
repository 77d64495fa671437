/*
 * test_ledger_migrate.c - a database that an earlier version of the ledger
 * made, opened by this one.
 *
 * The text below is what version 1 made; it never changes.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "../common/ledger_kit.h"
#include "test_ledger_disk.h"

static const char version_1[] =
        "PRAGMA application_id = 1095650353; PRAGMA user_version = 1; BEGIN;"
        "CREATE TABLE outcomes (sequence INTEGER PRIMARY KEY, recorded_ms "
        "INTEGER NOT NULL, jti BLOB NOT NULL CHECK (length(jti) = 16), "
        "issued_s INTEGER NOT NULL, expires_s INTEGER NOT NULL, tenant TEXT "
        "NOT NULL, redeemed INTEGER NOT NULL CHECK (redeemed IN (0, 1)), cti "
        "BLOB NOT NULL CHECK (length(cti) = 16), nonce BLOB NOT NULL CHECK "
        "(length(nonce) = 32), workflow INTEGER NOT NULL, present INTEGER NOT "
        "NULL, device_handle TEXT NOT NULL, transport BLOB NOT NULL, request "
        "BLOB NOT NULL, channel TEXT NOT NULL, purpose TEXT NOT NULL, reasons "
        "INTEGER NOT NULL, vector BLOB NOT NULL, format TEXT NOT NULL, "
        "evidence BLOB NOT NULL CHECK (length(evidence) = 32), policy_id TEXT "
        "NOT NULL, policy_version INTEGER NOT NULL, policy_digest BLOB NOT "
        "NULL, CHECK (expires_s >= issued_s)) STRICT;"
        "CREATE TABLE redemptions (cti BLOB PRIMARY KEY CHECK (length(cti) = "
        "16), sequence INTEGER NOT NULL UNIQUE REFERENCES outcomes (sequence) "
        "DEFERRABLE INITIALLY DEFERRED, expires_s INTEGER NOT NULL, observed "
        "BLOB NOT NULL CHECK (length(observed) = 32), jwt BLOB) STRICT;"
        "CREATE INDEX redemptions_expires ON redemptions (expires_s);"
        "CREATE TABLE enrolments (handle TEXT PRIMARY KEY, tenant TEXT NOT "
        "NULL, identity BLOB NOT NULL CHECK (length(identity) = 32), ak_name "
        "BLOB NOT NULL, enrolled_s INTEGER NOT NULL, state INTEGER NOT NULL "
        "CHECK (state IN (1, 2)), UNIQUE (tenant, identity)) STRICT;"
        "CREATE TABLE epochs (node INTEGER NOT NULL, epoch INTEGER NOT NULL, "
        "first_seen_s INTEGER NOT NULL, PRIMARY KEY (node, epoch)) STRICT, "
        "WITHOUT ROWID;"
        "CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), sequence "
        "INTEGER NOT NULL, time_ms INTEGER NOT NULL, created_ms INTEGER NOT "
        "NULL) STRICT;"
        "INSERT INTO meta VALUES (1, 1, 1795000000000, 1794000000000);"
        "INSERT INTO epochs VALUES (1, 7, 1794000000);"
        "INSERT INTO enrolments VALUES ('dh1_a', 'tenant', "
        "zeroblob(32), x'000b01', 1794000001, 1);"
        "INSERT INTO enrolments VALUES ('dh1_b', 'tenant', "
        "x'2222222222222222222222222222222222222222222222222222222222222222',"
        " x'000b02', 1794000002, 2);"
        "INSERT INTO outcomes VALUES (1, 1794000003000, zeroblob(16), "
        "1794000003, 1794000303, 'tenant', 1, "
        "x'00000001000000070000000000000001', zeroblob(32), 2, 0, '', "
        "zeroblob(32), zeroblob(32), '', '', 0, zeroblob(8), 'tpm2-quote', "
        "zeroblob(32), 'demo', 3, zeroblob(32));"
        "INSERT INTO redemptions VALUES "
        "(x'00000001000000070000000000000001', 1, 1795000100, zeroblob(32), "
        "x'6a7774');"
        "COMMIT;";

/* And this what version 3 makes; a program that writes it otherwise refuses all
 * databases that there are. */
static const char version_3[] =
        "PRAGMA application_id = 1095650353; PRAGMA user_version = 3; BEGIN;"
        "CREATE TABLE outcomes (sequence INTEGER PRIMARY KEY, recorded_ms "
        "INTEGER NOT NULL, jti BLOB NOT NULL CHECK (length(jti) = 16), "
        "issued_s INTEGER NOT NULL, expires_s INTEGER NOT NULL, tenant TEXT"
        " NOT NULL, redeemed INTEGER NOT NULL CHECK (redeemed IN (0, 1)), "
        "cti BLOB NOT NULL CHECK (length(cti) = 16), nonce BLOB NOT NULL "
        "CHECK (length(nonce) = 32), workflow INTEGER NOT NULL, present "
        "INTEGER NOT NULL, device_handle TEXT NOT NULL, transport BLOB NOT "
        "NULL, request BLOB NOT NULL, channel TEXT NOT NULL, purpose TEXT "
        "NOT NULL, reasons INTEGER NOT NULL, vector BLOB NOT NULL, format "
        "TEXT NOT NULL, evidence BLOB NOT NULL CHECK (length(evidence) = "
        "32), policy_id TEXT NOT NULL, policy_version INTEGER NOT NULL, "
        "policy_digest BLOB NOT NULL, enrolled INTEGER NOT NULL DEFAULT 0 "
        "CHECK (enrolled IN (0, 1, 2)), CHECK (expires_s >= issued_s)) "
        "STRICT;"
        "CREATE TABLE redemptions (cti BLOB PRIMARY KEY CHECK (length(cti) "
        "= 16), sequence INTEGER NOT NULL UNIQUE REFERENCES outcomes "
        "(sequence) DEFERRABLE INITIALLY DEFERRED, expires_s INTEGER NOT "
        "NULL, observed BLOB NOT NULL CHECK (length(observed) = 32), jwt "
        "BLOB, finding BLOB NOT NULL DEFAULT x'', tag BLOB NOT NULL DEFAULT"
        " x'') STRICT;"
        "CREATE INDEX redemptions_expires ON redemptions (expires_s);"
        "CREATE TABLE enrolments (handle TEXT PRIMARY KEY, tenant TEXT NOT "
        "NULL, identity BLOB NOT NULL CHECK (length(identity) = 32), "
        "ak_name BLOB NOT NULL, enrolled_s INTEGER NOT NULL, state INTEGER "
        "NOT NULL CHECK (state IN (1, 2)), format TEXT NOT NULL DEFAULT "
        "'tpm2-quote', boot_key BLOB NOT NULL DEFAULT x'', os_version "
        "INTEGER NOT NULL DEFAULT 0, os_patch INTEGER NOT NULL DEFAULT 0, "
        "vendor_patch INTEGER NOT NULL DEFAULT 0, boot_patch INTEGER NOT "
        "NULL DEFAULT 0, UNIQUE (tenant, identity)) STRICT;"
        "CREATE TABLE epochs (node INTEGER NOT NULL, epoch INTEGER NOT "
        "NULL, life BLOB NOT NULL CHECK (length(life) = 16), heard_ms "
        "INTEGER NOT NULL, ended_ms INTEGER NOT NULL, PRIMARY KEY (node, "
        "epoch)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), "
        "sequence INTEGER NOT NULL, time_ms INTEGER NOT NULL, created_ms "
        "INTEGER NOT NULL, horizon_ms INTEGER NOT NULL DEFAULT 0) STRICT;"
        "INSERT INTO meta VALUES (1, 0, 1795000000000, 1794000000000,"
        " 1794000000000);"
        "COMMIT;";

/* From version 1 to 2 alone. */
static const char *const steps[] = {
#define MIGRATION(before, after, text) text "PRAGMA user_version = " #after,
#include "../../src/store/migrate.def"
#undef MIGRATION
};

static void
run(const struct kit_dir *d, const char *sql)
{
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(d, STORE_FILE), &db),
	                      SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

static struct kit_dir
old_database(void)
{
	struct kit_dir d = kit_dir();

	run(&d, version_1);
	return d;
}

static int
add_row(void *arg, int n, char **values, char **names)
{
	struct buf *out = arg;

	(void)names;
	for (int i = 0; i < n; i++)
		buf_printf(out, "%s|", values[i] ? values[i] : "-");
	buf_append_str(out, "\n");
	return 0;
}

/* Columns, types, defaults, keys and indices of every table. */
static struct buf
shape_of(const struct kit_dir *d)
{
	struct buf out = buf_of(65536);
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(d, STORE_FILE), &db),
	                      SQLITE_OK);
	CU_ASSERT_EQUAL(
	        sqlite3_exec(
	                db,
	                "SELECT m.name, t.strict, c.* FROM sqlite_schema m,"
	                " pragma_table_list(m.name) t,"
	                " pragma_table_info(m.name) c"
	                " WHERE m.type = 'table' ORDER BY m.name, c.cid;"
	                "SELECT name, tbl_name FROM sqlite_schema"
	                " WHERE type = 'index' ORDER BY name;"
	                "PRAGMA user_version; PRAGMA application_id",
	                add_row, &out, NULL),
	        SQLITE_OK);
	(void)sqlite3_close(db);
	return out;
}

static void
test_same_shape(void)
{
	struct kit_dir old = old_database(), new = kit_dir();

	store_close(kit_open(&old));
	store_close(kit_open(&new));
	AUTO(buf_release) struct buf a = shape_of(&old);
	AUTO(buf_release) struct buf b = shape_of(&new);
	CU_ASSERT(a.len > 500);
	CU_ASSERT_STRING_EQUAL(buf_str(&a), buf_str(&b));
	kit_remove(&old);
	kit_remove(&new);
}

/* Nothing is lost; the new columns say that nothing was seen. */
static void
check_rows(struct store *s)
{
	const struct cti cti = { .node = 1, .epoch = 7, .serial = 1 };
	AUTO(redemption_release) struct redemption r = { 0 };
	struct store_marks m;
	struct enrolment e;
	struct outcome o;
	uint8_t id[CTI_SIZE];

	cti_encode(&cti, id);
	KIT_OK(store_marks_get(s, &m));
	CU_ASSERT_EQUAL(m.sequence, 1);
	CU_ASSERT_EQUAL(m.created_ms, 1794000000000);
	KIT_OK(store_redemption(s, id, &r, &o));
	CU_ASSERT_STRING_EQUAL(buf_str(&r.jwt), "jwt");
	CU_ASSERT_EQUAL(r.finding.len, 0);
	CU_ASSERT_EQUAL(o.policy_version, 3);
	CU_ASSERT_EQUAL(o.enrolled, 0);
	KIT_OK(store_enrolment(s, bytes_of_str("tenant"), bytes_of_str("dh1_b"),
	                       &e));
	CU_ASSERT_EQUAL(e.enrolled_s, 1794000002);
	CU_ASSERT_EQUAL(e.state, ENROLMENT_SUSPENDED);
	CU_ASSERT_EQUAL(e.identity[31], 0x22);
	CU_ASSERT(bytes_equal(store_small_bytes(&e.ak_name),
	                      bytes_of("\x00\x0b\x02", 3)));
	CU_ASSERT(bytes_equal_str(store_small_bytes(&e.format), "tpm2-quote"));
	CU_ASSERT_EQUAL(e.seen.boot_key_len, 0);
	CU_ASSERT_EQUAL(e.seen.os_version | e.seen.os_patch |
	                        e.seen.vendor_patch | e.seen.boot_patch,
	                0);
}

static void
test_rows(void)
{
	struct kit_dir d = old_database();

	for (int i = 0; i < 2; i++) { /* and once more, as it is now */
		struct store *s = kit_open(&d);
		check_rows(s);
		if (i == 1)
			CU_ASSERT_TRUE(kit_redeem(s, 2));
		store_close(s);
	}
	kit_remove(&d);
}

static void
copy_file(const struct kit_dir *from, const struct kit_dir *to,
          const char *name)
{
	char part[4096];
	FILE *in = fopen(kit_path(from, name), "r");
	FILE *out = fopen(kit_path(to, name), "w");

	CU_ASSERT_FATAL(in != NULL && out != NULL);
	for (size_t n; (n = fread(part, 1, sizeof(part), in)) > 0;)
		CU_ASSERT_EQUAL(fwrite(part, 1, n, out), n);
	fclose(in);
	CU_ASSERT_EQUAL(fclose(out), 0);
}

/* Version 1 ended by a kill: its last transactions are in the log alone. */
static void
test_log(void)
{
	struct kit_dir d = kit_dir(), copy = kit_dir();
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(&d, STORE_FILE), &db),
	                      SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db,
	                             "PRAGMA application_id = 1095650353;"
	                             "PRAGMA user_version = 1;"
	                             "PRAGMA journal_mode = WAL",
	                             NULL, NULL, NULL),
	                SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, version_1, NULL, NULL, NULL),
	                SQLITE_OK);
	copy_file(&d, &copy, STORE_FILE);
	copy_file(&d, &copy, STORE_FILE "-wal");
	(void)sqlite3_close(db);

	struct store *s = kit_open(&copy);
	check_rows(s);
	store_close(s);
	kit_remove(&copy);
	(void)unlink(kit_path(&d, STORE_FILE "-shm"));
	kit_remove(&d);
}

static void
refused(const struct kit_dir *d, const char *part)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct store *s = NULL;

	CU_ASSERT_NOT_EQUAL(store_open(d->path, KIT_NOW_MS, &why, &s), OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), part));
}

/* A later program was killed after its first transaction: the header is still
 * ours, the log is not. */
static void
test_newer_log(void)
{
	struct kit_dir d = kit_dir(), copy = kit_dir();
	sqlite3 *db = NULL;

	store_close(kit_open(&d));
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(&d, STORE_FILE), &db),
	                      SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db,
	                             "PRAGMA journal_mode = WAL;"
	                             "PRAGMA user_version = 4",
	                             NULL, NULL, NULL),
	                SQLITE_OK);
	copy_file(&d, &copy, STORE_FILE);
	copy_file(&d, &copy, STORE_FILE "-wal");
	(void)sqlite3_close(db);
	refused(&copy, "user_version: 4");
	kit_remove(&copy);
	(void)unlink(kit_path(&d, STORE_FILE "-shm"));
	kit_remove(&d);
}

/* All of it or nothing: what cannot be brought up stays as it was. */
static void
test_all_or_nothing(void)
{
	struct kit_dir d = old_database();

	run(&d, "ALTER TABLE enrolments ADD COLUMN vendor_patch TEXT");
	AUTO(buf_release) struct buf before = shape_of(&d);
	refused(&d, "a new version of ledger.db");
	AUTO(buf_release) struct buf after = shape_of(&d);
	CU_ASSERT_STRING_EQUAL(buf_str(&before), buf_str(&after));
	kit_remove(&d);
}

/* A disk that fails at that moment, at whichever sync. */
static void
test_disk_fails(void)
{
	struct kit_dir d = old_database();

	for (unsigned n = 1; n < 4; n++) {
		AUTO(buf_release) struct buf why = buf_of(512);
		struct store *s = NULL;

		kit_disk_reset();
		kit_disk.fail_after = n;
		err_t err = store_open(d.path, KIT_NOW_MS, &why, &s);
		store_close(s);
		if (n == 1)
			CU_ASSERT_NOT_EQUAL(err, OK);
	}
	kit_disk_reset();
	struct store *s = kit_open(&d);
	check_rows(s);
	store_close(s);
	kit_remove(&d);
}

/* What an older file brings that its program did not make. */
static const struct {
	const char *sql, *part;
} strange_tables[] = {
	{ "CREATE TRIGGER x AFTER INSERT ON redemptions BEGIN"
	  " DELETE FROM redemptions WHERE cti = NEW.cti; END",
	  "trigger x is not ours" },
	{ "CREATE TRIGGER x DELETE ON epochs BEGIN SELECT 1; END",
	  "trigger x is not ours" }, /* would go with its table */
	{ "CREATE VIEW x AS SELECT 1", "view x is not ours" },
	{ "CREATE TABLE x (a)", "table x is not ours" },
	{ "DROP TABLE epochs; CREATE VIRTUAL TABLE epochs USING dbstat(main)",
	  "table epochs is not as" },
	{ "INSERT INTO epochs VALUES (1, 4294967296, 0)", "cannot be" },
	{ "PRAGMA writable_schema = ON; UPDATE sqlite_schema"
	  " SET sql = replace(sql, ' CHECK (length(cti) = 16)', '')"
	  " WHERE name = 'redemptions'",
	  "table redemptions is not as" },
};

static void
test_strange_tables(void)
{
	for (size_t i = 0; i < 2 * ARRAY_LEN(strange_tables); i++) {
		struct kit_dir d = old_database();

		if (i % 2 == 1)
			run(&d, steps[0]);
		run(&d, strange_tables[i / 2].sql);
		AUTO(buf_release) struct buf before = shape_of(&d);
		refused(&d, strange_tables[i / 2].part);
		AUTO(buf_release) struct buf after = shape_of(&d);
		CU_ASSERT_STRING_EQUAL(buf_str(&before), buf_str(&after));
		kit_remove(&d);
	}
}

static void
test_version_3(void)
{
	struct kit_dir d = kit_dir();

	run(&d, version_3);
	store_close(kit_open(&d));
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "a database of version 1 becomes one of this version",
	  test_same_shape },
	{ "it keeps its rows", test_rows },
	{ "and those in its log", test_log },
	{ "a later version that is in the log alone", test_newer_log },
	{ "all steps or none", test_all_or_nothing },
	{ "a disk that fails meanwhile", test_disk_fails },
	{ "tables that the older program did not make", test_strange_tables },
	{ "a database of version 3, as it has always been", test_version_3 },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_migrate", tests)
