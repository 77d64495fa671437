/*
 * landlock.h - the files that a role may still open after its start.
 */
#ifndef PROC_LANDLOCK_H
#define PROC_LANDLOCK_H

#include "proc/config.h"
#include "base/err.h"
#include "wire/wire.h"

/*
 * Restricts the calling thread, and threads that it starts later.
 *
 *   front, verifier  no files
 *   ledger           its directory
 *   key holder       its state directory and its token's `paths`; for reading,
 *                    its module's directory, the files of a TPM's keys and what
 *                    its token's `environment` points at; nothing of another
 *                    token
 *
 * No role may use TCP, on kernels whose Landlock restricts it.  Returns OK on a
 * kernel without Landlock; then seccomp alone restricts the role.
 */
MUST_CHECK err_t landlock_lock(enum wire_role role, uint16_t index,
                               const struct config *c);

#endif
