/*
 * outbox.h - what waits to be sent to one other process, by turns of the clients.
 *
 * A process reads what it is sent in the order of sending.  So no more than
 * OUTBOX_AHEAD and OUTBOX_SOCKET lie before it; the rest waits here, each client's
 * in a lane of its own, and each lane in turn sends one.  Who asks for ten thousand
 * things at once waits for himself; another's next question is behind some of them,
 * not behind all.
 */
#ifndef FRONT_OUTBOX_H
#define FRONT_OUTBOX_H

#include <stddef.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

struct edge;
struct outbox;

#define OUTBOX_AHEAD \
	((size_t)64 * 1024)            /* bytes that lie in the edge's queue */
#define OUTBOX_SOCKET (256 * 1024)     /* and in its socket; a packet fits */
#define OUTBOX_MOST ((size_t)32 << 20) /* bytes that wait in all lanes */
#define OUTBOX_LANE (OUTBOX_MOST / 4 * 3) /* and in one of them */

/* For an edge that is up, and so many lanes.  E_NOMEM. */
MUST_CHECK err_t outbox_new(struct edge *e, size_t lanes,
                            struct outbox **ret_outbox);

/* What waits in it is dropped.  Accepts NULL. */
void outbox_free(struct outbox *o);
DEFINE_AUTO(struct outbox *, outbox_free);

/* Empties the packet.  E_LIMIT: too much waits already, of this lane or of all.
 * E_CLOSED: the edge is.  E_NOMEM. */
MUST_CHECK err_t outbox_send(struct outbox *o, size_t lane, struct buf *packet);

/* Hands on what the edge takes; at the end of a turn. */
void outbox_turn(struct outbox *o);

/* Bytes that wait in its lanes. */
size_t outbox_waiting(const struct outbox *o);

#endif
