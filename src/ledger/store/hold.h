/*
 * hold.h - the lock between a ledger and a copy of its database.
 *
 * Commits are appended to the write-ahead log; only a checkpoint writes to
 * ledger.db.  The ledger makes a checkpoint only while it holds ledger.db's
 * flock(2) exclusively, and a program that copies the file holds it shared.
 * The kernel releases the lock when either process ends.
 */
#ifndef LEDGER_STORE_HOLD_H
#define LEDGER_STORE_HOLD_H

#include <stdbool.h>

#include "base/err.h"

/* Log pages of 4 KiB (256 MiB) beyond which the ledger does not wait for a copy
 * any more.  The copy then notices that the file has changed. */
#define STORE_HOLD_PAGES 65536

/* For the ledger: true if nobody copies; none can begin until
 * store_hold_end(). */
bool store_hold_nobody(int file);
void store_hold_end(int file);

/* For a copy: takes the lock until file is closed; waits for a running
 * checkpoint.  E_CONFLICT: it took too long. */
MUST_CHECK err_t store_hold_take(int file);

#endif
