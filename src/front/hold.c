/*
 * hold.c - connections that are not read for some time, because their client is
 * over its quota.
 *
 * An answer 429 costs this process nearly as much as a small answer 200, so a
 * client that ignores its quota must wait where it costs nothing: in the
 * buffers of its own machine.  Between two sweeps it gets LIMIT_REFUSALS such
 * answers; each of its connections that goes on asking is held.  Held
 * connections form a queue; each sweep releases LIMIT_RELEASES of each client.
 */
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "front/connection.h"
#include "front/front.h"
#include "front/limits.h"

void
connection_hold(struct connection *c)
{
	if (c->held || c->state != CONNECTION_OPEN ||
	    ++connection_payer(c)->refused <= LIMIT_REFUSALS)
		return;
	c->held = true;
	(void)bufferevent_disable(c->bev, EV_READ);
	ring_add(&c->front->held, &c->held_ones, c);
}

static void
go_on(struct connection *c)
{
	c->held = false;
	connection_read_on(c);
}

static void
begin_anew(struct front *f)
{
	for (size_t i = 0; i < f->config->n_clients; i++)
		f->clients[i].released = f->clients[i].refused = 0;
	f->strangers.released = f->strangers.refused = 0;
}

/* Releases those that have waited longest.  One that is held again at once
 * waits behind all others. */
void
holds_release(struct front *f)
{
	struct ring free_ones, *next;

	ring_init(&free_ones);
	begin_anew(f);
	for (struct ring *link = f->held.after; link != &f->held; link = next) {
		struct connection *c = link->who;

		next = link->after;
		if (connection_payer(c)->released++ >= LIMIT_RELEASES)
			continue;
		ring_leave(link);
		ring_add(&free_ones, link, c);
	}
	for (struct connection *c; (c = ring_first(&free_ones)) != NULL;) {
		ring_leave(&c->held_ones);
		go_on(c);
	}
}
