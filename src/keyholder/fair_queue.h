/*
 * fair_queue.h - the challenges that wait, taken by turns of their tenants.
 *
 * A tenant's own come in the order of asking; between tenants each gets one in
 * turn, so one that asks for very many waits for itself.  None may fill more
 * than FAIR_QUEUE_TENANT_MAX of the places.  Places are made once; which were never
 * used cost no memory.
 */
#ifndef KEYHOLDER_FAIR_QUEUE_H
#define KEYHOLDER_FAIR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/wire.h"

#define FAIR_QUEUE_MAX 65536 /* challenges that may wait */
#define FAIR_QUEUE_TENANT_MAX (FAIR_QUEUE_MAX / 4 * 3) /* of one tenant */
#define FAIR_QUEUE_TENANTS_MAX 1024 /* tenants that wait at once */

/* Bytes of the longest CHALLENGE_MAKE that is allowed, and some. */
#define FAIR_QUEUE_PACKET_MAX 512

struct edge;
struct fair_queue;

struct challenge_waiting {
	struct edge *from;                /* NULL: the asker is gone */
	struct wire_challenge_make asked; /* views into packet */
	struct challenge_waiting *next;
	uint8_t packet[FAIR_QUEUE_PACKET_MAX];
};

MUST_CHECK err_t fair_queue_new(struct fair_queue **ret_turns);
void fair_queue_free(struct fair_queue *t); /* accepts NULL */
DEFINE_AUTO(struct fair_queue *, fair_queue_free);

/*
 * A free place with the packet in it, decoded; it must be given to fair_queue_add()
 * or fair_queue_done() next.  E_LIMIT: no place is free.  E_MALFORMED: also when it
 * is longer than any that is allowed.
 */
MUST_CHECK err_t fair_queue_read(struct fair_queue *t, struct bytes packet,
                                 struct challenge_waiting **ret_w);

/* Lines it up.  E_LIMIT: its tenant has enough; the place is free again. */
MUST_CHECK err_t fair_queue_add(struct fair_queue *t,
                                struct challenge_waiting *w);

bool fair_queue_waiting(const struct fair_queue *t);

/* The one whose turn it is, to be given back by fair_queue_done(); NULL: none. */
struct challenge_waiting *fair_queue_take(struct fair_queue *t);
void fair_queue_done(struct fair_queue *t, struct challenge_waiting *w);

/* An edge went down: nobody waits for what came by it. */
void fair_queue_forget(struct fair_queue *t, const struct edge *e);

#endif
