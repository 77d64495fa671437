/*
 * listen.h - the listening socket, which all fronts share.
 */
#ifndef SUPERVISOR_LISTEN_H
#define SUPERVISOR_LISTEN_H

#include "base/buf.h"
#include "proc/config.h"
#include "base/err.h"

/*
 * Returns the socket that systemd passed (LISTEN_FDS, sd_listen_fds(3)), or
 * else binds a new one to listen.address and listen.port.  It stays open while
 * a front is restarted, so that connections wait.  E_CONFIG: why has the cause.
 */
MUST_CHECK err_t listen_open(const struct config *c, int *ret_fd,
                             struct buf *why);

/* Checks that listen.address is an IP address.  Opens nothing.  E_CONFIG. */
MUST_CHECK err_t listen_check(const struct config *c, struct buf *why);

#endif
