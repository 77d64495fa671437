/*
 * sqlite_copy.h - the SQLite operations for backups; see backup.h.
 */
#ifndef LEDGER_STORE_SQLITE_COPY_H
#define LEDGER_STORE_SQLITE_COPY_H

#include <stdbool.h>

#include "ledger/store/backup.h"

/*
 * directory contains a copy of a ledger's database and log.  Makes one file of
 * them, marked as a backup and without a log.  E_DENIED: not sound.  E_IO.
 */
MUST_CHECK err_t copy_settle(const char *directory, struct buf *why,
                             struct store_facts *ret_facts);

/* Checks a file that does not change and has no log.  E_DENIED, E_IO. */
MUST_CHECK err_t copy_check(const char *path, struct buf *why,
                            struct store_facts *ret_facts);

/* The same, and leaves it open for reading.  E_DENIED, E_IO, E_NOMEM. */
MUST_CHECK err_t copy_open(const char *path, struct buf *why,
                           struct store **ret_store);

/* directory/file is a copy of a backup: makes a ledger's database of it,
 * repaired as of now_ms, without a log.  E_DENIED: not sound.  E_IO. */
MUST_CHECK err_t copy_revive(const char *directory, const char *file,
                             uint64_t now_ms, struct buf *why,
                             struct store_repair *ret_done);

#endif
