/*
 * hold.c - connections that are not read for a while, because their client is
 * over its quota.
 *
 * An answer 429 costs this process nearly as much as a small answer 200, so a
 * client that does not care for its quota must wait where it costs nothing: in
 * the buffers of its own machine.  From one sweep to the next it is answered
 * LIMIT_REFUSALS times; whoever of its connections asks on is held.  Held ones
 * form a queue; each sweep lets LIMIT_RELEASES of each client go on.
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

/* Those that have waited longest.  Who is held anew at once waits behind all
 * the others. */
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
