/*
 * keyholder.h - the key holder's state and its parts.
 *
 *	device.c       opens the token once, monitors it, gives it up
 *	work.c         one job for the device at a time
 *	worker.c       the thread that waits for a slow device
 *	batch.c        challenges: one tree and one signature for all that wait
 *	batches.c      the memory of the batches
 *	fair_queue.c   the order of waiting challenges, fair between tenants
 *	batch_delay.c  how long a batch waits for more challenges
 *	results.c      results and device handles: one device call each
 *	believe.c      checks a result before it is signed
 *	roots.c        the Merkle roots that this process signed
 *	signing*.c     which of the pinned keys signs
 *	record.c       stores which key signs, and which keys have ended
 *	statement.c    composes what is signed
 *	latch.c        prevents a second attempt with a refused PIN
 *
 * A process tries to open the token once, in prepare().  Then the device is
 * open; or lost (the process ends and the next one tries); or latched (the
 * process stays, answers UNAVAILABLE and does not try again until an officer
 * removes the latch).
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
#define KEYHOLDER_QUEUE_BYTES (64u * 1024 * 1024) /* bytes of their packets */
#define KEYHOLDER_RESULTS_TURN 32 /* results processed between two batches */
#define KEYHOLDER_CANARY_MS 10000 /* longest time between two tests */

enum device_state { DEVICE_LOST, DEVICE_LATCHED, DEVICE_OPEN };

struct device {
	enum device_state state;
	struct hsm *hsm; /* NULL unless open */
	struct latch latch;
	uint32_t epoch;
	uint8_t life[CHALLENGE_LIFE_SIZE]; /* of this run */
	uint32_t deadline_ms;
	uint64_t used_at; /* last successful call, monotonic */
	bool worked;      /* a job succeeded since it was opened */
	unsigned ticks;   /* ticks since it was lost */
	char why[LATCH_TEXT_MAX];
};

struct keyholder {
	struct role *role;
	const struct config *config;
	const struct config_token *token; /* the token of this process */
	struct device device;
	struct signing signing;
	struct keyring *ring;   /* all keys of the service */
	struct roots roots;     /* roots signed by this process */
	struct secret *tag_key; /* of verdicts */
	struct work work;
	struct fair_queue *fair_queue; /* challenges that wait */
	struct batches batches;
	struct batch_delay batch_delay;
	bool came;          /* challenges came since the last round */
	bool results_first; /* the last job was a batch */
	struct queue results;
	struct buf packet, scratch, input;
};

/* device.c.  device_open() cannot fail; device.state has its outcome. */
void device_open(struct keyholder *k);
void device_tick(struct keyholder *k); /* may end the process */
void device_close(struct device *d);
extern const struct work_events device_events; /* for work_prepare() */

/* deadline.c: ends the process, with ROLE_EXIT_PART or the given status, when
 * more than ms pass between start and stop. */
void deadline_ends_with(int status);
MUST_CHECK err_t deadline_prepare(void);
void deadline_start(uint32_t ms);
void deadline_stop(void);

/* batch.c, results.c: handle a message; do the work of an iteration (true:
 * there is more, call again without waiting). */
MUST_CHECK err_t batch_message(struct keyholder *k, struct edge *from,
                               struct bytes packet);
bool batch_turn(struct keyholder *k);
MUST_CHECK err_t results_message(struct keyholder *k, struct edge *from,
                                 struct bytes packet);
bool results_turn(struct keyholder *k);

/* answer.c */
void tell_unavailable(struct keyholder *k, struct edge *to, uint64_t request);
void answer(struct edge *to, struct buf *packet);
void withdraw_key(struct keyholder *k); /* the device is lost or latched */
void kernel_random(uint8_t *out, size_t n);

#endif
