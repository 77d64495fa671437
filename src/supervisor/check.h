/*
 * check.h - what a start would find, without one.
 */
#ifndef SUPERVISOR_CHECK_H
#define SUPERVISOR_CHECK_H

#include <limits.h>
#include <stdbool.h>

#include "base/err.h"
#include "proc/role_spawn.h"

struct child;
struct supervisor;

/* children.c: how a role's program is started, and as whom; path is where that is
 * put down. */
struct spawn child_spawn(const struct supervisor *s, const struct child *c,
                         char path[static PATH_MAX]);

/* What is wrong, on standard error, each: what a start would refuse, and what
 * would keep the service from ever being ready.  When device is true, the tokens
 * are looked at, too, without a login.  E_CONFIG: something is wrong. */
MUST_CHECK err_t check_all(struct supervisor *s, bool device);

#endif
