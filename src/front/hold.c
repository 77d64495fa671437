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

#include "connection.h"
#include "front.h"
#include "limits.h"

struct client *
connection_payer(const struct connection *c)
{
	return c->client ? c->client : &c->front->strangers;
}

static void
enqueue_held(struct connection *c)
{
	struct front *f = c->front;

	if (f->held)
		f->held_last->next_held = c;
	else
		f->held = c;
	f->held_last = c;
}

static struct connection *
take_held(struct front *f)
{
	struct connection *all = f->held;

	f->held = f->held_last = NULL;
	return all;
}

void
connection_hold(struct connection *c)
{
	if (c->held || c->state != CONNECTION_OPEN ||
	    ++connection_payer(c)->refused <= LIMIT_REFUSALS)
		return;
	c->held = true;
	(void)bufferevent_disable(c->bev, EV_READ);
	enqueue_held(c);
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
	struct connection *all = take_held(f), *free_ones = NULL;
	struct connection **end = &free_ones;

	begin_anew(f);
	while (all) {
		struct connection *c = all;

		all = c->next_held;
		c->next_held = NULL;
		if (connection_payer(c)->released++ < LIMIT_RELEASES) {
			*end = c;
			end = &c->next_held;
		} else {
			enqueue_held(c);
		}
	}
	while (free_ones) {
		struct connection *c = free_ones;

		free_ones = c->next_held;
		c->next_held = NULL;
		go_on(c);
	}
}

void
hold_forget(struct connection *gone)
{
	struct front *f = gone->front;
	struct connection *all = gone->held ? take_held(f) : NULL;

	while (all) {
		struct connection *c = all;

		all = c->next_held;
		c->next_held = NULL;
		if (c != gone)
			enqueue_held(c);
	}
}
