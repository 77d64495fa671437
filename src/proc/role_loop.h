/*
 * role_loop.h - the steps of role_main(), for a role that calls them itself.
 */
#ifndef PROC_ROLE_LOOP_H
#define PROC_ROLE_LOOP_H

#include <stdbool.h>

#include "base/err.h"

struct role;
struct role_ops;

/*
 * For a role that has an event loop of its own (the front).  role_boot()
 * returns after prepare(), with the sandbox locked.  role_fd() is readable when
 * there is work, role_step() does that work without waiting, and role_flush()
 * sends what was queued outside of a step.  role_boot() returns NULL when the
 * process must end; *ret_status is then its exit status.
 */
struct role *role_boot(const struct role_ops *ops, void *user, int *ret_status);
int role_fd(const struct role *r);
bool role_step(struct role *r); /* false: the lifeline closed, stop */
void role_flush(struct role *r);
void role_free(struct role *r);

/* Locks the sandbox and calls role_ops.threads.  role_boot() does this after
 * prepare().  A role calls it in prepare() when it must do its first work
 * inside the sandbox before it reports that it is ready, as the key holder does
 * with its token.  E_DENIED, or the error of threads(): the role must not
 * work. */
MUST_CHECK err_t role_lock(struct role *r);

#endif
