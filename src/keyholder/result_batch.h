/*
 * result_batch.h - results in CBOR: all that wait when the device is free get one
 * Merkle tree and one signature.
 *
 * They wait in a queue of their own.  While the device signs one batch, the queue
 * gathers the next, so a device that makes five signatures a second adds latency
 * to a result, but does not limit the rate.
 *
 * The root of such a batch is never noted (roots.h): a root that is noted
 * vouches for challenges.
 */
#ifndef KEYHOLDER_RESULT_BATCH_H
#define KEYHOLDER_RESULT_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "keyholder/queue.h"
#include "keyholder/statement.h"

/* Results under one signature: what the ledger has asked for at most within the
 * 400 ms of two slow signatures, at 10,000 a second. */
#define RESULT_BATCH_MAX 4096u

struct keyholder;

struct result_batch {
	struct queue waiting;
	struct statement *statement;
	size_t n;      /* the first n of those that wait are being signed */
	unsigned key;  /* by this key, in signing.keys */
	bool was_last; /* the last job for results was such a batch */
};

/* E_NOMEM. */
MUST_CHECK err_t result_batch_open(struct result_batch *b);
void result_batch_release(struct result_batch *b);

/* True if that key signs a batch just now. */
bool result_batch_uses(const struct result_batch *b, unsigned key);

/* Sends the next batch if the device is free; refuses all that wait if it is
 * lost or must not sign.  True: there is more, so call again without waiting. */
bool result_batch_turn(struct keyholder *k);

#endif
