/*
 * sqlite.h - struct store, shared by the SQLite files of this directory: the
 * open database and its prepared statements.
 */
#ifndef LEDGER_STORE_SQLITE_H
#define LEDGER_STORE_SQLITE_H

#include <sqlite3.h>

#include "ledger/store/sqlite_check.h"
#include "ledger/store/sqlite_known.h"
#include "ledger/store/sqlite_counts.h"
#include "ledger/store/sqlite_permits.h"
#include "ledger/store/store.h"

#define ENROLMENT_COLUMNS                                      \
	"handle, tenant, identity, enrolled_s, state, format," \
	" changed_ms, note, keyed_s, attested_day, silent_day"

/* STORE_EPOCH_LIVES in SQL. */
#define EPOCH_LIVES "9223372036854775807"

/*  name  SQL.  Three more are composed from outcome.def and filter.def. */
#define STATEMENTS(S)                                                          \
	S(BEGIN, "BEGIN IMMEDIATE")                                            \
	S(COMMIT, "COMMIT")                                                    \
	S(MARKS_GET,                                                           \
	  "SELECT sequence, time_ms, created_ms, horizon_ms, first FROM meta") \
	S(MARKS_SET, "UPDATE meta SET sequence = ?, time_ms = ?")              \
	S(MARKS_REPAIR, "UPDATE meta SET time_ms = ?1, horizon_ms = ?1")       \
	S(EPOCH_LIVE,                                                          \
	  "INSERT INTO epochs (node, epoch, life, heard_ms, ended_ms)"         \
	  " VALUES (?1, ?2, ?3, ?4, " EPOCH_LIVES ")"                          \
	  " ON CONFLICT DO UPDATE SET ended_ms = " EPOCH_LIVES                 \
	  " WHERE ended_ms <> 0 AND life = ?3")                                \
	S(EPOCH_GET, "SELECT life, heard_ms, ended_ms FROM epochs"             \
	             " WHERE node = ? AND epoch = ?")                          \
	S(EPOCH_LAST, "SELECT MAX(epoch) FROM epochs WHERE node = ?")          \
	S(EPOCH_END, "UPDATE epochs SET ended_ms = MIN(ended_ms, ?)"           \
	             " WHERE node = ? AND epoch = ?")                          \
	S(EPOCHS_END_BEFORE,                                                   \
	  "UPDATE epochs SET ended_ms = ?1"                                    \
	  " WHERE node = ?2 AND epoch < ?3 AND ended_ms > ?1")                 \
	S(EPOCHS_END, "UPDATE epochs SET ended_ms = ?1 WHERE ended_ms > ?1")   \
	S(EPOCHS_SHUT, "UPDATE epochs SET ended_ms = ?1 WHERE ended_ms <> ?1") \
	S(EPOCHS_OPEN, "SELECT count(*) FROM epochs WHERE ended_ms <> ?")      \
	S(ENROLMENTS_LATER, "SELECT count(*) FROM enrolments"                  \
	                    " WHERE enrolled_s > ?1 OR changed_ms > ?1 * 1000" \
	                    " OR silent_day > ?1 / 86400")                     \
	S(ENROLMENTS_NOT_LATER,                                                \
	  "UPDATE enrolments SET enrolled_s = MIN(enrolled_s, ?1),"            \
	  " changed_ms = MIN(changed_ms, ?1 * 1000),"                          \
	  " keyed_s = MIN(keyed_s, ?1),"                                       \
	  " attested_day = MIN(attested_day, ?1 / 86400),"                     \
	  " silent_day = MIN(silent_day, ?1 / 86400)"                          \
	  " WHERE enrolled_s > ?1 OR changed_ms > ?1 * 1000"                   \
	  " OR silent_day > ?1 / 86400")                                       \
	S(PERMITS_NOT_LATER,                                                   \
	  "UPDATE permits SET given_s = ?1,"                                   \
	  " expires_s = expires_s - given_s + ?1 WHERE given_s > ?1")          \
	S(REDEEM, "INSERT INTO redemptions"                                    \
	          " (cti, sequence, expires_s, observed, finding, tag)"        \
	          " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")         \
	S(JWT_SET,                                                             \
	  "UPDATE redemptions SET jwt = ? WHERE cti = ? AND jwt IS NULL")      \
	S(SWEEP, "DELETE FROM redemptions WHERE rowid IN"                      \
	         " (SELECT rowid FROM redemptions WHERE expires_s < ?"         \
	         " ORDER BY expires_s LIMIT ?)")                               \
	S(ENROLMENT_GET, "SELECT " ENROLMENT_COLUMNS " FROM enrolments"        \
	                 " WHERE handle = ? AND tenant = ?")                   \
	S(ENROLMENT_OF, "SELECT " ENROLMENT_COLUMNS " FROM enrolments"         \
	                " WHERE tenant = ? AND identity = ?")                  \
	S(ENROLMENT_ADD, "INSERT INTO enrolments (" ENROLMENT_COLUMNS ")"      \
	                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"           \
	                 " ON CONFLICT DO NOTHING")                            \
	S(ENROLMENT_CHANGE,                                                    \
	  "UPDATE enrolments SET state = ?1, changed_ms = ?2, note = ?3,"      \
	  " silent_day = MAX(silent_day, ?2 / 86400000)"                       \
	  " WHERE handle = ?4 AND tenant = ?5")                                \
	S(DEVICE_ATTESTED,                                                     \
	  "UPDATE enrolments SET attested_day = ?1, silent_day = ?1"           \
	  " WHERE handle = ?2 AND tenant = ?3")                                \
	S(OVERDUE_COUNT,                                                       \
	  "SELECT count(*) FROM (SELECT 1 FROM enrolments WHERE tenant = ?"    \
	  " AND state = 1 AND silent_day < ? LIMIT ?)")                        \
	S(TENANT_ATTESTED, "INSERT INTO tenants_attested VALUES (?1, ?2)"      \
	                   " ON CONFLICT DO UPDATE SET attested_s = ?2")       \
	S(TENANT_LAST, "SELECT attested_s FROM tenants_attested"               \
	               " WHERE tenant = ?")                                    \
	S(ENROLMENTS_PAGE, "SELECT " ENROLMENT_COLUMNS " FROM enrolments"      \
	                   " WHERE tenant = ? AND handle > ?"                  \
	                   " ORDER BY handle LIMIT ?")                         \
	S(ENROLMENTS_OF_STATE,                                                 \
	  "SELECT " ENROLMENT_COLUMNS " FROM enrolments"                       \
	  " WHERE tenant = ? AND handle > ? AND state = ?4"                    \
	  " ORDER BY handle LIMIT ?3")                                         \
	S(FACTS_GET, "SELECT name, rule, value FROM facts WHERE handle = ?")   \
	S(FACT_PUT, "INSERT INTO facts (handle, name, rule, value)"            \
	            " SELECT handle, ?3, ?4, ?5 FROM enrolments"               \
	            " WHERE handle = ?1 AND tenant = ?2"                       \
	            " ON CONFLICT DO UPDATE SET value = excluded.value")       \
	S(OUTCOMES_SPAN,                                                       \
	  "SELECT coalesce((SELECT min(sequence) FROM outcomes), 1),"          \
	  " coalesce((SELECT max(sequence) FROM outcomes), 0)")                \
	S(OUTCOME_TIME, "SELECT recorded_ms FROM outcomes WHERE sequence = ?") \
	S(HANDLE_GET, "SELECT 1 FROM enrolments WHERE handle = ?")             \
	S(ENROLMENT_DELETE, "DELETE FROM enrolments"                           \
	                    " WHERE handle = ? AND tenant = ?")

enum statement {
#define STATEMENT_ENUM(name, sql) ST_##name,
	STATEMENTS(STATEMENT_ENUM) STATEMENTS_PERMITS(STATEMENT_ENUM)
	        STATEMENTS_KNOWN(STATEMENT_ENUM) STATEMENTS_KEYS(STATEMENT_ENUM)
#undef STATEMENT_ENUM
	                ST_OUTCOME_ADD,
	/* columns: observed, jwt, finding, tag, and those of outcome.def */
	ST_REDEMPTION,
	/* parameters: first, last, those of filter.def, rows */
	ST_OUTCOMES,
	ST_COUNT
};

struct store {
	sqlite3 *db;
	int dir;  /* the directory, which has the lock (file.h) */
	int file; /* the database, for hold.h; -1: opened for reading */
	enum db_depth depth; /* how far the file was checked */
	uint64_t inode;      /* inode number of the open file */
	int log_pages;       /* in the write-ahead log after the last commit */
	bool scrub;      /* the log has rows that were deleted: store_scrub() */
	bool scrub_owed; /* outcomes were deleted, and a further step follows */
	struct permit_counts counts;
	sqlite3_stmt *statements[ST_COUNT];
};

/* Prepares the statements of a database of this version. */
MUST_CHECK err_t store_prepare(struct store *s, struct buf *why);

#endif
