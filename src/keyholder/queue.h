/*
 * queue.h - results and device handles that wait for the device, in rotation of
 * their tenants.
 *
 * Requests of one tenant keep their order.  Between tenants the queue is a round
 * robin, as in fair_queue.h, so with a slow device a tenant that sends many
 * delays only itself.  No tenant may have more than three quarters of the
 * entries, or of the bytes.
 */
#ifndef KEYHOLDER_QUEUE_H
#define KEYHOLDER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct edge;

/* A request; the queue keeps a copy of its tenant and its bytes. */
struct waiting {
	struct edge *from;            /* NULL: the requester is gone */
	uint16_t kind;                /* enum wire_id */
	unsigned key;                 /* index in signing.keys, for a result */
	uint64_t issued_s, expires_s; /* of a result in CBOR */
	uint64_t request;
	struct bytes tenant;
	struct bytes bytes;
	struct waiting *next;
};

struct queue_lanes;

struct queue {
	struct queue_lanes *lanes; /* those that wait, by tenant */
	/* Those whose turn has come, in that order. */
	struct waiting *first, *last; /* last: if there is a first */
	size_t n_chosen;
	/* The one that queue_next() returned last, and its index; or NULL.  A
	 * batch asks for thousands, one after the other. */
	struct waiting *near;
	size_t near_i;
};

/* E_NOMEM. */
MUST_CHECK err_t queue_open(struct queue *q);

/* Appends a copy of the request with these bytes.  E_LIMIT: the queue is full, or
 * its tenant has too much of it.  E_NOMEM. */
MUST_CHECK err_t queue_add(struct queue *q, const struct waiting *item,
                           struct bytes bytes);

/* The i-th request in the order of service, from 0; NULL: there are fewer.  Those
 * up to this one keep their order from now on. */
struct waiting *queue_next(struct queue *q, size_t i);

/* Removes the first n requests, for which queue_next() was called.  Until then
 * neither a request nor its bytes move. */
void queue_took(struct queue *q, size_t n);

/* The edge has ended: its requests need no answer. */
void queue_forget(struct queue *q, const struct edge *e);

/* True if a result waits that was composed for that key. */
bool queue_uses(const struct queue *q, unsigned key);
void queue_release(struct queue *q);

#endif
