/*
 * results.c - attestation results and device handles: one device call each.
 *
 * What will be signed is composed from the typed fields as soon as a message
 * comes, so that fields which break the contract end the process that cannot
 * trust its peer, and never wait in a queue.
 */
#include "ear.h"
#include "keyholder.h"

/* Puts what was composed into the queue, or says that it cannot; half a
 * statement must never be signed. */
static void
enqueue(struct keyholder *k, const struct waiting *item, err_t composed)
{
	if (composed != OK || buf_status(&k->scratch) != OK ||
	    queue_add(&k->results, item, buf_bytes(&k->scratch)) != OK)
		answer_unavailable(k, item->from, item->request);
}

static err_t
result_message(struct keyholder *k, struct edge *from, struct bytes packet)
{
	struct wire_result_sign m;
	const struct ear_issuer issuer = {
		.iss = bytes_of_str(k->config->issuer),
		.kid = bytes_of_str(k->device.kid),
		.alg = k->device.alg,
	};

	TRY(wire_get_result_sign(packet, &m));
	if (k->device.state != DEVICE_OPEN) {
		answer_unavailable(k, from, m.request);
		return OK;
	}
	buf_reset(&k->scratch);
	err_t err = ear_compose(&k->scratch, &issuer, &m);
	if (err == E_MALFORMED)
		return err;
	enqueue(k,
	        &(struct waiting){ .from = from,
	                           .kind = WIRE_ID_RESULT_SIGN,
	                           .request = m.request },
	        err);
	return OK;
}

static err_t
handle_message(struct keyholder *k, struct edge *from, struct bytes packet)
{
	struct wire_handle_make m;

	TRY(wire_get_handle_make(packet, &m));
	if (!tenant_name_valid(m.tenant))
		return E_MALFORMED;
	if (k->device.state != DEVICE_OPEN) {
		answer_unavailable(k, from, m.request);
		return OK;
	}
	buf_reset(&k->scratch);
	statement_handle_input(&k->scratch, m.tenant, m.identity);
	enqueue(k,
	        &(struct waiting){ .from = from,
	                           .kind = WIRE_ID_HANDLE_MAKE,
	                           .request = m.request },
	        OK);
	return OK;
}

err_t
results_message(struct keyholder *k, struct edge *from, struct bytes packet)
{
	if (wire_packet_id(packet) == WIRE_ID_HANDLE_MAKE)
		return handle_message(k, from, packet);
	return result_message(k, from, packet);
}

static err_t
answer_result(struct keyholder *k, const struct waiting *w, struct bytes input)
{
	struct wire_result_signed m = { .request = w->request };
	struct hsm_signature signature;

	TRY(device_sign(k, input, &signature));
	buf_reset(&k->scratch);
	buf_append(&k->scratch, input);
	ear_seal(&k->scratch, bytes_of(signature.bytes, signature.len));
	TRY(buf_status(&k->scratch));
	m.jwt = buf_bytes(&k->scratch);
	wire_put_result_signed(&k->packet, &m);
	answer(w->from, &k->packet);
	return OK;
}

static err_t
answer_handle(struct keyholder *k, const struct waiting *w, struct bytes input)
{
	struct wire_handle_made m = { .request = w->request };
	uint8_t mac[HASH_SIZE];

	TRY(device_mac(k, input, mac));
	buf_reset(&k->scratch);
	statement_handle(&k->scratch, mac);
	TRY(buf_status(&k->scratch));
	m.handle = buf_bytes(&k->scratch);
	wire_put_handle_made(&k->packet, &m);
	answer(w->from, &k->packet);
	return OK;
}

bool
results_turn(struct keyholder *k)
{
	size_t n = 0;
	const struct waiting *w;

	for (; n < KEYHOLDER_RESULTS_TURN && (w = queue_next(&k->results, n));
	     n++) {
		struct bytes input = queue_bytes(&k->results, w);
		err_t err = OK;

		if (w->from) /* else nobody waits for it */
			err = w->kind == WIRE_ID_RESULT_SIGN
			              ? answer_result(k, w, input)
			              : answer_handle(k, w, input);
		if (err != OK)
			answer_unavailable(k, w->from, w->request);
	}
	queue_took(&k->results, n);
	return n > 0;
}
