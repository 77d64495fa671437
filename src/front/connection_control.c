/*
 * connection_control.c - the operations on a connection for the code that
 * reads, sweeps, admits or answers it.
 *
 * This file knows no protocol, handshake or rule; the others call it.
 */
#include "front/connection.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/clock.h"
#include "front/front.h"
#include "front/limits.h"

struct client *
connection_payer(const struct connection *c)
{
	return c->client ? c->client : &c->front->strangers;
}

void
connection_read_on(struct connection *c)
{
	bool kept = (c->held || c->waits) && c->state == CONNECTION_OPEN;

	if (c->paused || kept || c->state == CONNECTION_DOOMED)
		return;
	(void)bufferevent_enable(c->bev, EV_READ);
	if (evbuffer_get_length(bufferevent_get_input(c->bev)) > 0)
		bufferevent_trigger(c->bev, EV_READ,
		                    BEV_TRIG_IGNORE_WATERMARKS);
}

void
connection_dirty(struct connection *c)
{
	if (c->is_dirty || c->state != CONNECTION_OPEN)
		return;
	c->is_dirty = true;
	c->next_dirty = c->front->dirty;
	c->front->dirty = c;
}

void
connection_linger(struct connection *c)
{
	if (c->state != CONNECTION_OPEN)
		return;
	c->state = CONNECTION_LINGERING;
	c->began_at = clock_mono_ms();
	if (c->held || c->waits) /* further input must be dropped */
		(void)bufferevent_enable(c->bev, EV_READ);
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		bufferevent_trigger(c->bev, EV_WRITE,
		                    BEV_TRIG_IGNORE_WATERMARKS);
}

/* Releases its count of memory: see flow.h. */
static void
forget_kept(struct connection *c)
{
	connection_payer(c)->kept -= c->kept;
	c->front->flow.kept -= c->kept;
	c->kept = 0;
}

void
connection_doom(struct connection *c)
{
	if (c->state == CONNECTION_DOOMED)
		return;
	if (c->state == CONNECTION_HANDSHAKE)
		ring_leave(&c->handshakes);
	c->state = CONNECTION_DOOMED;
	twins_leave(&c->front->twins, c->twin);
	forget_kept(c);
	(void)bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	c->next_doomed = c->front->doomed;
	c->front->doomed = c;
}

bool
connection_bear(struct connection *c)
{
	if (++c->meter.small <= LIMIT_SMALL)
		return true;
	metrics_add(&c->front->metrics, METRIC_HTTP_REFUSED, 1);
	connection_doom(c);
	return false;
}

void
connection_forgive(struct connection *c)
{
	unsigned due = LIMIT_SMALL_REQUEST;

	c->meter.small -= c->meter.small < due ? c->meter.small : due;
}
