/*
 * test_ledger_migrate.c - a database that an earlier version of the ledger
 * made, opened by this one.
 */
#include <string.h>
#include <unistd.h>

#include "tests/common/fakes/facts_kit.h"
#include "tests/unit/ledger/test_ledger_disk.h"
#include "tests/unit/ledger/test_ledger_versions.h"

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
	CU_ASSERT_EQUAL(o.enrolled, WIRE_ENROLLED_NOT);
	KIT_OK(store_enrolment(s, bytes_of_str("tenant"), bytes_of_str("dh1_b"),
	                       &e));
	CU_ASSERT_EQUAL(e.enrolled_s, 1794000002);
	CU_ASSERT_EQUAL(e.state, WIRE_DEVICE_SUSPENDED);
	uint8_t identity[HASH_SIZE];
	memset(identity, 0x22, sizeof(identity));
	CU_ASSERT(store_identity_is(&e, identity));
	CU_ASSERT_EQUAL(memcmp(e.identity, identity, 4) == 0, false);
	CU_ASSERT(bytes_equal_str(store_small_bytes(&e.format), "tpm2-quote"));
	CU_ASSERT_EQUAL(e.facts.n, 0); /* its name is not kept any more */
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
	                             "PRAGMA user_version = 9999",
	                             NULL, NULL, NULL),
	                SQLITE_OK);
	copy_file(&d, &copy, STORE_FILE);
	copy_file(&d, &copy, STORE_FILE "-wal");
	(void)sqlite3_close(db);
	refused(&copy, "user_version: 9999");
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
	refused(&d, "upgrading ledger.db");
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
	  "trigger x does not belong here" },
	{ "CREATE TRIGGER x DELETE ON epochs BEGIN SELECT 1; END",
	  "trigger x does not belong here" }, /* would go with its table */
	{ "CREATE VIEW x AS SELECT 1", "view x does not belong here" },
	{ "CREATE TABLE x (a)", "table x does not belong here" },
	{ "DROP TABLE epochs; CREATE VIRTUAL TABLE epochs USING dbstat(main)",
	  "table epochs differs from" },
	{ "INSERT INTO epochs VALUES (1, 4294967296, 0)", "out of range" },
	{ "PRAGMA writable_schema = ON; UPDATE sqlite_schema"
	  " SET sql = replace(sql, ' CHECK (length(cti) = 16)', '')"
	  " WHERE name = 'redemptions'",
	  "table redemptions differs from" },
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

/* Devices of two formats, one that had said nothing, and one with a name as long as
 * version 3 took it, which is no fact: only people look at it. */
#define DEVICES_3                                                             \
	"INSERT INTO enrolments VALUES ('dh1_tpm', 't',"                      \
	" zeroblob(32), x'000b01', 1794000001, 1, 'tpm2-quote', x'', 0, 0, 0" \
	", 0);"                                                               \
	"INSERT INTO enrolments VALUES ('dh1_phone', 't',"                    \
	" randomblob(32), x'', 1794000002, 1, 'android-key', x'01fe', 160000" \
	", 202609, 20260905, 20260900);"                                      \
	"INSERT INTO enrolments VALUES ('dh1_bare', 't',"                     \
	" randomblob(32), x'', 1794000003, 1, 'android-key', x'', 0, 0, 0, 0" \
	");"                                                                  \
	"INSERT INTO enrolments VALUES ('dh1_long', 't', randomblob(32),"     \
	" zeroblob(128), 1794000004, 1, 'tpm2-quote', x'', 0, 0, 0, 0)"

static struct enrolment
enrolment_of(struct store *s, const char *handle)
{
	struct enrolment e = { 0 };

	KIT_OK(store_enrolment(s, bytes_of_str("t"), bytes_of_str(handle), &e));
	return e;
}

static const struct fact *
fact_of(const struct enrolment *e, const char *name)
{
	const struct fact *f = facts_find(&e->facts, bytes_of_str(name));

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	return f;
}

static void
check_level(const struct enrolment *e, const char *name, enum fact_rule rule,
            uint64_t number)
{
	CU_ASSERT_EQUAL(fact_of(e, name)->rule, rule);
	CU_ASSERT_EQUAL(fact_of(e, name)->number, number);
}

