/*
 * work.c - one job for the device at a time, in the loop or by the worker.
 *
 * A handover to another thread costs two wake-ups, more than a fast device
 * takes for a whole job, and challenges that arrive during a short job share
 * the next batch anyway.  So the last job of the same kind decides: if it took
 * longer than WORK_FAST_MS, the worker executes the next one while the loop
 * continues.  The two threads never use the device at the same time, which is
 * all that PKCS#11 requires.
 *
 * The deadline's timer ends the process whichever thread hangs.  If a module
 * has replaced the signal handler, work_tick() notices the hang, or else the
 * supervisor, which gets no STATUS.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "keyholder/keyholder.h"
#include "base/log.h"

#define WORK_FAST_MS 2     /* longest fast job, with all its calls */
#define WORK_GRACE_MS 1000 /* after the deadline, until work_tick() acts */

static err_t
draw_random(struct keyholder *k, struct job *job)
{
	for (unsigned i = 0; i < job->draws; i++) {
		deadline_start(k->device.deadline_ms);
		TRY(hsm_random(k->device.hsm, job->drawn[i], HASH_SIZE));
	}
	return OK;
}

/* Has the deadline of opening, because it makes many calls and searches. */
static err_t
add_wanted_key(struct keyholder *k, struct job *job)
{
	AUTO(buf_release) struct buf why = buf_of(SIGNING_WHY_MAX - 1);
	uint8_t sha256[HASH_SIZE];

	digest_sha256(pin_spki(job->wanted), sha256);
	deadline_start(k->token->start_ms);
	err_t err = hsm_add_key(k->device.hsm, job->wanted->uri, sha256, &why,
	                        &job->key);
	snprintf(job->why, sizeof(job->why), "%s",
	         why.len ? buf_str(&why) : err_name(err));
	return err;
}

/* A list makes many calls and searches, too. */
static err_t
read_trust(struct keyholder *k, struct job *job)
{
	deadline_start(k->token->start_ms);
	return job->kind == JOB_TRUST
	               ? hsm_trust_list(k->device.hsm, job->list)
	               : hsm_trust_certificate(k->device.hsm, job->number,
	                                       job->certificate);
}

static err_t
call_device(struct keyholder *k, struct job *job)
{
	struct hsm *hsm = k->device.hsm;

	TRY(draw_random(k, job));
	if (job->kind == JOB_ADD)
		return add_wanted_key(k, job);
	if (job->kind == JOB_TRUST || job->kind == JOB_CERTIFICATE)
		return read_trust(k, job);
	if (job->kind == JOB_SIGN || job->kind == JOB_CANARY)
		hsm_use(hsm, job->key);
	deadline_start(k->device.deadline_ms);
	switch (job->kind) {
	case JOB_DRAW:
		return OK;
	case JOB_SIGN:
		return hsm_sign(hsm, job->msg, &job->signature);
	case JOB_MAC:
		return hsm_mac(hsm, job->msg, job->mac);
	case JOB_CANARY:
		return hsm_canary(hsm);
	case JOB_ADD: /* see above */
	case JOB_TRUST:
	case JOB_CERTIFICATE:
	case JOB_KINDS:
		break;
	}
	return E_BUG;
}

/* Called in the loop or in the worker's thread. */
static void
run_job(void *arg)
{
	struct keyholder *k = arg;

	k->work.job.err = call_device(k, &k->work.job);
	deadline_stop();
	k->work.took_for = clock_mono_ms() - k->work.started_at;
}

static const struct job_row {
	/* Success shows that the device can serve.  A random draw does not,
	 * because it would succeed although the key can no longer sign. */
	bool is_work;
	/* A failure does not mean that the device is lost.  Some tokens answer
	 * reads of certificates by CKR_DEVICE_ERROR when they have enough. */
	bool may_fail;
	bool has_start_ms; /* the deadline of opening */
} job_rows[JOB_KINDS] = {
	[JOB_SIGN] = { .is_work = true },
	[JOB_MAC] = { .is_work = true },
	[JOB_CANARY] = { .is_work = true },
	[JOB_ADD] = { .may_fail = true, .has_start_ms = true },
	[JOB_TRUST] = { .may_fail = true, .has_start_ms = true },
	[JOB_CERTIFICATE] = { .may_fail = true, .has_start_ms = true },
};

static void
end_device_job(struct keyholder *k)
{
	const struct work_events *events = k->work.events;
	const struct job *job = &k->work.job;
	const struct job_row *row = &job_rows[job->kind];

	k->work.slow[job->kind] = k->work.took_for > WORK_FAST_MS;
	/* Reads that succeed put off no test of the key. */
	if (job->err == OK && job->list == NULL && job->certificate == NULL)
		k->device.used_at = clock_mono_ms();
	if (job->err == OK && row->is_work)
		events->on_worked(k);
	if (job->err != OK && !row->may_fail)
		events->on_lost(k, job->err, hsm_why(k->device.hsm));
	if (job->done)
		job->done(k, job);
	events->on_idle(k);
}

static void
on_ended(struct role *r)
{
	struct keyholder *k = role_user(r);

	if (!k->work.busy || !worker_ended(k->work.worker))
		return;
	k->work.busy = false;
	end_device_job(k);
}

err_t
work_prepare(struct keyholder *k, const struct work_events *events)
{
	k->work.events = events;
	for (size_t i = 0; i < JOB_KINDS; i++)
		k->work.slow[i] = true; /* until a job was fast */
	TRY(worker_start(&k->work.worker));
	return role_watch(k->role, worker_fd(k->work.worker), on_ended);
}

bool
work_free(const struct keyholder *k)
{
	return k->device.state == DEVICE_OPEN && !k->work.busy;
}

void
work_start(struct keyholder *k, const struct job *job)
{
	struct work *w = &k->work;

	w->job = *job;
	w->started_at = clock_mono_ms();
	if (w->slow[job->kind] || job->kind == JOB_ADD) {
		w->busy = true;
		worker_run(w->worker, run_job, k);
		return;
	}
	run_job(k);
	end_device_job(k);
}

void
work_tick(const struct keyholder *k)
{
	const struct work *w = &k->work;
	uint64_t calls = w->job.draws + 2; /* a canary makes two calls */
	uint64_t most = calls * k->device.deadline_ms + WORK_GRACE_MS;

	if (job_rows[w->job.kind].has_start_ms)
		most += k->token->start_ms;
	if (!w->busy || clock_mono_ms() - w->started_at < most)
		return;
	log_event(LOG_ERROR, "device-deadline");
	_exit(k->device.worked ? ROLE_EXIT_PART : ROLE_EXIT_VAIN);
}

void
work_finish(struct keyholder *k)
{
	if (k->work.busy)
		worker_wait(k->work.worker);
	k->work.busy = false;
}
