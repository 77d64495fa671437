/*
 * results.c - attestation results and device handles: one device call each, but
 * for results in CBOR, which go on to result_batch.c.
 *
 * The statement is composed from the typed fields as soon as a message arrives,
 * so that fields which break the contract never wait in the queue.  A ledger
 * that contradicts itself cannot be trusted, and this process ends.  What an
 * honest ledger may pass on, such as a verifier's lie or an old row, is
 * refused.
 */
#include "keyholder/believe.h"
#include "base/clock.h"
#include "crypto/token/ear.h"
#include "crypto/token/ear_cwt.h"
#include "keyholder/keyholder.h"
#include "base/log.h"

/* Queues what was composed, or answers UNAVAILABLE; an incomplete statement
 * must never be signed. */
static void
enqueue_composed(struct keyholder *k, struct queue *queue,
                 const struct waiting *item, err_t composed)
{
	if (composed != OK || buf_status(&k->scratch) != OK ||
	    queue_add(queue, item, buf_bytes(&k->scratch)) != OK)
		tell_unavailable(k, item->from, item->request);
}

static err_t
result_message(struct keyholder *k, struct edge *from, struct bytes packet)
{
	struct wire_result_sign m;
	struct believed said;
	const char *why = "";
	const struct ear_issuer issuer = {
		.iss = bytes_of_str(k->config->issuer),
		.kid = bytes_of_str(signing_now(k)->pin.kid),
		.alg = signing_now(k)->pin.alg,
	};
	const struct believe_terms terms = {
		.tag_key = k->tag_key,
		.roots = &k->roots,
		.ring = k->ring,
		.now_s = clock_wall_ms() / 1000,
		.result_ttl_s = k->config->result_ttl_s,
		.in_force = &k->in_force,
		.now_ms = clock_mono_ms(),
		.deadline_ms = k->config->deadline_ms,
	};

	TRY(wire_get_result_sign(packet, &m));
	if (!device_serves(k) || !signing_may(k)) {
		tell_unavailable(k, from, m.request);
		return OK;
	}
	err_t err = believe(&terms, &m, &said, &why);
	if (err == E_DENIED) {
		log_event(LOG_WARN, "result-refused", LOG_STR("why", why));
		tell_unavailable(k, from, m.request);
		return OK;
	}
	TRY(err);
	buf_reset(&k->scratch);
	err = m.form == WIRE_RESULT_CWT
	              ? ear_cwt_compose(&k->scratch, &issuer, &said.fields)
	              : ear_compose(&k->scratch, &issuer, &said.fields);
	if (err == E_MALFORMED) /* by a lying verifier, or an old row */
		log_event(LOG_WARN, "result-refused",
		          LOG_STR("why", "the result has invalid fields"));
	enqueue_composed(k,
	                 m.form == WIRE_RESULT_CWT ? &k->result_batch.waiting
	                                           : &k->results,
	                 &(struct waiting){ .from = from,
	                                    .kind = WIRE_ID_RESULT_SIGN,
	                                    .tenant = said.finding.tenant,
	                                    .key = k->signing.key,
	                                    .request = m.request,
	                                    .issued_s = m.issued_s,
	                                    .expires_s = m.expires_s },
	                 err);
	return OK;
}

static err_t
handle_message(struct keyholder *k, struct edge *from, struct bytes packet)
{
	struct wire_handle_derive m;

	TRY(wire_get_handle_derive(packet, &m));
	if (!tenant_name_valid(m.tenant))
		return E_MALFORMED;
	if (!device_serves(k)) {
		tell_unavailable(k, from, m.request);
		return OK;
	}
	buf_reset(&k->scratch);
	statement_handle_input(&k->scratch, m.tenant, m.identity);
	enqueue_composed(k, &k->results,
	                 &(struct waiting){ .from = from,
	                                    .kind = WIRE_ID_HANDLE_DERIVE,
	                                    .tenant = m.tenant,
	                                    .request = m.request },
	                 OK);
	return OK;
}

err_t
results_message(struct keyholder *k, struct edge *from, struct bytes packet)
{
	if (wire_packet_id(packet) == WIRE_ID_HANDLE_DERIVE)
		return handle_message(k, from, packet);
	return result_message(k, from, packet);
}

/* --- the device ----------------------------------------------------------- */

static void
answer_result(struct keyholder *k, const struct waiting *w,
              const struct job *job)
{
	struct wire_result_signed m = { .request = w->request };

	buf_reset(&k->scratch);
	buf_append(&k->scratch, job->msg);
	ear_seal(&k->scratch,
	         bytes_of(job->signature.bytes, job->signature.len));
	if (buf_status(&k->scratch) != OK) {
		tell_unavailable(k, w->from, w->request);
		return;
	}
	m.jwt = buf_bytes(&k->scratch);
	wire_put_result_signed(&k->packet, &m);
	answer(w->from, &k->packet);
}

static void
answer_handle(struct keyholder *k, const struct waiting *w,
              const struct job *job)
{
	struct wire_handle_made m = { .request = w->request };

	buf_reset(&k->scratch);
	statement_handle(&k->scratch, job->mac);
	if (buf_status(&k->scratch) != OK) {
		tell_unavailable(k, w->from, w->request);
		return;
	}
	m.handle = buf_bytes(&k->scratch);
	wire_put_handle_made(&k->packet, &m);
	answer(w->from, &k->packet);
}

/* The first item in the queue is the one that the device has processed. */
static void
on_done(struct keyholder *k, const struct job *job)
{
	const struct waiting *w = queue_next(&k->results, 0);

	if (job->err != OK)
		tell_unavailable(k, w->from, w->request);
	else if (w->from && job->kind == JOB_SIGN)
		answer_result(k, w, job);
	else if (w->from)
		answer_handle(k, w, job);
	queue_took(&k->results, 1);
}

/* The worker reads what the queue holds, which stays there until on_done(). */
static void
start_waiting_item(struct keyholder *k, const struct waiting *w)
{
	const struct job job = { .kind = w->kind == WIRE_ID_RESULT_SIGN
		                                 ? JOB_SIGN
		                                 : JOB_MAC,
		                 .key = w->key,
		                 .msg = w->bytes,
		                 .done = on_done };

	work_start(k, &job);
}

static bool
singles_turn(struct keyholder *k)
{
	const struct waiting *w;
	bool open = k->device.state == DEVICE_OPEN;

	for (size_t n = 0;
	     n < KEYHOLDER_RESULTS_TURN && (work_free(k) || !open) &&
	     (w = queue_next(&k->results, 0)) != NULL;
	     n++) {
		k->results_first = k->result_batch.was_last = false;
		if (!device_serves(k) || !w->from) { /* or no requester */
			tell_unavailable(k, w->from, w->request);
			queue_took(&k->results, 1);
		} else {
			start_waiting_item(k, w);
			open = k->device.state == DEVICE_OPEN;
		}
	}
	return queue_next(&k->results, 0) && (work_free(k) || !open);
}

/* A batch and a result by itself alternate, too, where the device is slow. */
bool
results_turn(struct keyholder *k)
{
	bool single_first = k->result_batch.was_last;
	bool more = !single_first && result_batch_turn(k);

	more = singles_turn(k) || more;
	return (single_first && result_batch_turn(k)) || more;
}