/* Each column is a row, by the rule that it was compared by. */
static void
check_facts(struct store *s)
{
	struct enrolment e = enrolment_of(s, "dh1_phone");

	CU_ASSERT_EQUAL(e.facts.n, 5);
	CU_ASSERT(bytes_equal(fact_bytes(fact_of(&e, "verified_boot_key")),
	                      bytes_of("\x01\xfe", 2)));
	CU_ASSERT_EQUAL(fact_of(&e, "verified_boot_key")->rule, FACT_EQUAL);
	check_level(&e, "os_version", FACT_NOT_BELOW, 160000);
	check_level(&e, "os_patch_level", FACT_NOT_BEFORE, 202609);
	check_level(&e, "vendor_patch_level", FACT_NOT_BEFORE, 20260905);
	check_level(&e, "boot_patch_level", FACT_NOT_BEFORE, 20260900);
	CU_ASSERT(bytes_equal_str(store_small_bytes(&e.format), "android-key"));
	CU_ASSERT_EQUAL(e.enrolled_s, 1794000002);

	CU_ASSERT_EQUAL(enrolment_of(s, "dh1_tpm").facts.n, 0);
	CU_ASSERT_EQUAL(enrolment_of(s, "dh1_bare").facts.n, 0);
	CU_ASSERT_EQUAL(enrolment_of(s, "dh1_long").facts.n, 0);
}

/* A challenge that was spent, and not yet signed for. */
#define SPENT_3                                                              \
	"INSERT INTO outcomes VALUES (1, 1794000003000, zeroblob(16),"       \
	" 1794000003, 1794000303, 't', 1,"                                   \
	" x'00000001000000070000000000000001', zeroblob(32), 2, 0, '',"      \
	" zeroblob(32), zeroblob(32), '', '', 0, zeroblob(8), 'tpm2-quote'," \
	" zeroblob(32), 'demo', 3, zeroblob(32), 0);"                        \
	"INSERT INTO redemptions VALUES"                                     \
	" (x'00000001000000070000000000000001', 1, 1795000100,"              \
	" zeroblob(32), NULL, x'00017400', zeroblob(32));"                   \
	"UPDATE meta SET sequence = 1"

/* A key holder of this version would take the bytes of its finding for nonsense,
 * and end. */
static void
check_no_finding(struct store *s)
{
	const struct cti cti = { .node = 1, .epoch = 7, .serial = 1 };
	AUTO(redemption_release) struct redemption r = { 0 };
	struct outcome o;
	uint8_t id[CTI_SIZE];

	cti_encode(&cti, id);
	KIT_OK(store_redemption(s, id, &r, &o));
	CU_ASSERT_EQUAL(r.finding.len, 0);
}

static void
test_version_3(void)
{
	struct kit_dir d = kit_dir();

	run(&d, version_3);
	run(&d, DEVICES_3);
	run(&d, SPENT_3);
	for (int i = 0; i < 2; i++) { /* and once more, as it is now */
		struct store *s = kit_open(&d);
		check_facts(s);
		check_no_finding(s);
		store_close(s);
	}
	kit_remove(&d);
}

/* The new table is refused in a database that cannot have it, and is missed in
 * one that must. */
static void
test_facts_table(void)
{
	struct kit_dir old = kit_dir(), new = kit_dir();

	run(&old, version_3);
	run(&old, "CREATE TABLE facts (a)");
	refused(&old, "table facts does not belong here");
	kit_remove(&old);
	run(&new, version_4);
	run(&new, "DROP TABLE facts");
	refused(&new, "table facts is missing");
	kit_remove(&new);
}

/* Version 5 made the same tables as version 4. */
static void
test_findings(void)
{
	static const char *const numbers[] = { "PRAGMA user_version = 4",
		                               "PRAGMA user_version = 5" };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct kit_dir d = kit_dir();

		run(&d, version_4);
		run(&d, SPENT_3);
		run(&d, numbers[i]);
		struct store *s = kit_open(&d);
		check_no_finding(s);
		store_close(s);
		kit_remove(&d);
	}
}

/* What is not as facts.h has it was written by nobody of ours. */
static void
test_strange_facts(void)
{
	static const char *const rows[] = {
		"('dh1_a', 'Name', 3, 5)", "('dh1_a', 'format', 3, 5)",
		"('dh1_a', 'count', 3, -5)", "('dh1_a', 'key', 1, zeroblob(73))"
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf sql = buf_of(1024);
		struct kit_dir d = kit_dir();
		struct enrolment e;

		buf_printf(&sql,
		           "INSERT INTO enrolments VALUES ('dh1_a', 't',"
		           " zeroblob(32), 1794000001, 1, 'f');"
		           "INSERT INTO facts VALUES %s",
		           rows[i]);
		run(&d, version_4);
		run(&d, buf_str(&sql));
		struct store *s = kit_open(&d);
		CU_ASSERT_EQUAL(store_enrolment(s, bytes_of_str("t"),
		                                bytes_of_str("dh1_a"), &e),
		                E_IO);
		store_close(s);
		kit_remove(&d);
	}
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
	{ "a database of version 3: columns become facts", test_version_3 },
	{ "a table of version 4 in an older one", test_facts_table },
	{ "databases of version 4 and 5: findings of fewer fields",
	  test_findings },
	{ "facts that nobody of ours wrote", test_strange_facts },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_migrate", tests)
