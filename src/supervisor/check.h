/*
 * check.h - `anchord --check`: reports what would keep the service from
 * working.
 */
#ifndef SUPERVISOR_CHECK_H
#define SUPERVISOR_CHECK_H

#include <limits.h>
#include <stdbool.h>

#include "base/err.h"
#include "proc/role_spawn.h"

struct child;
struct supervisor;

/* children.c: the parameters with which a child's program is started; path
 * receives the program's path. */
struct spawn child_spawn(const struct supervisor *s, const struct child *c,
                         char path[static PATH_MAX]);

/* Writes every fault that it finds to standard error: what makes the start
 * fail, and what would keep the service from ever being ready.  With device set
 * the tokens are examined, too, without a login.  E_CONFIG: there is a
 * fault. */
MUST_CHECK err_t check_all(struct supervisor *s, bool device);

#endif
