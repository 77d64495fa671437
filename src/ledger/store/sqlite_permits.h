/*
 * sqlite_permits.h - the statements about emergency stops and permits.
 */
#ifndef LEDGER_STORE_SQLITE_PERMITS_H
#define LEDGER_STORE_SQLITE_PERMITS_H

/* Counts permits of a release in a channel between two times. */
#define PERMITS_COUNT(what)                               \
	"SELECT count(*) FROM permits WHERE release = ?1" \
	" AND channel = ?2 AND " what " > ?3 AND " what " <= ?4"

/*  name  SQL. */
#define STATEMENTS_PERMITS(S)                                                  \
	S(STOPS_GET, "SELECT id FROM stops WHERE release = ?"                  \
	             " ORDER BY stopped_ms LIMIT ?")                           \
	S(STOP_GET, "SELECT id, release, stopped_ms, who, reason FROM stops"   \
	            " WHERE id = ?")                                           \
	S(STOP_ADD, "INSERT INTO stops (id, release, stopped_ms, who, reason)" \
	            " VALUES (?, ?, ?, ?, ?)")                                 \
	S(PERMIT_GET, "SELECT given_s, expires_s, attempts, finished"          \
	              " FROM permits WHERE handle = ? AND release = ?"         \
	              " AND channel = ?")                                      \
	S(PERMIT_PUT, "INSERT OR REPLACE INTO permits"                         \
	              " (handle, release, channel, given_s, expires_s,"        \
	              " attempts, finished) VALUES (?, ?, ?, ?, ?, ?, ?)")     \
	S(PERMITS_RENAME, "UPDATE permits SET handle = ?2 WHERE handle = ?1")  \
	S(PERMITS_VALID, PERMITS_COUNT("expires_s"))                           \
	S(PERMITS_GIVEN, PERMITS_COUNT("given_s"))                             \
	S(PERMITS_FINISHED, PERMITS_COUNT("finished"))                         \
	S(PERMIT_HOLDERS,                                                      \
	  "SELECT p.handle, e.tenant, p.given_s, p.expires_s, p.attempts,"     \
	  " p.finished FROM permits p CROSS JOIN enrolments e"                 \
	  " ON e.handle = p.handle"                                            \
	  " WHERE p.release = ? AND p.channel = ? AND p.finished = ?"          \
	  " AND p.handle > ? ORDER BY p.handle LIMIT ?")

#endif
