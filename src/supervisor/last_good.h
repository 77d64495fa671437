/*
 * last_good.h - the files that the supervisor keeps for its next start.
 *
 * A new pins file, revocation list or trust chain comes into force only after a check
 * against the one in force, so that one must survive a restart.  It is kept in
 * service.state_directory, to which only the supervisor's user may write.
 */
#ifndef SUPERVISOR_LAST_GOOD_H
#define SUPERVISOR_LAST_GOOD_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/pins/pins.h"
#include "trust/pack.h"

#define LAST_GOOD_PINS PINS_KEPT_FILE /* name in service.state_directory */
#define LAST_GOOD_REVOCATION "revocation"
#define LAST_GOOD_CHAIN TRUST_KEPT_FILE
#define LAST_GOOD_SEEN "trust-recovery-seen"
#define LAST_GOOD_WAITING "trust-waiting" /* the chain of that recovery */

struct supervisor;

/* Stores content under that name.  OK: it is on the disk.  E_IO: it is not, the
 * previous content is unchanged, and why has the cause. */
MUST_CHECK err_t last_good_write(const struct supervisor *s, const char *name,
                                 struct bytes content, struct buf *why);

/* Appends the path of that file; a path that is too long sets path's
 * failure. */
void last_good_path(const struct supervisor *s, const char *name,
                    struct buf *path);

#endif
