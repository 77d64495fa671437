/*
 * worker.c - see worker.h.  The only thread of the project; docs/adr/0006 has
 * the reason.
 *
 * A semaphore hands a job to the thread; an eventfd reports its end, because
 * the loop can wait for it together with its other descriptors.  The atomic
 * `ended` orders the memory accesses of both threads, which reading a
 * descriptor does not guarantee.
 */
#include "keyholder/device/worker.h"

#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct worker {
	sem_t wanted, here;
	int ended_fd;
	atomic_bool ended;
	void (*job)(void *arg);
	void *arg;
};

static void
await_semaphore(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0)
		; /* EINTR */
}

static void *
run_worker(void *arg)
{
	const uint64_t one = 1;
	struct worker *w = arg;

	(void)sem_post(&w->here);
	for (;;) {
		await_semaphore(&w->wanted);
		w->job(w->arg);
		atomic_store(&w->ended, true);
		/* Fails only for an invalid descriptor. */
		if (write(w->ended_fd, &one, sizeof(one)) != sizeof(one))
			abort();
	}
	return NULL;
}

err_t
worker_start(struct worker **ret_worker)
{
	struct worker *w = calloc(1, sizeof(*w));
	pthread_t thread;

	if (!w)
		return E_NOMEM;
	w->ended_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	/* One malloc arena for both threads, because one frees what the other
	 * has allocated; separate arenas would grow. */
	(void)mallopt(M_ARENA_MAX, 1);
	if (w->ended_fd < 0 || sem_init(&w->wanted, 0, 0) != 0 ||
	    sem_init(&w->here, 0, 0) != 0 ||
	    pthread_create(&thread, NULL, run_worker, w) != 0) {
		free(w); /* the descriptor leaks, but the process ends */
		return E_IO;
	}
	(void)pthread_detach(thread);
	/* Waits until the thread runs, because the system calls that the C
	 * library makes at its start are not in sandbox.def. */
	await_semaphore(&w->here);
	*ret_worker = w;
	return OK;
}

int
worker_fd(const struct worker *w)
{
	return w->ended_fd;
}

void
worker_run(struct worker *w, void (*job)(void *arg), void *arg)
{
	w->job = job;
	w->arg = arg;
	atomic_store(&w->ended, false);
	if (sem_post(&w->wanted) != 0)
		abort(); /* a job is still running */
}

bool
worker_ended(struct worker *w)
{
	uint64_t n;

	if (read(w->ended_fd, &n, sizeof(n)) != sizeof(n))
		return false;
	return atomic_load(&w->ended);
}

void
worker_wait(struct worker *w)
{
	struct pollfd p = { .fd = w->ended_fd, .events = POLLIN };

	while (!worker_ended(w))
		(void)poll(&p, 1, -1);
}
