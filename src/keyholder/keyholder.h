/*
 * keyholder.h - the key holder's state and its parts.
 *
 *	device.c    opens the token once, watches it, gives up on it
 *	work.c      one job for the device at a time, here or by the worker
 *	worker.c    the thread that waits for a slow device
 *	batch.c     challenges: one tree and one signature for all that wait;
 *	            batches.c: their memory
 *	fair_queue.c     whose turn it is among them; batch_delay.c: how long they wait
 *	results.c   results and device handles: one device call each
 *	believe.c   what of a result may be signed; roots.c what was signed here
 *	signing*.c  which of the pinned keys signs; record.c: says so, and remembers
 *	statement.c what is signed; latch.c: never a PIN twice
 *
 * A life of this process has one try at the token, in prepare().  It ends up
 * open; lost (this process ends and the next one tries); or latched (stays,
 * answers UNAVAILABLE, tries nothing until a person lifts the latch).
 */
#ifndef KEYHOLDER_KEYHOLDER_H
#define KEYHOLDER_KEYHOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "keyholder/batch.h"
#include "proc/config.h"
#include "hsm/core/hsm.h"
#include "crypto/keys/keyring.h"
#include "keyholder/device/latch.h"
#include "keyholder/batch_delay.h"
#include "keyholder/queue.h"
#include "proc/role.h"
#include "keyholder/roots.h"
#include "base/secret.h"
#include "keyholder/device/signing.h"
#include "keyholder/fair_queue.h"
#include "keyholder/device/work.h"

#define KEYHOLDER_QUEUE_MAX 32768                 /* results that may wait */
#define KEYHOLDER_QUEUE_BYTES (64u * 1024 * 1024) /* of their packets */
#define KEYHOLDER_RESULTS_TURN 32 /* results between two batches */
#define KEYHOLDER_CANARY_MS 10000 /* the device is asked at least so often */

enum device_state { DEVICE_LOST, DEVICE_LATCHED, DEVICE_OPEN };

struct device {
	enum device_state state;
	struct hsm *hsm; /* NULL unless open */
	struct latch latch;
	uint32_t epoch;
	uint8_t life[CHALLENGE_LIFE_SIZE]; /* tells this life of the epoch */
	uint32_t deadline_ms;
	uint64_t used_at; /* the last good answer, monotonic */
	bool worked;      /* it did something since it is open */
	unsigned ticks;   /* since it was lost */
	char why[LATCH_TEXT_MAX];
};

struct keyholder {
	struct role *role;
	const struct config *config;
	const struct config_token *token; /* the one of this process */
	struct device device;
	struct signing signing;
	struct keyring *ring;   /* all keys of the service */
	struct roots roots;     /* that were signed in this life */
	struct secret *tag_key; /* of verdicts */
	struct work work;
	struct fair_queue *turns; /* challenges that wait */
	struct batches batches;
	struct batch_delay batch_delay;
	bool came;          /* challenges, since the last round */
	bool results_first; /* a batch had the device last */
	struct queue results;
	struct buf packet, scratch, input;
};

/* device.c.  device_open() never fails: device.state says what came of it. */
void device_open(struct keyholder *k);
void device_tick(struct keyholder *k); /* may end the process */
void device_close(struct device *d);
extern const struct work_events device_events; /* for work_prepare() */

/* deadline.c: from start to stop at most ms, or this process ends, with
 * ROLE_EXIT_PART unless told otherwise. */
void deadline_ends_with(int status);
MUST_CHECK err_t deadline_prepare(void);
void deadline_start(uint32_t ms);
void deadline_stop(void);

/* batch.c, results.c: a message that came, and a turn's work (true: some was
 * done and more is left, ask again without waiting). */
MUST_CHECK err_t batch_message(struct keyholder *k, struct edge *from,
                               struct bytes packet);
bool batch_turn(struct keyholder *k);
MUST_CHECK err_t results_message(struct keyholder *k, struct edge *from,
                                 struct bytes packet);
bool results_turn(struct keyholder *k);

/* answer.c */
void tell_unavailable(struct keyholder *k, struct edge *to, uint64_t request);
void answer(struct edge *to, struct buf *packet);
void withdraw_key(struct keyholder *k); /* all is lost */
void kernel_random(uint8_t *out, size_t n);

#endif
