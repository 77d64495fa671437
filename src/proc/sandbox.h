/*
 * sandbox.h - restricts a role to the system calls of sandbox.def (seccomp) and
 * to its files (Landlock), as the last step before it works.
 *
 * A system call that the table does not list kills the process.  A key holder
 * may make the calls in its token's list `syscalls`, too (token_syscalls.def).
 */
#ifndef PROC_SANDBOX_H
#define PROC_SANDBOX_H

#include "proc/config.h"
#include "base/err.h"
#include "wire/wire.h"

/*
 * Both hold until the process ends.  E_DENIED: the restriction failed, and the
 * role must not run.  Landlock holds for the calling thread and for threads
 * that it starts afterwards; the seccomp filter holds for all threads that
 * exist.  A thread must therefore start between the two calls.  index is the
 * number of this process among those of its role.
 */
MUST_CHECK err_t sandbox_lock_files(enum wire_role role, uint16_t index,
                                    const struct config *c);
MUST_CHECK err_t sandbox_lock_calls(enum wire_role role, uint16_t index,
                                    const struct config *c);

#endif
