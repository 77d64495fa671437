/*
 * work.h - runs one job at a time on the device.
 *
 * Once the device is open, nothing else calls it; signing.c calls hsm_use() and
 * hsm_drop_key() only while no job is running.
 */
#ifndef KEYHOLDER_DEVICE_WORK_H
#define KEYHOLDER_DEVICE_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "keyholder/batch.h"
#include "base/bytes.h"
#include "base/err.h"
#include "hsm/core/hsm.h"
#include "hsm/core/trust.h"
#include "keyholder/device/signing.h"
#include "keyholder/device/worker.h"

struct keyholder;

enum job_kind {
	JOB_DRAW,
	JOB_SIGN,
	JOB_MAC,
	JOB_CANARY,
	JOB_ADD,
	JOB_TRUST,       /* hsm_trust_list() */
	JOB_CERTIFICATE, /* hsm_trust_certificate() */
	JOB_KINDS
};

/* A job for the device.  From work_start() on it is owned by the executing
 * thread until done(), which is called in the loop with all outputs set, or
 * with err set and the device given up. */
struct job {
	enum job_kind kind;
	unsigned draws;   /* random draws to make first, at most DRAW_STOCK */
	struct bytes msg; /* must be valid until done() */
	unsigned key;     /* key number; JOB_ADD: receives the new one's */
	const struct pin *wanted; /* JOB_ADD; valid until done() */
	uint64_t number;          /* JOB_CERTIFICATE */
	struct hsm_trust *list;   /* the results; valid until done() */
	struct hsm_trust_certificate *certificate;
	void (*done)(struct keyholder *k, const struct job *job);
	err_t err;
	struct hsm_signature signature;
	uint8_t mac[HASH_SIZE];
	char why[SIGNING_WHY_MAX]; /* JOB_ADD: what is wrong with the key */
	uint8_t drawn[DRAW_STOCK][HASH_SIZE];
};

/* Called in the loop when a job of any kind has ended. */
struct work_events {
	/* A signature, an HMAC or a canary succeeded: the device works. */
	void (*on_worked)(struct keyholder *k);
	/* A job failed without which the device is of no use (not JOB_ADD,
	 * JOB_TRUST, JOB_CERTIFICATE): it is given up. */
	void (*on_lost)(struct keyholder *k, err_t err, const char *why);
	/* After done(): the device is free, unless done() has started a job. */
	void (*on_idle)(struct keyholder *k);
};

/* The one job and its executing thread. */
struct work {
	const struct work_events *events;
	struct worker *worker;
	struct job job;
	bool busy;            /* the worker executes it */
	bool slow[JOB_KINDS]; /* the last job of this kind was slow */
	uint64_t started_at;  /* monotonic */
	uint64_t took_for;
};

/*
 * Call work_start() only if work_free().  A job for a fast device is executed
 * at once, and done() has returned then; for a slow device the worker executes
 * it and the loop continues.
 */
MUST_CHECK err_t work_prepare(struct keyholder *k,
                              const struct work_events *events);
bool work_free(const struct keyholder *k); /* the device is open and idle */
void work_start(struct keyholder *k, const struct job *job);
void work_tick(const struct keyholder *k); /* may end the process */
void work_finish(struct keyholder *k);     /* waits; does not call done() */

#endif
