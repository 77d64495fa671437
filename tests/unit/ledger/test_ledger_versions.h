/*
 * test_ledger_versions.h - databases as every version of the ledger made them.
 */
#ifndef UNIT_LEDGER_TEST_LEDGER_VERSIONS_H
#define UNIT_LEDGER_TEST_LEDGER_VERSIONS_H

#include <stdio.h>

#include <sqlite3.h>

#include "tests/common/roles/ledger_kit.h"
#include "tests/unit/ledger/test_ledger_old.h"

/* What version 4 makes; a program that writes it otherwise refuses all databases
 * that there are. */
__attribute__((unused)) static const char version_4[] =
        "PRAGMA application_id = 1095650353; PRAGMA user_version = 4; BEGIN;"
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
        "enrolled_s INTEGER NOT NULL, state INTEGER NOT NULL CHECK (state IN "
        "(1, 2)), format TEXT NOT NULL, UNIQUE (tenant, identity)) STRICT;"
        "CREATE TABLE facts (handle TEXT NOT NULL REFERENCES enrolments "
        "(handle) ON DELETE CASCADE, name TEXT NOT NULL, rule INTEGER NOT "
        "NULL CHECK (rule IN (1, 2, 3, 4)), value ANY NOT NULL CHECK "
        "(typeof(value) = iif(rule IN (1, 2), 'blob', 'integer')), PRIMARY "
        "KEY (handle, name)) STRICT, WITHOUT ROWID;"
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
#define MIGRATION_ADDS(version, table)
#include "ledger/store/migrate.def"
#undef MIGRATION
#undef MIGRATION_ADDS
};

/* The function that a step calls; sqlite_schema.c adds it. */
__attribute__((unused)) static void
identity_of_row(sqlite3_context *c, int n, sqlite3_value **v)
{
	const char *tenant = (const char *)sqlite3_value_text(v[0]);
	const void *identity = sqlite3_value_blob(v[1]);
	uint8_t out[HASH_SIZE];

	(void)n;
	store_identity(bytes_of_str(tenant), bytes_of(identity, HASH_SIZE),
	               out);
	sqlite3_result_blob(c, out, sizeof(out), SQLITE_TRANSIENT);
}

__attribute__((unused)) static void
add_identity(sqlite3 *db)
{
	CU_ASSERT_EQUAL(sqlite3_create_function(db, "store_identity", 2,
	                                        SQLITE_UTF8, NULL,
	                                        identity_of_row, NULL, NULL),
	                SQLITE_OK);
}

__attribute__((unused)) static void
run(const struct kit_dir *d, const char *sql)
{
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(d, STORE_FILE), &db),
	                      SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

/* A database with one device, as each version from 4 on made it. */
__attribute__((unused)) static void
make_version(const struct kit_dir *d, int version)
{
	sqlite3 *db = NULL;

	run(d, version_4);
	run(d, "INSERT INTO enrolments VALUES ('dh1_a', 't', zeroblob(32),"
	       " 1794000001, 2, 'tpm2-quote')");
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(d, STORE_FILE), &db),
	                      SQLITE_OK);
	add_identity(db);
	for (int from = 4; from < version; from++)
		CU_ASSERT_EQUAL(
		        sqlite3_exec(db, steps[from - 1], NULL, NULL, NULL),
		        SQLITE_OK);
	(void)sqlite3_close(db);
}

__attribute__((unused)) static struct kit_dir
old_database(void)
{
	struct kit_dir d = kit_dir();

	run(&d, version_1);
	return d;
}

__attribute__((unused)) static void
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

#endif
