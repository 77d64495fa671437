/*
 * queue.h - the FIFO of results and device handles that wait for the device.
 */
#ifndef KEYHOLDER_QUEUE_H
#define KEYHOLDER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

struct edge;

/* A request; its packet lies in the queue's buffer. */
struct waiting {
	struct edge *from; /* NULL: the requester is gone */
	uint16_t kind;     /* enum wire_id */
	unsigned key;      /* index in signing.keys, for a result */
	uint64_t request;
	size_t at, len;
};

struct queue {
	struct waiting *items;
	size_t n, done;
	struct buf bytes;
};

/* E_NOMEM. */
MUST_CHECK err_t queue_open(struct queue *q);

/* Appends a request and copies its bytes.  E_LIMIT: the queue is full. */
MUST_CHECK err_t queue_add(struct queue *q, const struct waiting *item,
                           struct bytes bytes);

/* The i-th waiting request, from 0; NULL: there are fewer. */
struct waiting *queue_next(struct queue *q, size_t i);

/* The bytes of a request, valid until the next queue_add() or queue_took(). */
struct bytes queue_bytes(const struct queue *q, const struct waiting *w);

/* Removes the first n requests. */
void queue_took(struct queue *q, size_t n);

/* The edge has ended: its requests need no answer. */
void queue_forget(struct queue *q, const struct edge *e);

/* True if a result waits that was composed for that key. */
bool queue_uses(const struct queue *q, unsigned key);
void queue_release(struct queue *q);

#endif
