/*
 * groups.h - resolves the names in token.groups to group ids.
 */
#ifndef SUPERVISOR_GROUPS_H
#define SUPERVISOR_GROUPS_H

#include <sys/types.h>

#include "base/buf.h"
#include "proc/config.h"
#include "base/err.h"

#define GROUPS_MAX 32 /* CONFIG_ROWS_MAX */

/* Looks the names up now.  E_CONFIG: a group does not exist or is root's own;
 * why has the cause. */
MUST_CHECK err_t groups_find(const struct config_token *t,
                             gid_t ret_groups[static GROUPS_MAX], size_t *ret_n,
                             struct buf *why);

#endif
