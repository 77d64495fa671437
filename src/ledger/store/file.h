/*
 * file.h - the ledger's directory and file, before any engine opens it.
 *
 * An engine that opens a file may write to it.  So whether the file is ours is
 * decided here, by reading its first bytes.
 */
#ifndef LEDGER_STORE_FILE_H
#define LEDGER_STORE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define STORE_FILE_NEW STORE_FILE ".new" /* being made; never a ledger yet */

/*
 * Opens the directory and locks it against every other ledger for as long as
 * the descriptor is open.  E_NOT_FOUND, E_DENIED: others may write there.
 * E_CONFLICT: another ledger has it.  E_IO.
 */
MUST_CHECK err_t store_dir_lock(const char *directory, struct buf *why,
                                int *ret_fd);

/* Is there a database?  E_DENIED: there is something that is not ours or is
 * newer than us, or a log without its database. */
MUST_CHECK err_t store_file_probe(int dir, struct buf *why, bool *ret_there);

/* Opens the database to read from it.  E_NOT_FOUND, E_DENIED, E_IO. */
MUST_CHECK err_t store_file_open(int dir, struct buf *why, int *ret_fd);

/* Whether an open file begins like a database of ours; name is for people.
 * E_DENIED: no. */
MUST_CHECK err_t store_file_header(int fd, const char *name, struct buf *why,
                                   bool *ret_backup);

/* Appends what, and errno's text; E_NOT_FOUND, E_DENIED or E_IO. */
err_t store_file_failed(struct buf *why, const char *what);

/* Has it a log with something in it?  E_DENIED: it has a rollback journal, so an
 * end that was cut short has yet to be put right.  E_IO. */
MUST_CHECK err_t store_file_log(int dir, struct buf *why, bool *ret_log);

/* The file's inode; 0: none.  It is not used again while the file is open. */
uint64_t store_file_inode(int dir);

/* An empty STORE_FILE_NEW, mode 0600, for the engine to fill and to close. */
MUST_CHECK err_t store_file_create(int dir, struct buf *why);

/* Gives the filled file its name, durably. */
MUST_CHECK err_t store_file_publish(int dir, struct buf *why);

#endif
