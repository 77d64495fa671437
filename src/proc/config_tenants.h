/*
 * config_tenants.h - the part of the configuration's parser that reads the list
 * `tenants`.
 */
#ifndef PROC_CONFIG_TENANTS_H
#define PROC_CONFIG_TENANTS_H

#include "proc/config_int.h"

MUST_CHECK err_t config_tenants(struct config_tree *t,
                                const config_setting_t *s, struct buf *why);

/* After the whole file was read: gives each tenant of a client its row, and
 * refuses a row that has no client. */
MUST_CHECK err_t config_tenants_settle(struct config_tree *t, struct buf *why);

#endif
