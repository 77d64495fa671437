/*
 * batch.h - batches of challenges on their way through the device.
 *
 * There are two: while one is signed the next is gathered, and while one is
 * answered the other may be signed.  So a device that signs five times a second
 * costs a challenge time, and the service none.
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

/* Draws of the device kept for the salts of batches to come: one for the batch
 * that begins while another is signed, and one behind it. */
#define DRAW_STOCK 2

/* Challenges that are answered before the loop turns again, so that fronts can
 * begin with them. */
#define BATCH_ANSWERS 4096

/* Bytes that wait for a front, above which its answers are held back; and the
 * longest time that one batch's answers are. */
#define BATCH_BACKLOG (4u * 1024 * 1024)
#define BATCH_PATIENCE_MS 500

struct edge;

/* Who asked for a challenge of a batch. */
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
	uint64_t patience_ends_at; /* 0: no front was crowded */
	uint64_t now_s;
	uint8_t device[HASH_SIZE], kernel[HASH_SIZE]; /* the salts' sources */
	unsigned key;                                 /* of signing.keys */
	struct hsm_signature signature;
};

struct batches {
	struct batch all[BATCHES];
	unsigned first;  /* the older one; a ring */
	uint64_t serial; /* of the last challenge of this epoch */
	unsigned n_draws;
	uint8_t draws[DRAW_STOCK][HASH_SIZE];
};

struct keyholder;

MUST_CHECK err_t batches_open(struct batches *all, size_t max);
void batches_forget(struct batches *all, const struct edge *e);
bool batches_use(const struct batches *all, unsigned key);
void batches_release(struct batches *all);

#endif
