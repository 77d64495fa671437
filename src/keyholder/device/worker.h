/*
 * worker.h - one thread that waits for slow calls, so that the loop need not.
 *
 * It has one place for one job and knows nothing of it.  Between worker_run()
 * and the answer of worker_ended() what the job works on is the thread's alone;
 * before and after it is the caller's.
 */
#ifndef KEYHOLDER_DEVICE_WORKER_H
#define KEYHOLDER_DEVICE_WORKER_H

#include <stdbool.h>

#include "base/err.h"

struct worker;

/* The thread lives as long as the process.  Only from role_ops.threads(). */
MUST_CHECK err_t worker_start(struct worker **ret_worker);

/* Readable once a job has ended. */
int worker_fd(const struct worker *w);

/* Starts a job; the one before must have ended. */
void worker_run(struct worker *w, void (*job)(void *arg), void *arg);

/* Has the job ended?  To be asked when worker_fd() is readable. */
bool worker_ended(struct worker *w);

/* Waits until it has; what bounds a job bounds this. */
void worker_wait(struct worker *w);

#endif
