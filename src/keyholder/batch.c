/*
 * batch.c - challenges: all that wait get one Merkle tree and one signature.
 *
 * A challenge's salt is the life id and half of a SHA-256 over a random value
 * of the device, one of the kernel (both drawn for the batch) and the serial.
 * It is unpredictable if either source is, and reveals nothing about other
 * salts.
 *
 * While the device signs, new challenges are added to the next batch at once,
 * so that it can be sent as soon as the device is free; but only up to half of
 * its maximum, so that a tenant that comes later gets its share of the rest.
 */
#include <string.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "keyholder/keyholder.h"
#include "base/log.h"

/* The newer batch, if it was not sent yet; NULL: both are in progress. */
static struct batch *
find_unsent_batch(struct keyholder *k)
{
	for (unsigned i = 0; i < BATCHES; i++) {
		struct batch *b =
		        &k->batches.all[(k->batches.first + i) % BATCHES];
		if (b->state <= BATCH_GATHERED)
			return b;
	}
	return NULL;
}

/* --- requests ------------------------------------------------------------- */

/* Refuses what a front must not send; the front checks the same. */
static bool
is_order_allowed(const struct keyholder *k, const struct wire_challenge_make *m)
{
	return tenant_name_valid(m->tenant) &&
	       m->ttl_s <= k->config->ttl_max_s && bindings_valid(&m->bindings);
}

/* Tells the requester that the queue is full. */
static err_t
turn_away(struct keyholder *k, struct edge *from, struct bytes packet)
{
	struct wire_challenge_make m;

	TRY(wire_get_challenge_make(packet, &m));
	tell_unavailable(k, from, m.request);
	return OK;
}

err_t
batch_message(struct keyholder *k, struct edge *from, struct bytes packet)
{
	struct challenge_waiting *w = NULL;

	err_t err = fair_queue_read(k->fair_queue, packet, &w);

	if (err == E_LIMIT)
		return turn_away(k, from, packet);
	TRY(err);
	if (!is_order_allowed(k, &w->asked)) {
		fair_queue_done(k->fair_queue, w);
		return E_MALFORMED;
	}
	w->from = from;
	k->came = true;
	if (fair_queue_add(k->fair_queue, w) != OK)
		return turn_away(k, from, packet);
	return OK;
}

/* --- collecting a batch --------------------------------------------------- */

static void
make_salt(const struct batch *b, uint64_t i, uint8_t ret_salt[static HASH_SIZE])
{
	const struct bytes parts[] = {
		bytes_of(b->device, sizeof(b->device)),
		bytes_of(b->kernel, sizeof(b->kernel)),
		bytes_of(&i, sizeof(i)),
	};

	digest_sha256_parts(parts, ARRAY_LEN(parts), ret_salt);
}

/* Begins a batch; a random value must be in stock. */
static void
begin_batch(struct keyholder *k, struct batch *b)
{
	struct batches *all = &k->batches;
	const struct receipt_head head = {
		.alg = signing_now(k)->pin.alg,
		.kid = bytes_of_str(signing_now(k)->pin.kid),
		.iss = bytes_of_str(k->config->issuer),
		.iat_s = clock_wall_ms() / 1000,
		.epoch = k->device.epoch,
	};

	b->state = BATCH_GATHERED;
	b->key = k->signing.key;
	b->now_s = head.iat_s;
	b->answered = 0;
	b->patience_ends_at = 0;
	memcpy(b->device, all->draws[--all->n_draws], HASH_SIZE);
	kernel_random(b->kernel, sizeof(b->kernel));
	statement_start(b->statement, &head);
}

/* Adds the challenge to the batch and frees its queue entry. */
static void
add_to_batch(struct keyholder *k, struct batch *b, struct challenge_waiting *w)
{
	const struct wire_challenge_make *m = &w->asked;
	uint32_t ttl_s = m->ttl_s ? m->ttl_s : k->config->ttl_s;
	struct challenge_claims claims = {
		.aud = m->tenant,
		.exp_s = b->now_s + ttl_s,
		.cti = { k->token->node, k->device.epoch, ++k->batches.serial },
		.workflow = m->workflow,
		.bindings = m->bindings,
	};
	struct asker asker = { w->from, m->request, claims.exp_s };
	size_t i = statement_count(b->statement);

	make_salt(b, k->batches.serial, claims.salt);
	memcpy(claims.salt, k->device.life, sizeof(k->device.life));
	if (statement_add(b->statement, &claims) == OK)
		b->askers[i] = asker;
	else
		tell_unavailable(k, asker.from, asker.request);
	fair_queue_done(k->fair_queue, w);
}

