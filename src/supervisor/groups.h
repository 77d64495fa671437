/*
 * groups.h - token.groups: from names to numbers.
 */
#ifndef SUPERVISOR_GROUPS_H
#define SUPERVISOR_GROUPS_H

#include <sys/types.h>

#include "base/buf.h"
#include "proc/config.h"
#include "base/err.h"

#define GROUPS_MAX 32 /* as many as a list of a token has rows */

/* What the system says of the token's groups now.  E_CONFIG: there is none of
 * that name, or it is root's own; why has a line. */
MUST_CHECK err_t groups_find(const struct config_token *t,
                             gid_t ret_groups[static GROUPS_MAX], size_t *ret_n,
                             struct buf *why);

#endif
