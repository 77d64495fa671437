/*
 * keyholder_select.c - the key holders, one for each token, and which one is
 * asked.
 *
 * A request to a key holder has no effect of its own (the statement is fixed,
 * and a handle counts only when it is stored), so a request that a replaced key
 * holder has not answered is sent again to the next one.
 */
#include <string.h>

#include "base/clock.h"
#include "proc/config.h"
#include "base/log.h"
#include "crypto/pins/follow.h"

#include "ledger/ledger.h"
#include "ledger/keyholder_select.h"

void
ledger_keyholders_init(struct ledger *l)
{
	failover_init(&l->failover, role_config(l->role), clock_mono_ms());
}

static bool
ledger_knows_keyholder(const struct ledger *l, const struct edge *e)
{
	return e->index < l->failover.n;
}

static bool
has_several_tokens(const struct ledger *l)
{
	return l->failover.n > 1;
}

/* No key of its token is pinned any more.  What it announced does not count then, even
 * if it sends no KEY_LOST. */
static bool
is_disowned(const struct ledger *l, uint16_t index)
{
	const struct config_token *token = &role_config(l->role)->tokens[index];
	const struct pins_token its = { token->name, token->node };

	return !pins_any(l->keys.pins, &its, clock_wall_ms() / 1000);
}

bool
ledger_keyholders_disowned(const struct ledger *l, uint16_t index)
{
	return has_several_tokens(l) && index < l->failover.n &&
	       is_disowned(l, index);
}

/* A single key holder is asked in any state, because it reports best why it
 * cannot answer. */
static uint16_t
in_use(const struct ledger *l)
{
	size_t i = l->failover.in_use;

	return i == FAILOVER_NONE ? 0 : (uint16_t)i;
}

static err_t
send_to_keyholder(struct ledger *l, struct pending *p)
{
	p->keyholder = in_use(l);
	/* While no token is usable, in_use() names the first one. */
	if (ledger_keyholders_disowned(l, p->keyholder))
		return E_CLOSED;
	if (has_several_tokens(l))
		failover_asked(&l->failover, p->keyholder, clock_mono_ms());
	return edge_ask(role_edge(l->role, WIRE_ROLE_KEYHOLDER, p->keyholder),
	                &l->packet);
}

err_t
ledger_keyholders_ask(struct ledger *l, struct pending *p)
{
	if (has_several_tokens(l)) {
		buf_append(&p->asked, buf_bytes(&l->packet));
		TRY(buf_status(&p->asked));
	}
	return send_to_keyholder(l, p);
}

static bool
waits_for(const struct pending *p, size_t keyholder)
{
	return p->kind != PENDING_FREE && p->jwt.len == 0 &&
	       p->keyholder == keyholder;
}

static err_t
ask_other(struct ledger *l, struct pending *p, size_t keyholder)
{
	if (l->failover.in_use == FAILOVER_NONE ||
	    l->failover.in_use == keyholder || p->asked.len == 0)
		return E_CLOSED;
	buf_append(&l->packet, buf_bytes(&p->asked));
	p->again = true;
	err_t err = send_to_keyholder(l, p);
	buf_reset(&l->packet);
	return err;
}

/* Sends the requests again to the key holder in use, or answers UNAVAILABLE. */
static void
ask_again(struct ledger *l, size_t keyholder)
{
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &l->pendings.rows[i];
		if (waits_for(p, keyholder) && ask_other(l, p, keyholder) != OK)
			answer_pending_lost(l, p, "the key holder went away");
	}
}

static void
report_token_in_use(const struct ledger *l)
{
	size_t i = l->failover.in_use;

	if (!has_several_tokens(l))
		return;
	if (i == FAILOVER_NONE)
		log_event(LOG_WARN, "token-in-use", LOG_STR("name", "none"));
	else
		log_event(
		        i ? LOG_WARN : LOG_INFO, "token-in-use",
		        LOG_STR("name", role_config(l->role)->tokens[i].name));
}

void
ledger_keyholders_turn(struct ledger *l)
{
	size_t was = l->failover.in_use;

	if (!failover_turn(&l->failover, clock_mono_ms()))
		return;
	report_token_in_use(l);
	/* A key holder that still works answers its requests; the end of its
	 * edge handles the others. */
	if (was != FAILOVER_NONE && l->failover.in_use != FAILOVER_NONE &&
	    (l->failover.keyholders[was].silent ||
	     !l->failover.keyholders[was].ready))
		ask_again(l, was);
}

void
ledger_keyholders_give_up(struct ledger *l)
{
	if (!failover_at_end(&l->failover, clock_mono_ms()))
		return;
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &l->pendings.rows[i];
		if (waits_for(p, l->failover.in_use) && p->again)
			answer_pending_lost(l, p, "no signing key answers");
	}
}

