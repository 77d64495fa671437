/*
 * twins.h - how many connections each certificate has.
 *
 * Kept as they come and go, so that it costs the same with ten connections and
 * with ten thousand: a table by the fingerprint, which is a hash already and not
 * the client's to choose.
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

/* Zero: none. */
struct twins {
	struct twin *rows[TWINS_ROWS];
};

/* One connection more with this certificate, to be given back by twins_leave().
 * E_LIMIT: it has `most` already.  E_NOMEM. */
MUST_CHECK err_t twins_join(struct twins *t,
                            const uint8_t fingerprint[static HASH_SIZE],
                            size_t most, struct twin **ret_twin);
void twins_leave(struct twins *t, struct twin *w); /* accepts NULL */

#endif
