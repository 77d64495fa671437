/*
 * connection.c - see connection.h.
 */
#include "front/connection.h"

#include <stdlib.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <unistd.h>

#include "base/clock.h"
#include "front/flow.h"
#include "front/front.h"
#include "front/limits.h"
#include "front/api/rights.h"
#include "front/share.h"
#include "front/tls.h"

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);

	if (c->state == CONNECTION_OPEN &&
	    (flow_pause(c) || !share_take(c, evbuffer_get_length(in))))
		return;
	if (c->state == CONNECTION_OPEN)
		c->protocol->receive(c, in);
	else
		(void)evbuffer_drain(in, evbuffer_get_length(in));
}

/* The kernel has taken all output. */
static void
on_write(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;

	flow_resume(c);
	if (c->state == CONNECTION_OPEN)
		connection_dirty(c);
	if (c->state == CONNECTION_LINGERING && !c->goodbye) {
		c->goodbye = true;
		tls_goodbye(bufferevent_openssl_get_ssl(bev));
		(void)shutdown(bufferevent_getfd(bev), SHUT_WR);
	}
}

static err_t
identify_client(struct connection *c)
{
	AUTO(tls_peer_release) struct tls_peer peer = { 0 };
	struct front *f = c->front;

	TRY(tls_peer(bufferevent_openssl_get_ssl(c->bev), &peer));
	memcpy(c->fingerprint, peer.fingerprint, HASH_SIZE);
	c->chain = peer.chain;
	if (!admission_holds(c))
		return E_DENIED;
	c->leave_at = admission_age(c);
	TRY(twins_join(&f->twins, c->fingerprint, f->config->connections_client,
	               &c->twin));

	size_t i = rights_client(
	        f->config, (struct rights_names){ peer.n_names, peer.names });
	c->client = i < f->config->n_clients ? &f->clients[i] : NULL;
	return OK;
}

static void
open_connection(struct connection *c)
{
	struct ssl_st *ssl = bufferevent_openssl_get_ssl(c->bev);
	err_t err = identify_client(c);

	if (err == OK) {
		c->protocol =
		        tls_chose_h2(ssl) ? &protocol_http2 : &protocol_http1;
		ring_leave(&c->handshakes);
		c->state = CONNECTION_OPEN;
		err = c->protocol->open(c);
	}
	if (err == OK)
		return;
	if (err == E_LIMIT)
		metrics_add(&c->front->metrics, METRIC_CONNECTIONS_REFUSED, 1);
	tls_goodbye(ssl);
	connection_doom(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct connection *c = arg;

	(void)bev;
	if (c->state == CONNECTION_DOOMED)
		return;
	if (what & BEV_EVENT_CONNECTED) {
		c->progress_at = clock_mono_ms();
		open_connection(c);
		return;
	}
	if (c->state == CONNECTION_HANDSHAKE)
		metrics_add(&c->front->metrics, METRIC_HANDSHAKES_FAILED, 1);
	else if (c->meter.flooded)
		metrics_add(&c->front->metrics, METRIC_HTTP_REFUSED, 1);
	connection_doom(c);
}

static void
link_connection(struct front *f, struct connection *c)
{
	c->before = f->last;
	if (f->last)
		f->last->after = c;
	else
		f->first = c;
	f->last = c;
	f->n_connections++;
	metrics_set(&f->metrics, METRIC_CONNECTIONS_OPEN, f->n_connections);
}

static void
unlink_connection(struct front *f, struct connection *c)
{
	if (c->before)
		c->before->after = c->after;
	else
		f->first = c->after;
	if (c->after)
		c->after->before = c->before;
	else
		f->last = c->before;
	f->n_connections--;
	metrics_set(&f->metrics, METRIC_CONNECTIONS_OPEN, f->n_connections);
}

/* The bufferevent owns descriptor and session once it exists. */
static struct bufferevent *
bufferevent_for(struct front *f, int fd, struct tls_meter *meter)
{
	struct ssl_st *ssl = tls_session(f->tls, meter);

	if (!ssl)
		return NULL;

	struct bufferevent *bev = bufferevent_openssl_socket_new(
	        f->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
	        BEV_OPT_CLOSE_ON_FREE);
	if (!bev)
		tls_session_free(ssl);
	return bev;
}

void
connection_accept(struct front *f, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));
	struct bufferevent *bev = c ? bufferevent_for(f, fd, &c->meter) : NULL;

	if (!bev) {
		free(c);
		close(fd);
		return;
	}

	c->front = f;
	c->bev = bev;
	c->began_at = c->progress_at = clock_mono_ms();
	link_connection(f, c);
	ring_add(&f->handshakes, &c->handshakes, c);
	metrics_add(&f->metrics, METRIC_CONNECTIONS, 1);
	bufferevent_setcb(bev, on_read, on_write, on_event, c);
	bufferevent_setwatermark(bev, EV_READ, 0, LIMIT_INPUT);
	(void)bufferevent_enable(bev, EV_READ | EV_WRITE);
}

