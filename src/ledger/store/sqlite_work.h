/*
 * sqlite_work.h - word of long work: whoever waits for the engine hears
 * once a second that it reads.
 *
 * The check of a large file is one call into SQLite that lasts minutes, and
 * not all of it runs SQLite's progress handler.  All of it reads the file,
 * though; so the word comes from there.
 */
#ifndef LEDGER_STORE_SQLITE_WORK_H
#define LEDGER_STORE_SQLITE_WORK_H

#include "base/err.h"
#include "ledger/store/open.h"

#define WORK_VFS "anchord" /* the system's, but for its reads */

/* Makes WORK_VFS known, once a process.  E_IO. */
MUST_CHECK err_t work_vfs(void);

/* From now on how->alive is called; NULL: nobody is.  The first time a second
 * from now. */
void work_begin(const struct store_opening *how);
void work_end(void);

#endif
