/*
 * file.h - the ledger's directory and file, before SQLite opens it.
 *
 * SQLite may write to a file that it opens.  Therefore this code first reads
 * the file's header and refuses a file that is not a ledger's database.
 */
#ifndef LEDGER_STORE_FILE_H
#define LEDGER_STORE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define STORE_FILE_NEW STORE_FILE ".new" /* incomplete, not used by a ledger */

/*
 * Opens the directory and locks it against other ledgers as long as the
 * descriptor is open.  E_NOT_FOUND; E_DENIED: others may write to it;
 * E_CONFLICT: another ledger uses it; E_IO.
 */
MUST_CHECK err_t store_dir_lock(const char *directory, struct buf *why,
                                int *ret_fd);

/* Looks for a database.  E_DENIED: the file is not a ledger's, is a backup, or
 * has a later version; or there is a log or a journal without a database.
 * E_IO. */
MUST_CHECK err_t store_file_probe(int dir, struct buf *why, bool *ret_there);

/* Opens the database for reading.  E_NOT_FOUND, E_DENIED, E_IO. */
MUST_CHECK err_t store_file_open(int dir, struct buf *why, int *ret_fd);

/* Checks that an open file has the header of a ledger's database or of a
 * backup, and a version that this program knows; name is for messages.
 * E_DENIED: it does not.  E_IO. */
MUST_CHECK err_t store_file_header(int fd, const char *name, struct buf *why,
                                   bool *ret_backup);

/* Appends what and the text of errno; returns E_NOT_FOUND, E_DENIED or E_IO. */
err_t store_file_failed(struct buf *why, const char *what);

/* True if there is a log that is not empty.  E_DENIED: there is a rollback
 * journal, so an interrupted transaction must be rolled back first.  E_IO. */
MUST_CHECK err_t store_file_log(int dir, struct buf *why, bool *ret_log);

/* The file's inode number; 0: none.  It is not reused while the file is
 * open. */
uint64_t store_file_inode(int dir);

/* Creates an empty STORE_FILE_NEW, mode 0600, which SQLite fills. */
MUST_CHECK err_t store_file_create(int dir, struct buf *why);

/* Renames the finished file to its name, durably. */
MUST_CHECK err_t store_file_publish(int dir, struct buf *why);

#endif
