/*
 * twins.h - counts the connections of each certificate.
 *
 * The counts are kept as connections come and go, so that the cost does not
 * depend on their number: a hash table by the fingerprint, which is a hash that
 * a client cannot choose.
 */
#ifndef FRONT_TWINS_H
#define FRONT_TWINS_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#define TWINS_ROWS 4096 /* a power of two */

struct twin;

/* All zero: empty. */
struct twins {
	struct twin *rows[TWINS_ROWS];
};

/* Counts a connection of this certificate; the caller ends it by
 * twins_leave().  E_LIMIT: it has `most` already.  E_NOMEM. */
MUST_CHECK err_t twins_join(struct twins *t,
                            const uint8_t fingerprint[static HASH_SIZE],
                            size_t most, struct twin **ret_twin);
void twins_leave(struct twins *t, struct twin *w); /* accepts NULL */

#endif
