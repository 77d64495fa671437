/*
 * pinned.h - the pins file in force: the last good one, kept and handed on.
 *
 * A file rules only when it may follow the one in force (pins.h) and lies in
 * the supervisor's own directory on the disk, so that the next life begins with
 * it whatever becomes of the officers' file.  What is refused, missing or
 * spoiled is said at /readyz, and changes nothing.
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
	struct buf text;   /* the same, as bytes */
	int file;          /* the same, sealed; -1 */
	bool again;        /* look again, though the file did not change */
	bool unknown;      /* what was kept is there and cannot be used */
	char why[PINNED_WHY_MAX]; /* what is wrong with the file, or "" */
};

/* Begins with what the last life kept.  When that is there and cannot be used
 * (its mode, a disk that fails, a later program's format) no file is taken
 * until it can be, or was removed: an older one could come back. */
void pinned_start(struct supervisor *s);

/* The officers' file is new, or changed: true when another one is in force. */
bool pinned_look(struct supervisor *s);

/* What pinned_start() and pinned_look() would say; nothing is kept, and it is for
 * nobody who goes on.  E_NOT_FOUND: there is no file (yet). */
MUST_CHECK err_t pinned_check(struct supervisor *s, struct buf *why);

void pinned_release(struct pinned *p);

#endif
