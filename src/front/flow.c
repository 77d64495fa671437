/*
 * flow.c - see flow.h.
 */
#include "front/flow.h"

#include <malloc.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>

#include "base/clock.h"
#include "front/connection.h"
#include "front/front.h"
#include "front/limits.h"
#include "front/memory/pool.h"
#include "front/tls.h"

/* The connection of that client with the most memory. */
static struct connection *
find_greediest(struct front *f, const struct client *payer)
{
	struct connection *worst = NULL;

	for (struct connection *c = f->first; c; c = c->after)
		if (connection_payer(c) == payer && c->kept > 0 &&
		    (!worst || c->kept > worst->kept))
			worst = c;
	return worst;
}

static const struct client *
find_greediest_client(const struct front *f)
{
	const struct client *worst = &f->strangers;

	for (size_t i = 0; i < f->config->n_clients; i++)
		if (f->clients[i].kept > worst->kept)
			worst = &f->clients[i];
	return worst;
}

static void
end_greedy_connection(struct connection *c)
{
	if (!c)
		return;
	metrics_add(&c->front->metrics, METRIC_KEPT_REFUSED, 1);
	connection_doom(c);
}

void
flow_keep(struct connection *c, size_t n)
{
	struct front *f = c->front;
	struct client *payer = connection_payer(c);

	if (c->state == CONNECTION_DOOMED)
		return;
	c->kept += n;
	payer->kept += n;
	f->flow.kept += n;
	if (f->flow.kept > f->flow.most)
		f->flow.most = f->flow.kept;
	if (c->kept > LIMIT_KEPT_CONNECTION)
		end_greedy_connection(c);
	else if (payer->kept > LIMIT_KEPT_CLIENT)
		end_greedy_connection(find_greediest(f, payer));
	if (f->flow.kept > LIMIT_KEPT)
		end_greedy_connection(
		        find_greediest(f, find_greediest_client(f)));
}

void
flow_drop(struct connection *c, size_t n)
{
	if (c->state == CONNECTION_DOOMED)
		return; /* was forgotten before */
	c->kept -= n;
	connection_payer(c)->kept -= n;
	c->front->flow.kept -= n;
}

void
flow_buffers(struct connection *c)
{
	size_t now = evbuffer_get_length(bufferevent_get_output(c->bev));
	size_t before = c->buffered;

	/* unread input counts, too, since it may stay unread */
	if (c->paused)
		now += evbuffer_get_length(bufferevent_get_input(c->bev));
	c->buffered = now;
	if (now > before)
		flow_keep(c, now - before);
	else
		flow_drop(c, before - now);
}

bool
flow_pause(struct connection *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	if (evbuffer_get_length(out) < c->protocol->output_most)
		return false;
	(void)bufferevent_disable(c->bev, EV_READ);
	c->paused = true;
	flow_buffers(c);
	return true;
}

void
flow_resume(struct connection *c)
{
	bool paused = c->paused;

	c->progress_at = clock_mono_ms();
	c->taken = 0;
	c->paused = false;
	flow_buffers(c);
	if (paused)
		connection_read_on(c);
}

/* A client's requests do not show what it reads, so only bytes that were sent
 * count; many small answers are counted by flow_resume(). */
bool
flow_stalls(struct connection *c, uint64_t now)
{
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0) {
		c->progress_at = now;
		c->taken = 0;
		return false;
	}

	uint64_t taken = tls_written(bufferevent_openssl_get_ssl(c->bev));
	if (c->taken == 0 || taken - c->taken >= LIMIT_TAKE_BYTES) {
		c->progress_at = now;
		c->taken = taken;
	}
	return elapsed_ms(now, c->progress_at) > LIMIT_TAKE_MS;
}

/* Approximately the maximum of memory that was needed since the last check. */
static size_t
measure_burden(struct front *f)
{
	size_t most = f->flow.most;

	f->flow.most = f->flow.kept;
	return most + f->n_connections * LIMIT_CONNECTION_COST +
	       pending_count(f->pending) * LIMIT_QUESTION_COST;
}

void
flow_ebb(struct front *f, uint64_t now)
{
	struct flow *flow = &f->flow;
	size_t b = measure_burden(f);

	if (b > flow->recent)
		flow->recent = b;
	if (elapsed_ms(now, flow->ebb_at) < LIMIT_EBB_MS)
		return;
	if (flow->recent > flow->peak)
		flow->peak = flow->recent;
	if (flow->peak > flow->recent + LIMIT_EBB_LEAST &&
	    flow->peak / 2 > flow->recent) {
		flow->peak = flow->recent;
		pool_trim();
		(void)malloc_trim(0);
	}
	flow->recent = 0;
	flow->ebb_at = now;
}
