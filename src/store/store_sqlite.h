/*
 * store_sqlite.h - what the two halves of the SQLite store share: the open
 * database and its kept statements.  Nobody else includes this.
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>

#include "store.h"

#define ENROLMENT_COLUMNS                                        \
	"handle, tenant, ak_name, identity, enrolled_s, state, " \
	"format, boot_key, os_version, os_patch, vendor_patch, boot_patch"

/*  name  SQL.  Two more are composed from outcome.def. */
#define STATEMENTS(S)                                                     \
	S(BEGIN, "BEGIN IMMEDIATE")                                       \
	S(COMMIT, "COMMIT")                                               \
	S(MARKS_GET, "SELECT sequence, time_ms, created_ms FROM meta")    \
	S(MARKS_SET, "UPDATE meta SET sequence = ?, time_ms = ?")         \
	S(EPOCH_ADD, "INSERT INTO epochs (node, epoch, first_seen_s)"     \
	             " VALUES (?, ?, ?) ON CONFLICT DO NOTHING")          \
	S(EPOCH_GET, "SELECT 1 FROM epochs WHERE node = ? AND epoch = ?") \
	S(EPOCH_LAST, "SELECT MAX(epoch) FROM epochs WHERE node = ?")     \
	S(REDEEM, "INSERT INTO redemptions"                               \
	          " (cti, sequence, expires_s, observed)"                 \
	          " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")          \
	S(JWT_SET, "UPDATE redemptions SET jwt = ? WHERE cti = ?")        \
	S(SWEEP, "DELETE FROM redemptions WHERE rowid IN"                 \
	         " (SELECT rowid FROM redemptions WHERE expires_s < ?"    \
	         " ORDER BY expires_s LIMIT ?)")                          \
	S(ENROLMENT_GET, "SELECT " ENROLMENT_COLUMNS " FROM enrolments"   \
	                 " WHERE handle = ? AND tenant = ?")              \
	S(ENROLMENT_OF, "SELECT " ENROLMENT_COLUMNS " FROM enrolments"    \
	                " WHERE tenant = ? AND identity = ?")             \
	S(ENROLMENT_ADD, "INSERT INTO enrolments (" ENROLMENT_COLUMNS ")" \
	                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"   \
	                 " ON CONFLICT DO NOTHING")                       \
	S(ENROLMENT_RAISE, "UPDATE enrolments SET boot_key = ?,"          \
	                   " os_version = ?, os_patch = ?,"               \
	                   " vendor_patch = ?, boot_patch = ?"            \
	                   " WHERE handle = ? AND tenant = ?")            \
	S(HANDLE_GET, "SELECT 1 FROM enrolments WHERE handle = ?")        \
	S(ENROLMENT_DELETE, "DELETE FROM enrolments"                      \
	                    " WHERE handle = ? AND tenant = ?")

enum statement {
#define STATEMENT_ENUM(name, sql) ST_##name,
	STATEMENTS(STATEMENT_ENUM)
#undef STATEMENT_ENUM
	        ST_OUTCOME_ADD,
	ST_REDEMPTION, /* observed, jwt, then the columns of outcome.def */
	ST_COUNT
};

struct store {
	sqlite3 *db;
	int dir;        /* holds the lock */
	uint64_t inode; /* of the file that is open */
	int log_pages;  /* in the write-ahead log after the last commit */
	sqlite3_stmt *statements[ST_COUNT];
};

#endif