/* Takes waiting challenges in rotation until the batch has max. */
static void
gather_challenges(struct keyholder *k, struct batch *b, size_t max)
{
	struct challenge_waiting *w = NULL;

	if (b->state == BATCH_EMPTY &&
	    (k->batches.n_draws == 0 || !fair_queue_waiting(k->fair_queue) ||
	     !signing_may(k)))
		return;
	if (b->state == BATCH_EMPTY)
		begin_batch(k, b);
	while (statement_count(b->statement) < max &&
	       (w = fair_queue_take(k->fair_queue)) != NULL)
		add_to_batch(k, b, w);
	if (statement_count(b->statement) == 0)
		b->state = BATCH_EMPTY; /* no memory: all were refused */
}

/* --- the device ----------------------------------------------------------- */

static void
stock_draws(struct keyholder *k, const struct job *job)
{
	for (unsigned i = 0; i < job->draws; i++)
		memcpy(k->batches.draws[k->batches.n_draws++], job->drawn[i],
		       HASH_SIZE);
}

static void
on_drawn(struct keyholder *k, const struct job *job)
{
	if (job->err == OK)
		stock_draws(k, job);
}

static struct batch *
find_sent_batch(struct keyholder *k)
{
	for (unsigned i = 0; i < BATCHES; i++)
		if (k->batches.all[i].state == BATCH_SENT)
			return &k->batches.all[i];
	return NULL;
}

static void
refuse_batch(struct keyholder *k, struct batch *b)
{
	size_t n = b->state == BATCH_EMPTY ? 0 : statement_count(b->statement);

	for (; b->answered < n; b->answered++)
		tell_unavailable(k, b->askers[b->answered].from,
		                 b->askers[b->answered].request);
	b->state = BATCH_EMPTY;
}

/* A device that failed was given up, and refuse_all() follows. */
static void
on_signed(struct keyholder *k, const struct job *job)
{
	struct batch *b = find_sent_batch(k);

	if (job->err != OK) {
		log_event(LOG_ERROR, "batch-failed", LOG_ERR(job->err));
		return;
	}
	b->signature = job->signature;
	b->state = BATCH_SIGNED;
	roots_note(&k->roots, statement_root(b->statement));
	stock_draws(k, job);
}

static void
send_batch(struct keyholder *k, struct batch *b)
{
	struct job job = {
		.kind = JOB_SIGN,
		.draws = DRAW_STOCK - k->batches.n_draws,
		.key = b->key,
		.done = on_signed,
	};
	uint8_t decoy[HASH_SIZE];

	make_salt(b, 0, decoy); /* serials start at 1 */
	err_t err = statement_close(b->statement, decoy, &job.msg);
	if (err != OK) {
		log_event(LOG_ERROR, "batch-failed", LOG_ERR(err));
		refuse_batch(k, b);
		return;
	}
	b->state = BATCH_SENT;
	k->results_first = true;
	work_start(k, &job);
}

/* --- answers -------------------------------------------------------------- */

static void
answer_one(struct keyholder *k, const struct batch *b, size_t i)
{
	const struct asker *a = &b->askers[i];
	struct wire_challenge_made made = {
		.request = a->request,
		.expires_s = a->expires_s,
		.kid = bytes_of_str(k->signing.keys[b->key].pin.kid),
	};

	if (!a->from)
		return;
	buf_reset(&k->scratch);
	statement_token(b->statement, i,
	                bytes_of(b->signature.bytes, b->signature.len),
	                &k->scratch);
	if (buf_status(&k->scratch) != OK) {
		tell_unavailable(k, a->from, a->request);
		return;
	}
	made.challenge = buf_bytes(&k->scratch);
	memcpy(made.nonce, statement_nonce(b->statement, i), HASH_SIZE);
	wire_put_challenge_made(&k->packet, &made);
	answer(a->from, &k->packet);
}

