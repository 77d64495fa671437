/*
 * governed_waiting.h - the recovery that was seen and is not in force.
 *
 * It is over when a version came into force that its chain does not have, since each
 * version names the one before.  Until then it may still come into force, also if the
 * chain's file no longer has it: the file may be put back.  So the metrics say since
 * when it waits.
 */
#ifndef SUPERVISOR_GOVERNED_WAITING_H
#define SUPERVISOR_GOVERNED_WAITING_H

#include "base/buf.h"
#include "base/err.h"

struct offer;
struct supervisor;
struct trust_chain;

/* Does this chain, which goes on from the version in force, leave the recovery alone,
 * or may it end it?  No removal takes the place of it, or of a version that came with
 * it: by one a single officer could end the recovery for ever.  Where it is not known
 * what came with it, no removal is taken up to the recovery's number.  Another
 * recovery waits from its own beginning.  E_CONFLICT: why has the reason.
 * E_MALFORMED, E_IO, E_NOMEM. */
MUST_CHECK err_t waiting_check(const struct supervisor *s,
                               const struct trust_chain *chain,
                               struct buf *why);

/* Stores the newest recovery of the chain that is behind the version in force, with
 * its chain: its waiting time begins now, unless it was seen before.  E_IO: it has
 * not begun.  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t waiting_note(struct supervisor *s, const struct offer *o);

/* When the service first saw the newest recovery of the chain that is behind the
 * version in force; 0: never, or the chain has none.  Not when it saw an earlier one:
 * who waits behind a recovery that has waited has not waited by that.  E_MALFORMED,
 * where a version is no bundle; E_NOMEM. */
MUST_CHECK err_t waiting_seen(const struct supervisor *s,
                              const struct trust_chain *chain,
                              uint64_t *ret_seen_s);

/* Sets governed.waits_s; also governed.again where the recovery's chain could not be
 * read, so that it is not known whether the recovery is over. */
void waiting_look(struct supervisor *s);

#endif
