/*
 * governed_seen.h - which recovery the supervisor has seen, and since when.
 *
 * A recovery waits from the moment at which the service saw it, so this is
 * stored (LAST_GOOD_SEEN): a restart does not begin the waiting time again.  The
 * file has one line: version, SHA-256 of its text in hex, seconds since 1970.
 */
#ifndef SUPERVISOR_GOVERNED_SEEN_H
#define SUPERVISOR_GOVERNED_SEEN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct governed;
struct governed_version;
struct supervisor;

/* Sets governed.seen and seen_s.  E_NOT_FOUND: none was seen.  Others: why has
 * the cause. */
MUST_CHECK err_t governed_seen_read(struct supervisor *s, struct buf *why);

/* Is this the recovery that was seen? */
bool governed_seen_is(const struct governed *g,
                      const struct governed_version *recovery);

/* Stores that this recovery is seen now, for the first time.  E_IO: it could not be
 * stored, and its waiting time has not begun. */
MUST_CHECK err_t governed_seen_note(struct supervisor *s,
                                    const struct governed_version *recovery);

#endif
