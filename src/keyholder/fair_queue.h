/*
 * fair_queue.h - the challenges that wait, taken by turns of their tenants.
 *
 * A tenant's own come in the order of asking; between tenants each gets one in
 * turn, so one that asks for very many waits for itself.  None may fill more
 * than TURNS_TENANT_MAX of the places.  Places are made once; which were never
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

#define TURNS_MAX 65536                      /* challenges that may wait */
#define TURNS_TENANT_MAX (TURNS_MAX / 4 * 3) /* of one tenant */
#define TURNS_TENANTS_MAX 1024               /* tenants that wait at once */

/* Bytes of the longest CHALLENGE_MAKE that is allowed, and some. */
#define TURNS_PACKET_MAX 512

struct edge;
struct turns;

struct challenge_waiting {
	struct edge *from;                /* NULL: the asker is gone */
	struct wire_challenge_make asked; /* views into packet */
	struct challenge_waiting *next;
	uint8_t packet[TURNS_PACKET_MAX];
};

MUST_CHECK err_t turns_new(struct turns **ret_turns);
void turns_free(struct turns *t); /* accepts NULL */
DEFINE_AUTO(struct turns *, turns_free);

/*
 * A free place with the packet in it, decoded; it must be given to turns_add()
 * or turns_done() next.  E_LIMIT: no place is free.  E_MALFORMED: also when it
 * is longer than any that is allowed.
 */
MUST_CHECK err_t turns_read(struct turns *t, struct bytes packet,
                            struct challenge_waiting **ret_w);

/* Lines it up.  E_LIMIT: its tenant has enough; the place is free again. */
MUST_CHECK err_t turns_add(struct turns *t, struct challenge_waiting *w);

bool turns_waiting(const struct turns *t);

/* The one whose turn it is, to be given back by turns_done(); NULL: none. */
struct challenge_waiting *turns_take(struct turns *t);
void turns_done(struct turns *t, struct challenge_waiting *w);

/* An edge went down: nobody waits for what came by it. */
void turns_forget(struct turns *t, const struct edge *e);

#endif
