/*
 * crowd.c - see crowd.h.
 */
#include "front/crowd.h"

#include <stdlib.h>

#include "front/limits.h"
#include "front/tenant.h"

err_t
crowd_init(struct crowd *c, struct tenant *tenants, size_t n_tenants,
           size_t n_clients)
{
	c->n_lanes = n_tenants + n_clients;
	c->most = LIMIT_ALONE_JUDGED;
	c->windows = calloc(c->n_lanes + 1, sizeof(struct outbox_window *));
	if (!c->windows)
		return E_NOMEM;
	for (size_t i = 0; i < n_tenants; i++)
		c->windows[i] = &tenants[i].judged;
	return OK;
}

void
crowd_release(struct crowd *c)
{
	free((void *)c->windows);
	c->windows = NULL;
}

void
crowd_turn(struct crowd *c, uint64_t now_ms)
{
	c->most =
	        now_ms < c->until_ms ? LIMIT_CROWD_JUDGED : LIMIT_ALONE_JUDGED;
}

void
crowd_heard(struct crowd *c, const struct tenant *t, uint64_t now_ms)
{
	if (c->last && c->last != t)
		c->until_ms = now_ms + LIMIT_CROWD_MS;
	c->last = t;
	crowd_turn(c, now_ms);
}
