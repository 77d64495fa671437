/*
 * sandbox.h - a role's last step before work: what it may still ask the
 * kernel for, by sandbox.def; and which files, by Landlock.
 *
 * A system call that the table does not list kills the process; a key holder may
 * have some more, by its token's list `syscalls` (src/proc/token_syscalls.def).
 */
#ifndef PROC_SANDBOX_H
#define PROC_SANDBOX_H

#include "proc/config.h"
#include "base/err.h"
#include "wire/wire.h"

/*
 * For the rest of this process's life.  E_DENIED: it could not be locked, and
 * the role must not run.  Landlock holds for the thread that calls and for
 * those that it starts afterwards, the filter of system calls for all that
 * there are: so a thread starts between the two.  index: which of the role's
 * processes this is.
 */
MUST_CHECK err_t sandbox_lock_files(enum wire_role role, uint16_t index,
                                    const struct config *c);
MUST_CHECK err_t sandbox_lock_calls(enum wire_role role, uint16_t index,
                                    const struct config *c);

#endif
