/*
 * pair_int.h - declarations that pair.c, pair_files.c and pair_load.c share.
 */
#ifndef COMMON_ROLES_PAIR_INT_H
#define COMMON_ROLES_PAIR_INT_H

#include "tests/common/roles/pair.h"

/* Creates a second token, two shims, and a configuration with both tokens. */
MUST_CHECK err_t pair_files(const struct service *s,
                            struct shim_page *ret_pages[static 2]);

#endif