void
ledger_keyholders_down(struct ledger *l, const struct edge *e)
{
	if (ledger_knows_keyholder(l, e))
		l->said[e->index] = (struct ledger_keyholder){ .epoch = 0 };
	if (ledger_knows_keyholder(l, e))
		failover_lost(&l->failover, e->index);
	ledger_keyholders_turn(l);
	ask_again(l, e->index);
}

/* A key that is not pinned makes no token ready and no epoch known. */
static void
believe_pinned_life(struct ledger *l, uint16_t index)
{
	const struct config_token *token = &role_config(l->role)->tokens[index];
	struct ledger_keyholder *said = &l->said[index];
	const struct pins_token its = { token->name, token->node };
	struct wire_key_held m = {
		.kid = bytes_of(said->kid, said->kid_len),
		.node = said->node,
		.epoch = said->epoch,
	};

	memcpy(m.life, said->life, sizeof(m.life));
	said->refused = keys_hold(&l->keys, index, &m, &its,
	                          clock_wall_ms() / 1000) != OK;
	if (!said->refused)
		failover_ready(&l->failover, index, clock_mono_ms());
}

err_t
ledger_keyholders_key_held(struct ledger *l, const struct edge *from,
                           const struct wire_key_held *m)
{
	if (!ledger_knows_keyholder(l, from))
		return OK;
	struct ledger_keyholder *said = &l->said[from->index];
	*said = (struct ledger_keyholder){ .epoch = m->epoch, .node = m->node };
	/* a longer one is not a kid */
	said->kid_len = m->kid.len < sizeof(said->kid) ? m->kid.len : 0;
	memcpy(said->kid, m->kid.data, said->kid_len);
	memcpy(said->life, m->life, sizeof(said->life));
	believe_pinned_life(l, from->index);
	ledger_keyholders_turn(l);
	return OK;
}

/* The key holder may have received this file before us. */
void
ledger_keyholders_pinned(struct ledger *l)
{
	for (uint16_t i = 0; i < l->failover.n; i++) {
		struct ledger_keyholder *said = &l->said[i];

		if (said->kid_len == 0 ||
		    !role_edge(l->role, WIRE_ROLE_KEYHOLDER, i))
			continue;
		if (is_disowned(l, i)) {
			said->refused = true;
			failover_lost(&l->failover, i);
		} else if (said->refused) {
			believe_pinned_life(l, i);
		}
	}
	ledger_keyholders_turn(l);
}

err_t
ledger_keyholders_key_lost(struct ledger *l, const struct edge *from,
                           struct bytes packet)
{
	struct wire_key_lost m;

	TRY(wire_get_key_lost(packet, &m));
	if (ledger_knows_keyholder(l, from)) {
		l->said[from->index] = (struct ledger_keyholder){ .epoch = 0 };
		failover_lost(&l->failover, from->index);
	}
	ledger_keyholders_turn(l);
	return OK;
}

void
ledger_keyholders_heard(struct ledger *l, const struct edge *from)
{
	if (has_several_tokens(l) && ledger_knows_keyholder(l, from))
		failover_heard(&l->failover, from->index, clock_mono_ms());
}

/* The front has waited already, so requests here need not wait as long
 * again. */
err_t
ledger_keyholders_silent(struct ledger *l, const struct edge *from,
                         struct bytes packet)
{
	struct wire_key_silent m;

	(void)from;
	TRY(wire_get_key_silent(packet, &m));
	if (m.index >= l->failover.n)
		return E_MALFORMED;
	failover_silent(&l->failover, m.index);
	ledger_keyholders_turn(l);
	return OK;
}

/* Sent repeatedly while it holds, because a front that was started meanwhile
 * may have heard the key holder after us. */
static void
tell_fronts(struct ledger *l, uint16_t token)
{
	const struct wire_key_vetoed m = { .index = token };

	for (uint16_t i = 0; i < ROLE_EDGES_MAX; i++) {
		struct edge *front = role_edge(l->role, WIRE_ROLE_FRONT, i);
		if (!front)
			continue;
		buf_reset(&l->packet);
		wire_put_key_vetoed(&l->packet, &m);
		err_t err = edge_send(front, &l->packet);
		if (err != OK && err != E_CLOSED)
			log_event(LOG_WARN, "veto-not-told", LOG_ERR(err));
	}
}

static void
veto_node(struct ledger *l, uint32_t node)
{
	const struct config *c = role_config(l->role);

	for (uint16_t i = 0; i < l->failover.n; i++) {
		if (c->tokens[i].node != node)
			continue;
		failover_lost(&l->failover, i);
		tell_fronts(l, i);
	}
}

void
ledger_keyholders_veto(struct ledger *l)
{
	for (size_t i = 0; has_several_tokens(l) && i < l->keys.n; i++)
		if (keys_veto_of(&l->keys, &l->keys.held[i]))
			veto_node(l, l->keys.held[i].life.node);
}

const char *
ledger_keyholders_why(struct ledger *l)
{
	const char *why = keys_why(&l->keys);

	return has_several_tokens(l) && l->failover.in_use != FAILOVER_NONE
	               ? ""
	               : why;
}
