/*
 * sqlite_work.h - reports progress once a second while SQLite works for long.
 *
 * The check of a large file is one call to SQLite that takes minutes, and parts
 * of it do not call SQLite's progress handler.  All of it reads the file, so
 * the report is made by a VFS that wraps the system's reads; it
 * also clears the pages that are written (sqlite_scrub.h).
 */
#ifndef LEDGER_STORE_SQLITE_WORK_H
#define LEDGER_STORE_SQLITE_WORK_H

#include "base/err.h"
#include "ledger/store/open.h"

#define WORK_VFS "anchord" /* the default VFS, wrapped */

/* Registers WORK_VFS, once in a process.  E_IO. */
MUST_CHECK err_t work_vfs(void);

/* From now on until work_end() reads of the database call how->alive (if not
 * NULL) once a second, for the first time after one second. */
void work_begin(const struct store_opening *how);
void work_end(void);

#endif
