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
 *	result_batch.c results in CBOR: one tree and one signature for all
 *	queue.c        the order in which they wait, fair between tenants
 *	believe.c      checks a result before it is signed
 *	roots.c        the Merkle roots that this process signed
 *	signing*.c     which of the pinned keys signs
 *	record.c       stores which key signs, and which keys have ended
 *	statement.c    composes what is signed
 *	trust*.c       compares the device with the trust bundle in force
 *	latch.c        prevents a second attempt with a refused PIN
 *
 * A process tries to open the token once, in prepare().  Then the device is open;
 * or lost (the process ends and the next one tries); or latched (the process stays,
 * answers UNAVAILABLE and does not try again until an officer removes the latch).
 */
#ifndef KEYHOLDER_KEYHOLDER_H
#define KEYHOLDER_KEYHOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "governance/in_force.h"
#include "keyholder/batch.h"
#include "proc/config.h"
#include "hsm/core/hsm.h"
#include "crypto/keys/keyring.h"
#include "keyholder/device/latch.h"
#include "keyholder/batch_delay.h"
#include "keyholder/queue.h"
#include "keyholder/result_batch.h"
#include "proc/role.h"
#include "keyholder/roots.h"
#include "base/secret.h"
#include "keyholder/device/signing.h"
#include "keyholder/fair_queue.h"
#include "keyholder/device/trust.h"
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
	struct in_force in_force;
	struct device_trust trust;
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
	struct result_batch result_batch;
	struct buf packet, scratch;
};

/* --- device.c ------------------------------------------------------------- */

/* Opens the token.  Cannot fail: device.state has the outcome. */
void device_open(struct keyholder *k);

/* Called in tick(): tests an idle device.  Ends the process after the device was
 * lost, and when the latch was removed. */
void device_tick(struct keyholder *k);

/* Ends the process if the module does not return. */
void device_close(struct device *d);

extern const struct work_events device_events; /* for work_prepare() */

/* --- deadline.c ----------------------------------------------------------- */

/* Installs the handler of the timer.  E_IO. */
MUST_CHECK err_t deadline_prepare(void);

/* Ends the process unless deadline_stop() is called within ms. */
void deadline_start(uint32_t ms);
void deadline_stop(void);

/* The exit status for that end; before the first call ROLE_EXIT_PART. */
void deadline_ends_with(int status);

/* --- batch.c, results.c --------------------------------------------------- */

/* Handles CHALLENGE_MAKE: the challenge waits, or the answer is UNAVAILABLE.
 * E_MALFORMED: the sender breaks the contract. */
MUST_CHECK err_t batch_message(struct keyholder *k, struct edge *from,
                               struct bytes packet);

/* Does the work of one iteration on batches.  True: there is more, so call
 * again without waiting. */
bool batch_turn(struct keyholder *k);

/* Handles RESULT_SIGN and HANDLE_DERIVE, likewise. */
MUST_CHECK err_t results_message(struct keyholder *k, struct edge *from,
                                 struct bytes packet);

/* Does the work of one iteration on results and handles, likewise. */
bool results_turn(struct keyholder *k);

/* --- answer.c ------------------------------------------------------------- */

/* Answers UNAVAILABLE, with the cause. */
void tell_unavailable(struct keyholder *k, struct edge *to, uint64_t request);

/* Sends the packet and resets it; logs a failure, unless `to` has ended. */
void answer(struct edge *to, struct buf *packet);

/* Sends KEY_LOST to fronts and ledger: the device is lost or latched, or must not
 * sign. */
void withdraw_key(struct keyholder *k, const char *why);

/* random.c: fills out from getrandom(2), or ends the process. */
void kernel_random(uint8_t *out, size_t n);

#endif
