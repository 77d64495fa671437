/*
 * governed.h - the trust bundle in force, where officers govern the service.
 *
 * trust.bundle is a chain of versions with their signatures (trust/pack.h).  A
 * new chain comes into force only when
 *
 *   - trust_walk_on() finds it sound, from trust.genesis_sha256 on;
 *   - it goes on from the version in force: it has that version, byte for byte;
 *   - while a recovery waits, it has that recovery; or in the first version in
 *     which it differs from the recovery's chain it is an ordinary version or
 *     another recovery, but no removal;
 *   - its times let it: it was put here before its apply_before, and a recovery
 *     has waited;
 *   - it was stored in the supervisor's own directory, so that the next start
 *     uses it whatever happens to the file.
 *
 * A file that is refused, missing or damaged is reported at /readyz and changes
 * nothing.  The first chain of an empty directory is taken whatever its
 * apply_before says, because a machine that was rebuilt gets a chain of long ago;
 * the head in the token tells what was in force (keyholder).
 *
 * Each role judges the chain again by itself (governance/in_force.h).
 */
#ifndef SUPERVISOR_GOVERNED_H
#define SUPERVISOR_GOVERNED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "supervisor/governed_expiry.h"
#include "trust/walk.h"

#define GOVERNED_WHY_MAX 256 /* bytes of a line with its NUL */

/* Between two looks at a chain that must wait or could not be stored, or at a
 * stored one that is unusable. */
#define GOVERNED_AGAIN_MS 10000

/* A wall clock that moves by so much against the monotonic one was set. */
#define GOVERNED_CLOCK_MS 2000

struct supervisor;

/* A version by its number and its text. */
struct governed_version {
	uint32_t version; /* 0: none */
	uint8_t digest[HASH_SIZE];
};

struct governed {
	struct governed_version now; /* in force */
	struct bundle *bundle;       /* what that version says; NULL: none */
	struct trust_walked walked;  /* up to it; n 0: it was not sound yet */
	int file;                    /* the chain's sealed copy; -1 */
	bool unknown;  /* the stored chain exists but is unusable */
	bool unwalked; /* nor found sound since the start or a clock step */

	/* The recovery that was seen last, and when.  It stays here when it came
	 * into force. */
	struct governed_version seen;
	uint64_t seen_s;
	uint64_t waits_s; /* seen_s while it may come into force, else 0 */

	struct governed_expiry expiry;
	int64_t clock_ms; /* wall clock less the monotonic one; 0: not seen yet */

	bool again;        /* look again at again_ms, although unchanged */
	uint64_t again_ms; /* monotonic */
	char why[GOVERNED_WHY_MAX]; /* why the file is refused, or "" */
};

/* Loads what the previous run stored.  While it exists and is unusable, no chain
 * is accepted, since an older one could come back into force. */
void governed_start(struct supervisor *s);

/* The file is new or changed, or `again` is due.  True: the roles must be handed
 * the chain in force: another one, or the stored one that the clock was against
 * at the start. */
bool governed_look(struct supervisor *s);

/* For --check: reports what governed_start() and governed_look() would refuse,
 * and stores nothing.  E_NOT_FOUND: there is no file yet. */
MUST_CHECK err_t governed_check(struct supervisor *s, struct buf *why);

/* To be called at each look at the files.  When the wall clock was set, a role that
 * began while it was wrong may have refused the chain: it is walked and handed over
 * again. */
void governed_clock(struct supervisor *s);

void governed_release(struct governed *g);

#endif
