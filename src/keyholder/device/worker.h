/*
 * worker.h - one thread that makes slow calls, so that the event loop need not
 * wait for them.
 *
 * It executes one job at a time.  Between worker_run() and the return of true
 * by worker_ended() the job's data belongs to the thread, otherwise to the
 * caller.
 */
#ifndef KEYHOLDER_DEVICE_WORKER_H
#define KEYHOLDER_DEVICE_WORKER_H

#include <stdbool.h>

#include "base/err.h"

struct worker;

/* The thread runs until the process ends.  To be called in
 * role_ops.threads(). */
MUST_CHECK err_t worker_start(struct worker **ret_worker);

/* The descriptor is readable once a job has ended. */
int worker_fd(const struct worker *w);

/* Starts a job; the previous one must have ended. */
void worker_run(struct worker *w, void (*job)(void *arg), void *arg);

/* True if the job has ended.  To be called when worker_fd() is readable. */
bool worker_ended(struct worker *w);

/* Waits for the end of the job, which deadline.c bounds. */
void worker_wait(struct worker *w);

#endif
