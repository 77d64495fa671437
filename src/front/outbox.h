/*
 * outbox.h - the queue of packets to another process, fair between clients.
 *
 * A process handles its packets in the order of sending.  So at most
 * OUTBOX_AHEAD and OUTBOX_SOCKET bytes are queued for it; the rest waits here,
 * in one lane for each client, and the lanes are served round robin.  A client
 * that asks for ten thousand things at once delays only itself: another
 * client's next question waits behind some of them, not behind all.
 *
 * Where the peer passes questions on (evidence goes through the verifier, the
 * ledger and the key holder), all queues behind it are bounded here, too: a lane
 * with a window has no more than so many questions beyond the outbox, and the rest
 * waits in the lane.
 */
#ifndef FRONT_OUTBOX_H
#define FRONT_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

struct edge;
struct outbox;

#define OUTBOX_AHEAD ((size_t)64 * 1024) /* bytes in the edge's queue */
#define OUTBOX_SOCKET (256 * 1024)     /* and in its socket; holds any packet */
#define OUTBOX_MOST ((size_t)32 << 20) /* bytes in all lanes */
#define OUTBOX_LANE (OUTBOX_MOST / 4 * 3) /* bytes in one lane */

/* Questions of one lane, counted over all outboxes that have its window. */
struct outbox_window {
	uint32_t open;   /* asked and not answered, nor given up: pending.c */
	uint32_t queued; /* of those, packets in an outbox */
};

/* For an edge that is up, with that number of lanes.  E_NOMEM. */
MUST_CHECK err_t outbox_new(struct edge *e, size_t lanes,
                            struct outbox **ret_outbox);

/* From now on the questions of lane i that are beyond the outbox are at most *most
 * by windows[i] (NULL: unlimited).  A packet whose question was given up counts as
 * queued until it is passed on, so the bound may be exceeded for a moment, and a
 * lane never waits for an answer that does not come.  Both must be valid as long
 * as the outbox. */
void outbox_bound(struct outbox *o, struct outbox_window *const *windows,
                  const uint32_t *most);

/* Drops what waits.  Accepts NULL. */
void outbox_free(struct outbox *o);
DEFINE_AUTO(struct outbox *, outbox_free);

/* Queues the packet and empties it.  E_LIMIT: too much waits in this lane or in
 * all.  E_NOMEM.  OK also where the peer has closed, see edge_ask(). */
MUST_CHECK err_t outbox_send(struct outbox *o, size_t lane, struct buf *packet);

/* Passes on as much as the edge takes; called at the end of an iteration. */
void outbox_turn(struct outbox *o);

/* Bytes that wait in all lanes. */
size_t outbox_waiting(const struct outbox *o);

#endif
