/*
 * listen.h - the listening socket, made once and handed to every front.
 */
#ifndef SUPERVISOR_LISTEN_H
#define SUPERVISOR_LISTEN_H

#include "base/buf.h"
#include "proc/config.h"
#include "base/err.h"

/*
 * systemd's socket when it passes one (LISTEN_FDS), else a new one on
 * listen.address and listen.port.  It outlives the fronts, so connections wait
 * while one is started anew.  E_CONFIG: why says what is wrong.
 */
MUST_CHECK err_t listen_open(const struct config *c, int *ret_fd,
                             struct buf *why);

/* Is listen.address one?  Opens nothing.  E_CONFIG likewise. */
MUST_CHECK err_t listen_check(const struct config *c, struct buf *why);

#endif
