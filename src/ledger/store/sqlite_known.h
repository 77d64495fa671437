/*
 * sqlite_known.h - the statements about devices that are known before they enrol,
 * and about changes of a device's key.
 */
#ifndef LEDGER_STORE_SQLITE_KNOWN_H
#define LEDGER_STORE_SQLITE_KNOWN_H

/* An entry that has ended, and by which no device is enrolled, is listed anew.
 * KNOWN_END has the conditions of its partial index as schema.def has them, and
 * names it: SQLite would take the one on handles, and look at all that nobody
 * used. */
#define STATEMENTS_KNOWN(S)                                                   \
	S(KNOWN_ADD,                                                          \
	  "INSERT INTO preregistrations (tenant, kind, digest, devices,"      \
	  " enrolled, added_s, expires_s, label)"                             \
	  " VALUES (?, ?, ?, ?, 0, ?, ?, ?) ON CONFLICT DO UPDATE SET"        \
	  " devices = excluded.devices, enrolled = 0,"                        \
	  " added_s = excluded.added_s, expires_s = excluded.expires_s,"      \
	  " label = excluded.label"                                           \
	  " WHERE expires_s BETWEEN 1 AND excluded.added_s"                   \
	  " AND handle IS NULL")                                              \
	S(KNOWN_FREE, "SELECT 1 FROM preregistrations WHERE tenant = ?"       \
	              " AND kind = ? AND digest = ? AND enrolled < devices"   \
	              " AND (expires_s = 0 OR expires_s > ?)")                \
	S(KNOWN_USE, "UPDATE preregistrations SET enrolled = enrolled + 1,"   \
	             " handle = iif(devices = 1, ?4, NULL) WHERE tenant = ?1" \
	             " AND kind = ?2 AND digest = ?3 AND enrolled < devices") \
	S(KNOWN_PAGE, "SELECT kind, digest, devices, enrolled, added_s,"      \
	              " expires_s, label, coalesce(handle, '')"               \
	              " FROM preregistrations WHERE tenant = ?"               \
	              " AND (kind, digest) > (?, ?)"                          \
	              " ORDER BY kind, digest LIMIT ?")                       \
	S(KNOWN_DELETE, "DELETE FROM preregistrations WHERE tenant = ?"       \
	                " AND kind = ? AND digest = ?")                       \
	S(KNOWN_END, "DELETE FROM preregistrations"                           \
	             " WHERE (tenant, kind, digest) IN"                       \
	             " (SELECT tenant, kind, digest FROM preregistrations"    \
	             " INDEXED BY preregistrations_expires"                   \
	             " WHERE expires_s > 0 AND handle IS NULL"                \
	             " AND expires_s <= ? ORDER BY expires_s LIMIT ?)")

#define STATEMENTS_KEYS(S)                                                   \
	S(FORMER_OF, "SELECT 1 FROM former_keys WHERE tenant = ?"            \
	             " AND identity = ?")                                    \
	S(FORMER_ADD, "INSERT INTO former_keys"                              \
	              " (tenant, identity, handle, replaced_ms)"             \
	              " VALUES (?, ?, ?, ?)")                                \
	S(FORMER_COUNT, "SELECT count(*) FROM former_keys WHERE handle = ?") \
	S(ENROLMENT_KEY, "UPDATE enrolments SET identity = ?, keyed_s = ?,"  \
	                 " changed_ms = ?, note = ?"                         \
	                 " WHERE handle = ? AND tenant = ?")                 \
	S(FACTS_DROP_SHOWN, "DELETE FROM facts WHERE handle = ? AND rule = 1")

#endif
