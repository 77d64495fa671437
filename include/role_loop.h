/*
 * role_loop.h - the parts of role_main(), for a role with a loop of its own.
 */
#ifndef ROLE_LOOP_H
#define ROLE_LOOP_H

#include <stdbool.h>

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

#endif