void
connections_write(struct front *f)
{
	while (f->dirty) {
		struct connection *c = f->dirty;

		f->dirty = c->next_dirty;
		c->is_dirty = false;
		if (c->state == CONNECTION_OPEN)
			c->protocol->write(c, bufferevent_get_output(c->bev));
		flow_buffers(c);
	}
}

/* Output that the client has not read is dropped in the kernel, too. */
static void
cut_off(const struct connection *c)
{
	static const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (evbuffer_get_length(bufferevent_get_output(c->bev)) > 0)
		(void)setsockopt(bufferevent_getfd(c->bev), SOL_SOCKET,
		                 SO_LINGER, &now, sizeof(now));
}

static void
bury_connection(struct front *f, struct connection *c)
{
	ring_leave(&c->held_ones);
	ring_leave(&c->waiting);
	if (c->protocol)
		c->protocol->release(c);
	cut_off(c);
	bufferevent_free(c->bev);
	unlink_connection(f, c);
	free(c);
}

bool
connections_bury(struct front *f)
{
	bool any = f->doomed != NULL;

	while (f->doomed) {
		struct connection *c = f->doomed;

		f->doomed = c->next_doomed;
		bury_connection(f, c);
	}
	return any;
}

/* True when the time limit of the state has passed. */
static bool
is_overdue(struct connection *c, uint64_t now)
{
	switch (c->state) {
	case CONNECTION_HANDSHAKE:
		return elapsed_ms(now, c->began_at) > LIMIT_HANDSHAKE_MS;
	case CONNECTION_LINGERING:
		return elapsed_ms(now, c->began_at) > LIMIT_LINGER_MS;
	case CONNECTION_OPEN:
		return flow_stalls(c, now);
	case CONNECTION_DOOMED:
		break;
	}
	return false;
}

static void
sweep_connection(struct connection *c, uint64_t now)
{
	struct metrics *m = &c->front->metrics;

	if (c->state == CONNECTION_OPEN)
		c->protocol->sweep(c, now);
	admission_sweep(c, now);
	if (!is_overdue(c, now))
		return;
	if (c->state == CONNECTION_HANDSHAKE)
		metrics_add(m, METRIC_HANDSHAKES_FAILED, 1);
	else if (c->state == CONNECTION_OPEN)
		metrics_add(m, METRIC_TIMEOUTS, 1);
	connection_doom(c);
}

/* No connection is unlinked during an iteration, so the list does not
 * change. */
void
connections_sweep(struct front *f, uint64_t now)
{
	holds_release(f);
	for (struct connection *c = f->first; c; c = c->after)
		sweep_connection(c, now);
}

bool
connections_make_room(struct front *f)
{
	struct connection *oldest = ring_first(&f->handshakes);

	if (oldest)
		connection_doom(oldest);
	return oldest != NULL;
}
