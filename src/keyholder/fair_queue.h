/*
 * fair_queue.h - the queue of waiting challenges, in rotation of their tenants.
 *
 * Requests of one tenant keep their order.  Between tenants the queue is a
 * round robin, so a tenant that sends very many delays only itself.  No tenant
 * may have more than FAIR_QUEUE_TENANT_MAX entries.  Entries are reserved once;
 * one that was never used takes no memory.
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
#define FAIR_QUEUE_TENANT_MAX (FAIR_QUEUE_MAX / 4 * 3) /* for one tenant */
#define FAIR_QUEUE_TENANTS_MAX 1024 /* tenants that wait at once */

/* Bytes; more than the longest valid CHALLENGE_MAKE has. */
#define FAIR_QUEUE_PACKET_MAX 512

struct edge;
struct fair_queue;

struct challenge_waiting {
	struct edge *from;                /* NULL: the requester is gone */
	struct wire_challenge_make asked; /* views into packet */
	struct challenge_waiting *next;
	uint8_t packet[FAIR_QUEUE_PACKET_MAX];
};

/* E_NOMEM. */
MUST_CHECK err_t fair_queue_new(struct fair_queue **ret_turns);
void fair_queue_free(struct fair_queue *t); /* accepts NULL */
DEFINE_AUTO(struct fair_queue *, fair_queue_free);

/*
 * Decodes the packet into a free entry, which the caller passes to
 * fair_queue_add() or fair_queue_done() next.  E_LIMIT: no entry is free.
 * E_MALFORMED: it does not decode or is too long.
 */
MUST_CHECK err_t fair_queue_read(struct fair_queue *t, struct bytes packet,
                                 struct challenge_waiting **ret_w);

/* Enqueues the entry.  E_LIMIT: its tenant has too many; the entry is freed. */
MUST_CHECK err_t fair_queue_add(struct fair_queue *t,
                                struct challenge_waiting *w);

bool fair_queue_waiting(const struct fair_queue *t);

/* The next entry in rotation, which the caller returns by fair_queue_done();
 * NULL: the queue is empty. */
struct challenge_waiting *fair_queue_take(struct fair_queue *t);
void fair_queue_done(struct fair_queue *t, struct challenge_waiting *w);

/* An edge went down: its requests need no answer any more. */
void fair_queue_forget(struct fair_queue *t, const struct edge *e);

#endif
