/*
 * last_good.h - what the supervisor keeps for its next life.
 *
 * Files that others bring rule only after they were judged by the one in force,
 * so the one in force must outlive the process.  It lies in
 * service.state_directory, where nobody but us may write.
 */
#ifndef SUPERVISOR_LAST_GOOD_H
#define SUPERVISOR_LAST_GOOD_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/pins/pins.h"

#define LAST_GOOD_PINS PINS_KEPT_FILE /* in service.state_directory */
#define LAST_GOOD_REVOCATION "revocation"

struct supervisor;

/* On the disk under that name when this returns OK, whole or not at all.  E_IO:
 * it is not; why says why. */
MUST_CHECK err_t last_good_write(const struct supervisor *s, const char *name,
                                 struct bytes content, struct buf *why);

/* Where it lies; path is truncated, and its status bad, when that is too long. */
void last_good_path(const struct supervisor *s, const char *name,
                    struct buf *path);

#endif
