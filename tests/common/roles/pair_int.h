/*
 * pair_int.h - what pair.c, pair_files.c and pair_load.c share.
 */
#ifndef COMMON_ROLES_PAIR_INT_H
#define COMMON_ROLES_PAIR_INT_H

#include "tests/common/roles/pair.h"

/* A second token, two shims, a configuration with both. */
MUST_CHECK err_t pair_files(const struct service *s,
                            struct shim_page *ret_pages[static 2]);

#endif
