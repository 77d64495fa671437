/*
 * batch.h - batches of challenges that the device signs.
 *
 * There are two batches: one is signed while the next is collected, and one is
 * answered while the other may be signed.  A device that makes five signatures
 * a second therefore adds latency to a challenge, but does not limit the rate.
 */
#ifndef KEYHOLDER_BATCH_H
#define KEYHOLDER_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "hsm/core/hsm.h"
#include "keyholder/statement.h"

#define BATCHES 2

/* Random values of the device kept for the salts of later batches: one for the
 * batch that begins while another is signed, and one in reserve. */
#define DRAW_STOCK 2

/* Challenges answered in one iteration of the loop, so that fronts can start
 * with them. */
#define BATCH_ANSWERS 4096

/* Bytes queued for a front above which its answers are delayed, and the longest
 * time for which the answers of one batch are. */
#define BATCH_BACKLOG (4u * 1024 * 1024)
#define BATCH_PATIENCE_MS 500

struct edge;

/* The requester of a challenge in a batch. */
struct asker {
	struct edge *from; /* NULL: gone */
	uint64_t request;
	uint64_t expires_s;
};

enum batch_state { BATCH_EMPTY, BATCH_GATHERED, BATCH_SENT, BATCH_SIGNED };

struct batch {
	enum batch_state state;
	struct statement *statement;
	struct asker *askers; /* in the order of the statement's challenges */
	size_t answered;
	uint64_t patience_ends_at; /* 0: no front's queue was full */
	uint64_t now_s;
	uint8_t device[HASH_SIZE], kernel[HASH_SIZE]; /* the salts' sources */
	unsigned key;                                 /* in signing.keys */
	struct hsm_signature signature;
};

struct batches {
	struct batch all[BATCHES];
	unsigned first;  /* index of the older one */
	uint64_t serial; /* of the last challenge of this epoch */
	unsigned n_draws;
	uint8_t draws[DRAW_STOCK][HASH_SIZE];
};

struct keyholder;

/* Allocates both batches for max challenges each.  E_NOMEM. */
MUST_CHECK err_t batches_open(struct batches *all, size_t max);

/* The edge has ended: its challenges need no answer. */
void batches_forget(struct batches *all, const struct edge *e);

/* True if a batch that is not answered yet uses that key. */
bool batches_use(const struct batches *all, unsigned key);
void batches_release(struct batches *all);

#endif
