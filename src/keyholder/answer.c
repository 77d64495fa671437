/*
 * answer.c - sends the key holder's answers.
 */
#include "keyholder/keyholder.h"
#include "base/log.h"

void
answer(struct edge *to, struct buf *packet)
{
	err_t err = edge_send(to, packet);

	/* E_CLOSED: the requester has ended. */
	if (err != OK && err != E_CLOSED)
		log_event(LOG_WARN, "answer-dropped", LOG_ERR(err));
}

void
tell_unavailable(struct keyholder *k, struct edge *to, uint64_t request)
{
	const struct wire_unavailable m = {
		.request = request,
		.why = bytes_of_str(device_serves(k)
		                            ? "the key holder is overloaded"
		                            : "the signing key is unavailable"),
	};

	buf_reset(&k->packet);
	wire_put_unavailable(&k->packet, &m);
	answer(to, &k->packet);
}

static void
withdraw_from(struct keyholder *k, enum wire_role peer, const char *why)
{
	const struct wire_key_lost m = { .why = bytes_of_str(why) };

	for (uint16_t i = 0; i < ROLE_EDGES_MAX; i++) {
		struct edge *e = role_edge(k->role, peer, i);
		if (!e)
			continue;
		buf_reset(&k->packet);
		wire_put_key_lost(&k->packet, &m);
		answer(e, &k->packet);
	}
}

void
withdraw_key(struct keyholder *k, const char *why)
{
	withdraw_from(k, WIRE_ROLE_FRONT, why);
	withdraw_from(k, WIRE_ROLE_LEDGER, why);
}
