/*
 * pinned.h - the pins file in force.
 *
 * A new file comes into force only when it may follow the one in force
 * (crypto/pins/follow.h) and was stored in the supervisor's own directory, so
 * that the next start uses it whatever happens to the officers' file.  A file
 * that is refused, missing or damaged is reported at /readyz and changes
 * nothing.
 */
#ifndef SUPERVISOR_PINNED_H
#define SUPERVISOR_PINNED_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/pins/pins.h"

#define PINNED_WHY_MAX 200 /* bytes of a line with its NUL */

struct supervisor;

struct pinned {
	struct pins *pins; /* in force; NULL: none yet */
	struct buf text;   /* its bytes */
	int file;          /* its sealed copy; -1 */
	bool again;        /* check again, although the file is unchanged */
	bool unknown;      /* the stored file exists but is unusable */
	char why[PINNED_WHY_MAX]; /* why the new file is refused, or "" */
};

/* Loads the file that the previous run stored.  If it exists but is unusable
 * (its mode, a failing disk, the format of a later program), no new file is
 * accepted until it is usable or was removed, since otherwise an older pins
 * file could come back into force. */
void pinned_start(struct supervisor *s);

/* The officers' file is new or changed.  True: another one is now in force. */
bool pinned_look(struct supervisor *s);

/* For --check: reports what pinned_start() and pinned_look() would refuse, and
 * stores nothing.  E_NOT_FOUND: there is no file yet. */
MUST_CHECK err_t pinned_check(struct supervisor *s, struct buf *why);

void pinned_release(struct pinned *p);

#endif
