/*
 * governed_waiting.h - the recovery that was seen and is not in force.
 *
 * It is over when another version than those of its chain came into force, since
 * each version names the one before.  Until then it may come into force by itself,
 * so operators are told since when it waits: at /metrics also where the file of
 * the chain no longer has it.
 */
#ifndef SUPERVISOR_GOVERNED_WAITING_H
#define SUPERVISOR_GOVERNED_WAITING_H

#include "base/buf.h"
#include "base/err.h"

struct offer;
struct supervisor;
struct trust_chain;

/* May this chain, which goes on from the version in force, end the recovery?  No
 * removal takes the place of it, or of a version that came with it: by one a single
 * officer could end the recovery for ever.  Another recovery waits from its own
 * beginning.  E_CONFLICT: why has the reason.  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t waiting_check(const struct supervisor *s,
                               const struct trust_chain *chain,
                               struct buf *why);

/* Stores the newest recovery of the chain that is behind the version in force, with
 * its chain: its waiting time begins now, unless it was seen before.  E_IO: it has
 * not begun.  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t waiting_note(struct supervisor *s, const struct offer *o);

/* Sets governed.waits_s. */
void waiting_look(struct supervisor *s);

#endif
