/*
 * content.h - reads a file that is open already.
 */
#ifndef PROC_CONTENT_H
#define PROC_CONTENT_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the whole content, from the beginning.  Uses pread(2), because the
 * offset of a file that was handed over is shared with other processes.  E_IO,
 * E_LIMIT, E_NOMEM. */
MUST_CHECK err_t content_read(int fd, struct buf *out);

#endif
