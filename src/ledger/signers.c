/*
 * signers.c - the key holders, one for each token, and which of them signs.
 *
 * What the ledger asks for has no effect of its own (the statement is fixed,
 * a handle counts only when it is stored), so what was under way at a key
 * holder that is passed over is asked for again at the next.
 */
#include "clock.h"
#include "config.h"
#include "log.h"

#include "ledger.h"
#include "signers.h"

void
signers_init(struct ledger *l)
{
	failover_init(&l->failover, role_config(l->role), clock_mono_ms());
}

static bool
known(const struct ledger *l, const struct edge *e)
{
	return e->index < l->failover.n;
}

static bool
several(const struct ledger *l)
{
	return l->failover.n > 1;
}

/* A single one is asked whatever it is: it knows best why it cannot. */
static uint16_t
in_use(const struct ledger *l)
{
	size_t i = l->failover.in_use;

	return i == FAILOVER_NONE ? 0 : (uint16_t)i;
}

static err_t
send(struct ledger *l, struct pending *p)
{
	p->holder = in_use(l);
	if (several(l))
		failover_asked(&l->failover, p->holder, clock_mono_ms());
	return edge_send(role_edge(l->role, WIRE_ROLE_KEYHOLDER, p->holder),
	                 &l->packet);
}

err_t
signers_ask(struct ledger *l, struct pending *p)
{
	if (several(l)) {
		buf_append(&p->asked, buf_bytes(&l->packet));
		TRY(buf_status(&p->asked));
	}
	return send(l, p);
}

static bool
waits_for(const struct pending *p, size_t holder)
{
	return p->kind != PENDING_FREE && p->jwt.len == 0 &&
	       p->holder == holder;
}

/* To the one in use, or nobody can answer. */
static void
ask_again(struct ledger *l, size_t holder)
{
	bool other = l->failover.in_use != FAILOVER_NONE &&
	             l->failover.in_use != holder;

	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &l->pendings.rows[i];
		if (!waits_for(p, holder))
			continue;
		buf_reset(&l->packet);
		buf_append(&l->packet, buf_bytes(&p->asked));
		if (!other || p->asked.len == 0 || send(l, p) != OK)
			answer_pending_lost(l, p, "the key holder went away");
	}
	buf_reset(&l->packet);
}

static void
say(const struct ledger *l)
{
	size_t i = l->failover.in_use;

	if (!several(l))
		return;
	if (i == FAILOVER_NONE)
		log_event(LOG_WARN, "token-in-use", LOG_STR("name", "none"));
	else
		log_event(
		        i ? LOG_WARN : LOG_INFO, "token-in-use",
		        LOG_STR("name", role_config(l->role)->tokens[i].name));
}

void
signers_turn(struct ledger *l)
{
	size_t was = l->failover.in_use;

	if (!failover_turn(&l->failover, clock_mono_ms()))
		return;
	say(l);
	/* One that works still answers what it was asked; one that died is
	 * its edge's business. */
	if (was != FAILOVER_NONE && l->failover.in_use != FAILOVER_NONE &&
	    (l->failover.holders[was].silent ||
	     !l->failover.holders[was].ready))
		ask_again(l, was);
}

void
signers_down(struct ledger *l, const struct edge *e)
{
	if (known(l, e))
		failover_lost(&l->failover, e->index);
	signers_turn(l);
	ask_again(l, e->index);
}

void
signers_key_held(struct ledger *l, const struct edge *from)
{
	if (known(l, from))
		failover_ready(&l->failover, from->index, clock_mono_ms());
	signers_turn(l);
}

err_t
signers_key_lost(struct ledger *l, const struct edge *from, struct bytes packet)
{
	struct wire_key_lost m;

	TRY(wire_get_key_lost(packet, &m));
	if (known(l, from))
		failover_lost(&l->failover, from->index);
	signers_turn(l);
	return OK;
}

void
signers_heard(struct ledger *l, const struct edge *from)
{
	if (several(l) && known(l, from))
		failover_heard(&l->failover, from->index, clock_mono_ms());
}

/* The front has waited already: results need not wait as long once more. */
err_t
signers_silent(struct ledger *l, const struct edge *from, struct bytes packet)
{
	struct wire_key_silent m;

	(void)from;
	TRY(wire_get_key_silent(packet, &m));
	if (m.index >= l->failover.n)
		return E_MALFORMED;
	failover_silent(&l->failover, m.index);
	signers_turn(l);
	return OK;
}
