/*
 * silence.c - see silence.h.
 */
#include "ledger/silence.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "proc/config.h"

#include "ledger/ledger.h"
#include "ledger/store/silence.h"

uint64_t
silent_before(uint64_t now_ms, uint32_t overdue_days)
{
	uint64_t day = now_ms / 1000 / SILENCE_DAY_S;

	return overdue_days == 0 || day < overdue_days ? 0 : day - overdue_days;
}

err_t
silence_init(struct ledger *l)
{
	const struct config *c = role_config(l->role);
	struct silence *s = &l->silence;

	s->rows = calloc(c->n_tenants + 1, sizeof(*s->rows));
	if (!s->rows)
		return E_NOMEM;
	for (s->n = 0; s->n < c->n_tenants; s->n++)
		s->rows[s->n].config = &c->tenants[s->n];
	return OK;
}

void
silence_release(struct silence *s)
{
	free(s->rows);
	s->rows = NULL;
	s->n = 0;
}

static struct silent_tenant *
find_silent(struct silence *s, struct bytes tenant)
{
	for (size_t i = 0; i < s->n; i++)
		if (bytes_equal_str(tenant, s->rows[i].config->name))
			return &s->rows[i];
	return NULL;
}

err_t
silence_heard(struct ledger *l, struct store *store, struct bytes tenant,
              uint64_t now_ms)
{
	struct silent_tenant *t = find_silent(&l->silence, tenant);
	uint64_t now_s = now_ms / 1000;

	if (!t)
		return OK;
	t->attested_s = now_s;
	if (now_s < t->stored_s + SILENCE_STORE_S)
		return OK;
	/* If the transaction fails, the store has an older minute. */
	t->stored_s = now_s;
	return store_tenant_attested(store, tenant, now_s);
}

/* What the store has of before this process; a clock that was repaired since
 * may have been ahead. */
static err_t
remember_attested(struct silent_tenant *t, struct store *store, uint64_t now_s)
{
	uint64_t at_s = 0;

	TRY(store_tenant_last(store, bytes_of_str(t->config->name), &at_s));
	if (at_s > now_s)
		at_s = now_s;
	if (at_s > t->attested_s)
		t->attested_s = at_s;
	return OK;
}

err_t
silence_count(struct ledger *l, struct store *store, uint64_t now_ms)
{
	struct silence *s = &l->silence;
	uint64_t at_ms = clock_mono_ms(), n = 0;

	s->told = NULL;
	if (s->n == 0)
		return OK;
	struct silent_tenant *t = &s->rows[s->next];
	if (t->counted_ms != 0 && at_ms - t->counted_ms < SILENCE_EVERY_MS)
		return OK;
	uint64_t before = silent_before(now_ms, t->config->overdue_days);
	if (t->counted_ms == 0)
		TRY(remember_attested(t, store, now_ms / 1000));
	if (before > 0)
		TRY(store_overdue(store, bytes_of_str(t->config->name), before,
		                  WIRE_OVERDUE_MOST, &n));
	t->overdue = (uint32_t)n;
	t->counted_ms = at_ms;
	s->told = t;
	s->next = (s->next + 1) % s->n;
	return OK;
}

static void
tell_front(struct ledger *l, struct edge *front, const struct silent_tenant *t)
{
	const struct wire_tenant_attested m = {
		.tenant = bytes_of_str(t->config->name),
		.attested_s = t->attested_s,
		.overdue = t->overdue,
	};

	wire_put_tenant_attested(&l->packet, &m);
	err_t err = edge_send(front, &l->packet);
	if (err != OK && err != E_CLOSED)
		log_event(LOG_WARN, "answer-lost", LOG_ERR(err));
}

void
silence_tell(struct ledger *l)
{
	const struct config *c = role_config(l->role);

	for (uint16_t i = 0; l->silence.told && i < c->fronts; i++) {
		struct edge *front = role_edge(l->role, WIRE_ROLE_FRONT, i);

		if (front)
			tell_front(l, front, l->silence.told);
	}
	l->silence.told = NULL;
}

void
silence_front_up(struct ledger *l, struct edge *front)
{
	for (size_t i = 0; i < l->silence.n; i++)
		if (l->silence.rows[i].counted_ms != 0)
			tell_front(l, front, &l->silence.rows[i]);
}
