/*
 * result_batch.c - see result_batch.h.
 */
#include "base/log.h"
#include "keyholder/keyholder.h"

static void
refuse_first(struct keyholder *k, size_t n)
{
	struct queue *q = &k->result_batch.waiting;
	const struct waiting *w;
	size_t i;

	for (i = 0; i < n && (w = queue_next(q, i)) != NULL; i++)
		tell_unavailable(k, w->from, w->request);
	queue_took(q, i);
}

static void
answer_one(struct keyholder *k, size_t i, struct bytes signature)
{
	const struct waiting *w = queue_next(&k->result_batch.waiting, i);
	struct wire_result_signed m = { .request = w->request };

	if (!w->from)
		return;
	buf_reset(&k->scratch);
	statement_token(k->result_batch.statement, i, signature, &k->scratch);
	if (buf_status(&k->scratch) != OK) {
		tell_unavailable(k, w->from, w->request);
		return;
	}
	m.jwt = buf_bytes(&k->scratch);
	wire_put_result_signed(&k->packet, &m);
	answer(w->from, &k->packet);
}

static void
on_batch_signed(struct keyholder *k, const struct job *job)
{
	struct result_batch *b = &k->result_batch;
	size_t n = b->n;

	b->n = 0;
	if (job->err != OK) {
		refuse_first(k, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		answer_one(k, i,
		           bytes_of(job->signature.bytes, job->signature.len));
	queue_took(&b->waiting, n);
}

/* All that wait and fit are leaves, in the order of the queue. */
static err_t
compose_batch(struct keyholder *k, struct bytes *ret_tbs)
{
	struct result_batch *b = &k->result_batch;
	const struct receipt_head head = {
		.kind = RECEIPT_RESULT,
		.alg = signing_now(k)->pin.alg,
		.kid = bytes_of_str(signing_now(k)->pin.kid),
		.iss = bytes_of_str(k->config->issuer),
		.epoch = k->device.epoch,
	};
	const struct waiting *w;
	uint8_t decoy[HASH_SIZE];

	statement_start(b->statement, &head);
	for (b->n = 0; b->n < RESULT_BATCH_MAX &&
	               (w = queue_next(&b->waiting, b->n)) != NULL;
	     b->n++)
		TRY(statement_add_result(b->statement, w->bytes, w->issued_s,
		                         w->expires_s));
	kernel_random(decoy, sizeof(decoy)); /* a hash of nothing */
	return statement_close(b->statement, decoy, ret_tbs);
}

static void
send_next(struct keyholder *k)
{
	struct result_batch *b = &k->result_batch;
	struct job job = { .kind = JOB_SIGN,
		           .key = k->signing.key,
		           .done = on_batch_signed };

	b->key = job.key;
	err_t err = compose_batch(k, &job.msg);
	if (err != OK) {
		log_event(LOG_ERROR, "batch-failed", LOG_ERR(err));
		refuse_first(k, b->n + 1);
		b->n = 0;
		return;
	}
	k->results_first = false;
	b->was_last = true;
	work_start(k, &job);
}

bool
result_batch_turn(struct keyholder *k)
{
	struct queue *q = &k->result_batch.waiting;

	if (!queue_next(q, 0))
		return false;
	if (!device_serves(k) || !signing_may(k)) {
		if (!k->work.busy)
			refuse_first(k, SIZE_MAX);
		return false;
	}
	if (work_free(k))
		send_next(k);
	return work_free(k) && queue_next(q, 0) != NULL;
}
