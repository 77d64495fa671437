/*
 * trust.c - see trust.h.
 */
#include "ledger/trust.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ledger/ledger.h"

static void
send_certificate(struct ledger *l, struct edge *verifier,
                 const struct certificate *c)
{
	struct wire_trust_certificate m = { .der = bytes_of(c->der, c->len) };

	memcpy(m.digest, c->digest, HASH_SIZE);
	buf_reset(&l->packet);
	wire_put_trust_certificate(&l->packet, &m);
	err_t err = edge_send(verifier, &l->packet);
	if (err != OK && err != E_CLOSED)
		log_event(LOG_WARN, "certificate-not-sent", LOG_ERR(err));
}

/* Sends the certificates that count, without the first `known` ones. */
static void
tell_verifier(struct ledger *l, struct edge *verifier, size_t known)
{
	const struct certificates *c = &l->trust.certificates;

	for (size_t i = known; i < c->n; i++)
		send_certificate(l, verifier, &c->rows[i]);
}

static void
tell_verifiers(struct ledger *l, size_t known)
{
	for (uint16_t i = 0; i < LEDGER_VERIFIERS_MAX; i++) {
		struct edge *e = role_edge(l->role, WIRE_ROLE_VERIFIER, i);

		if (e)
			tell_verifier(l, e, known);
	}
}

void
ledger_trust_tell(struct ledger *l, struct edge *verifier)
{
	tell_verifier(l, verifier, 0);
}

static void
refuse_certificate(struct ledger *l, const struct edge *from)
{
	bool *said = &l->trust.said[from->index % CONFIG_TOKENS_MAX];

	if (!*said)
		log_event(LOG_ERROR, "certificate-refused",
		          LOG_U64("keyholder", from->index),
		          LOG_STR("why", "it does not have the digest under "
		                         "which it came"));
	*said = true;
}

err_t
ledger_trust_certificate(struct ledger *l, const struct edge *from,
                         struct bytes packet)
{
	struct certificates *c = &l->trust.certificates;
	struct wire_trust_certificate m;
	size_t before = c->n;

	TRY(wire_get_trust_certificate(packet, &m));
	err_t err =
	        certificates_add(c, l->keys.in_force.bundle, m.digest, m.der);
	if (err == OK)
		tell_verifiers(l, before);
	else if (err == E_MALFORMED)
		refuse_certificate(l, from);
	return OK;
}

void
ledger_trust_follow(struct ledger *l)
{
	struct certificates *c = &l->trust.certificates;

	/* The verifiers drop what it does not name by themselves. */
	if (certificates_follow(c, l->keys.in_force.bundle))
		tell_verifiers(l, 0);
}

void
ledger_trust_tick(struct ledger *l)
{
	uint64_t now = clock_mono_ms();

	if (now - l->trust.told_ms < LEDGER_TRUST_MS)
		return;
	l->trust.told_ms = now;
	tell_verifiers(l, 0);
}

void
ledger_trust_keyholder_up(struct ledger *l, const struct edge *keyholder)
{
	l->trust.said[keyholder->index % CONFIG_TOKENS_MAX] = false;
}

void
ledger_trust_release(struct ledger_trust *t)
{
	certificates_release(&t->certificates);
}
