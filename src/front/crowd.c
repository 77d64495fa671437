/*
 * crowd.c - see crowd.h.
 */
#include "front/crowd.h"

#include <stdlib.h>

#include "front/client.h"
#include "front/limits.h"
#include "front/tenant.h"
#include "proc/config.h"

err_t
crowd_init(struct crowd *c, const struct config *config, struct tenant *tenants,
           struct client *clients)
{
	size_t n_tenants = config->n_tenants;

	c->n_lanes = n_tenants + config->n_clients;
	c->most = LIMIT_ALONE_JUDGED;
	c->windows = calloc(c->n_lanes + 1, sizeof(struct outbox_window *));
	if (!c->windows)
		return E_NOMEM;
	for (size_t i = 0; i < n_tenants; i++)
		c->windows[i] = &tenants[i].judged;
	for (size_t i = 0; i < config->n_clients; i++)
		c->windows[n_tenants + i] = &clients[i].judged;
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

struct outbox_window *
crowd_window(struct client *client)
{
	return client->tenant ? &client->tenant->judged : &client->judged;
}

void
crowd_heard(struct crowd *c, struct client *client, uint64_t now_ms)
{
	const struct outbox_window *window = crowd_window(client);

	if (c->last && c->last != window)
		c->until_ms = now_ms + LIMIT_CROWD_MS;
	c->last = window;
	crowd_turn(c, now_ms);
}
