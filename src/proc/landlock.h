/*
 * landlock.h - which files a role may still reach after its start.
 */
#ifndef PROC_LANDLOCK_H
#define PROC_LANDLOCK_H

#include "proc/config.h"
#include "base/err.h"
#include "wire/wire.h"

/*
 * Front and verifier: none.  Ledger: its directory.  Key holder: its
 * directory, its own token's paths, and for reading what that token's environment
 * points at and the module's directory; another token's are not its to see.  No TCP for anyone, where the kernel can say so.
 * OK also on a kernel without Landlock: seccomp holds then alone.
 */
MUST_CHECK err_t landlock_lock(enum wire_role role, uint16_t index,
                               const struct config *c);

#endif
