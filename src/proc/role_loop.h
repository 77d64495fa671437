/*
 * role_loop.h - the parts of role_main(), for a role that needs them apart.
 */
#ifndef PROC_ROLE_LOOP_H
#define PROC_ROLE_LOOP_H

#include <stdbool.h>

#include "base/err.h"

struct role;
struct role_ops;

/*
 * For a role with an event loop of its own (the front): role_boot() returns
 * after prepare() with the sandbox locked; role_fd() is readable when there is
 * something to do, role_step() does it without waiting, role_flush() sends
 * what was queued elsewhere.  role_boot returns NULL when the process must
 * end; *ret_status is then its exit status.
 */
struct role *role_boot(const struct role_ops *ops, void *user, int *ret_status);
int role_fd(const struct role *r);
bool role_step(struct role *r); /* false: the lifeline closed, stop */
void role_flush(struct role *r);
void role_free(struct role *r);

/* For a role that must be seen to work inside its sandbox before it says that it
 * is ready: called from prepare(), locks it now, as role_boot() does behind
 * prepare() otherwise, and calls threads().  E_DENIED, or what threads() said:
 * the role must not work. */
MUST_CHECK err_t role_lock(struct role *r);

#endif