/* True while the front of the next answer has enough in its queue.  A front
 * needs longer for an answer than we do, so answers that it cannot take are
 * better kept here than in a queue of megabytes.  A front that takes nothing
 * delays the others for BATCH_PATIENCE_MS only. */
static bool
is_crowded(struct batch *b)
{
	const struct edge *e = b->askers[b->answered].from;

	if (!e || channel_backlog(e->channel) < BATCH_BACKLOG ||
	    channel_flush(e->channel) != OK || !channel_waiting(e->channel))
		return false;
	if (b->patience_ends_at == 0)
		b->patience_ends_at = clock_mono_ms() + BATCH_PATIENCE_MS;
	return clock_mono_ms() < b->patience_ends_at;
}

/* Answers a part of the older batch; true: more can be answered. */
static bool
answer_some(struct keyholder *k)
{
	struct batch *b = &k->batches.all[k->batches.first];

	if (b->state != BATCH_SIGNED)
		return false;
	size_t n = statement_count(b->statement);
	for (size_t i = 0; i < BATCH_ANSWERS && b->answered < n; i++) {
		if (is_crowded(b))
			return false; /* EPOLLOUT wakes the loop */
		answer_one(k, b, b->answered++);
	}
	if (b->answered < n)
		return true;
	b->state = BATCH_EMPTY;
	k->batches.first = (k->batches.first + 1) % BATCHES;
	return k->batches.all[k->batches.first].state == BATCH_SIGNED;
}

/* The device is lost or must not sign: refuses all waiting challenges, those in
 * batches first.  Challenges that come later are queued and refused here, too, so that each
 * tenant's refusals keep the order of arrival. */
static void
refuse_all(struct keyholder *k)
{
	struct challenge_waiting *w = NULL;

	for (unsigned i = 0; i < BATCHES; i++) {
		refuse_batch(k, &k->batches.all[k->batches.first]);
		k->batches.first = (k->batches.first + 1) % BATCHES;
	}
	while ((w = fair_queue_take(k->fair_queue)) != NULL) {
		tell_unavailable(k, w->from, w->asked.request);
		fair_queue_done(k->fair_queue, w);
	}
}

/* --- one iteration -------------------------------------------------------- */

static void
draw_first(struct keyholder *k)
{
	const struct job job = { .kind = JOB_DRAW,
		                 .draws = 1,
		                 .done = on_drawn };

	if (k->batches.n_draws == 0 && fair_queue_waiting(k->fair_queue) &&
	    work_free(k))
		work_start(k, &job);
}

/* The device is free; true: the batch should wait for more challenges. */
static bool
is_held(struct keyholder *k, const struct batch *b)
{
	uint64_t wait = 0;

	if (b->state == BATCH_GATHERED)
		wait = batch_delay_wait(&k->batch_delay,
		                        fair_queue_waiting(k->fair_queue)
		                                ? BATCH_DELAY_ENOUGH
		                                : statement_count(b->statement),
		                        clock_mono_us());
	if (wait > 0)
		role_again_in(k->role, wait);
	return wait > 0;
}

static void
send_next(struct keyholder *k)
{
	size_t max = k->config->batch_max;
	struct batch *b = find_unsent_batch(k);

	if (!b)
		return;
	gather_challenges(k, b, max / 2);
	if (!work_free(k) || is_held(k, b))
		return;
	gather_challenges(k, b, max);
	if (b->state == BATCH_GATHERED)
		send_batch(k, b);
}

bool
batch_turn(struct keyholder *k)
{
	if (k->came) {
		batch_delay_came(&k->batch_delay, clock_mono_us());
		k->came = false;
	}
	if (device_serves(k)) {
		draw_first(k);
		send_next(k);
	}
	bool more = answer_some(k);

	/* Asked again: a job may have lost the device, or found that it must
	 * not sign.  What the device signs just now is refused afterwards. */
	if (!device_serves(k)) {
		if (!k->work.busy)
			refuse_all(k);
		return false;
	}
	if (work_free(k) && fair_queue_waiting(k->fair_queue) &&
	    find_unsent_batch(k) && signing_may(k) && !k->batch_delay.waiting)
		more = true;
	return more;
}
