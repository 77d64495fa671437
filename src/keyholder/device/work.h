/*
 * work.h - what the device is to do next: one job at a time.
 *
 * Once the device is open nothing else asks it for anything; signing.c tells
 * hsm.h which keys are held, while no job is under way.
 */
#ifndef KEYHOLDER_DEVICE_WORK_H
#define KEYHOLDER_DEVICE_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "keyholder/batch.h"
#include "base/bytes.h"
#include "base/err.h"
#include "hsm/core/hsm.h"
#include "keyholder/device/signing.h"
#include "keyholder/device/worker.h"

struct keyholder;

enum job_kind { JOB_DRAW, JOB_SIGN, JOB_MAC, JOB_CANARY, JOB_ADD, JOB_KINDS };

/* What the device is to do.  From work_start() on it is the worker's, or
 * whoever does it; done() hears of it in the loop, with all outputs there, or
 * with err and the device given up. */
struct job {
	enum job_kind kind;
	unsigned draws;   /* of DRAW_STOCK; before anything else */
	struct bytes msg; /* lives until done() */
	unsigned key;     /* by which; JOB_ADD: the number of the new one */
	const struct pin *wanted; /* JOB_ADD; likewise */
	void (*done)(struct keyholder *k, const struct job *job);
	err_t err;
	struct hsm_signature signature;
	uint8_t mac[HASH_SIZE];
	char why[SIGNING_WHY_MAX]; /* JOB_ADD: it is no failure of the device */
	uint8_t drawn[DRAW_STOCK][HASH_SIZE];
};

/* What others make of a job's end, whichever it was; in the loop. */
struct work_events {
	/* A job was done that shows the device to be good for something. */
	void (*on_worked)(struct keyholder *k);
	/* It failed, and it was not the job's fault: the device is given up. */
	void (*on_lost)(struct keyholder *k, err_t err, const char *why);
	/* After done(): the device is free, unless done() has started a job. */
	void (*on_idle)(struct keyholder *k);
};

/* The one job, and who does it. */
struct work {
	const struct work_events *events;
	struct worker *worker;
	struct job job;
	bool busy;            /* the worker has it */
	bool slow[JOB_KINDS]; /* the last one of its kind took long */
	uint64_t started_at;  /* monotonic */
	uint64_t took_for;
};

/*
 * work_start() when work_free() only: does the job at once when the
 * device is fast, and done() has returned then; else the worker does it, and
 * this loop goes on.
 */
MUST_CHECK err_t work_prepare(struct keyholder *k,
                              const struct work_events *events);
bool work_free(const struct keyholder *k); /* the device is open and idle */
void work_start(struct keyholder *k, const struct job *job);
void work_tick(const struct keyholder *k); /* may end the process */
void work_finish(struct keyholder *k);     /* waits; nobody hears of it */

#endif
