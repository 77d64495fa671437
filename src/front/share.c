/*
 * share.c - see share.h.
 */
#include "front/share.h"

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "wire/channel.h"
#include "front/connection.h"
#include "front/front.h"
#include "front/limits.h"

void
shares_heard(struct front *f)
{
	for (size_t i = 0; i < f->n_edges; i++)
		f->behind_next |= channel_behind(f->edges[i]->channel);
}

static bool
has_share(const struct front *f, const struct client *payer)
{
	if (payer->turn == f->turn && payer->turn_bytes >= LIMIT_TURN_BYTES)
		return false;
	return !f->behind || payer->under_way < LIMIT_TURN_UNDER_WAY;
}

bool
share_take(struct connection *c, size_t n)
{
	struct front *f = c->front;
	struct client *payer = connection_payer(c);

	if (!has_share(f, payer)) {
		c->waits = true;
		(void)bufferevent_disable(c->bev, EV_READ);
		ring_add(&f->waiting, &c->waiting, c);
		return false;
	}
	if (payer->turn != f->turn) {
		payer->turn = f->turn;
		payer->turn_bytes = 0;
	}
	payer->turn_bytes += n;
	return true;
}

bool
shares_wait(const struct front *f)
{
	return ring_first(&f->waiting) != NULL;
}

void
shares_turn(struct front *f)
{
	struct ring all;

	f->turn++;
	f->behind = f->behind_next;
	f->behind_next = false;
	ring_move(&all, &f->waiting);
	for (struct connection *c; (c = ring_first(&all)) != NULL;) {
		ring_leave(&c->waiting);
		c->waits = false;
		connection_read_on(c);
	}
}
