/*
 * hold.h - whoever copies the database while a ledger works with it.
 *
 * Only a checkpoint writes to ledger.db: commits are appended to its log.  So a
 * ledger makes one only while it has ledger.db's flock(2) for itself, and whoever
 * copies the file has that lock shared.  The kernel lets go of it when either
 * process ends.
 */
#ifndef LEDGER_STORE_HOLD_H
#define LEDGER_STORE_HOLD_H

#include <stdbool.h>

#include "base/err.h"

/* Pages of 4 KiB in the log, 256 MiB, beyond which the ledger does not wait for
 * a copy any more.  The copy notices that the file has changed. */
#define STORE_HOLD_PAGES 65536

/* The ledger's: nobody copies, and nobody begins to until store_hold_end(). */
bool store_hold_nobody(int file);
void store_hold_end(int file);

/* The copy's, until file is closed; waits for a checkpoint that is under way.
 * E_CONFLICT: for too long. */
MUST_CHECK err_t store_hold_take(int file);

#endif
