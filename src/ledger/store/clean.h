/*
 * clean.h - the mark of a clean end: ledger.clean, beside the database.
 *
 * Whether a large file is sound takes minutes to find out.  After an end that
 * was clean it was sound, unless somebody wrote to it since: so the mark says
 * which file it was, how large and when it was changed last.  It is no proof
 * against whoever holds the disk, who can write it, too.
 */
#ifndef LEDGER_STORE_CLEAN_H
#define LEDGER_STORE_CLEAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define STORE_CLEAN_FILE "ledger.clean"

/* Is the database as the last ledger left it, with no log beside it? */
bool store_clean_seen(int dir);

/* Takes the mark away, durably, before anything is written.  E_IO. */
MUST_CHECK err_t store_clean_take(int dir, struct buf *why);

/* Leaves it for a database that was closed and has no log any more; without it
 * the next opening merely takes longer. */
void store_clean_leave(int dir);

#endif
