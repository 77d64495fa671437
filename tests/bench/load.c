/*
 * load.c - the loop: epoll(7), TLS, and the arithmetic of the figures.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/load_int.h"

#define READ_MAX 32768     /* bytes of one read from TLS */
#define OUT_MAX (4u << 20) /* bytes waiting to be written */
#define DRAIN_US 5000000   /* longest wait for the last answers */

uint64_t
load_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* With a rate: is the next request due? */
static bool
is_due(const struct load *l)
{
	uint64_t span = load_now_us() - l->started_at;

	return l->plan->rate == 0 ||
	       l->asked < span * l->plan->rate / 1000000 + 1;
}

bool
load_next(struct load *l, struct bytes *ret_body)
{
	const struct load_plan *p = l->plan;

	if (!is_due(l))
		return false;
	if (l->next == p->n_bodies && p->cycle)
		l->next = 0;
	if (l->next == p->n_bodies || l->last_at >= l->end_at)
		return false;
	l->asked++;
	*ret_body = p->bodies[l->next++];
	return true;
}

void
load_done(struct load *l, int status, uint64_t started_at)
{
	uint64_t now = load_now_us();

	l->last_at = now;
	if (now < l->warm_at) {
		l->figures.warm++;
		return;
	}
	if (status / 100 == 2)
		l->figures.good++;
	else
		l->figures.refused++;
	if (l->n_samples < LOAD_SAMPLES_MAX)
		l->samples[l->n_samples++] = (uint32_t)(now - started_at);
}

static void
conn_close(struct load_conn *c, const struct load_protocol *protocol)
{
	if (c->own)
		protocol->close(c);
	SSL_free(c->ssl);
	if (c->fd >= 0)
		close(c->fd);
	buf_release(&c->out);
}

static err_t
conn_open(struct load_conn *c, struct load *l,
          const struct client_identity *identity,
          const struct load_protocol *protocol)
{
	*c = (struct load_conn){ .load = l, .out = buf_of(OUT_MAX) };
	c->fd = client_connect(l->plan->port);
	c->ssl = SSL_new(client_identity_tls(identity));
	if (c->fd < 0 || !c->ssl)
		return E_CLOSED;
	SSL_set_alpn_protos(c->ssl, (const uint8_t *)protocol->alpn,
	                    (unsigned)strlen(protocol->alpn));
	SSL_set_mode(c->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
	                             SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_set_read_ahead(c->ssl, 1);
	if (SSL_set_fd(c->ssl, c->fd) != 1 || SSL_connect(c->ssl) != 1)
		return E_CLOSED;
	struct epoll_event want = { .events = EPOLLIN, .data.ptr = c };
	if (fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0 ||
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &want) < 0)
		return E_IO;
	return protocol->open(c);
}

static void
conn_write(struct load_conn *c)
{
	c->blocked = false;
	while (c->out.len > 0 && !c->blocked && !c->over) {
		int n = SSL_write(c->ssl, c->out.data, (int)c->out.len);
		if (n > 0)
			buf_consume(&c->out, (size_t)n);
		else if (SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_WRITE)
			c->blocked = true;
		else
			c->over = true;
	}
}

static void
conn_read(struct load_conn *c, const struct load_protocol *protocol)
{
	static uint8_t in[READ_MAX];
	int n = 0;

	while (!c->over && (n = SSL_read(c->ssl, in, sizeof(in))) > 0)
		if (protocol->take(c, bytes_of(in, (size_t)n)) != OK)
			c->over = true;
	if (!c->over && SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ)
		c->over = true;
}

/* Asks for EPOLLOUT exactly while the socket takes less than there is. */
static void
conn_arm(struct load_conn *c)
{
	struct epoll_event want = {
		.events = c->blocked ? EPOLLIN | EPOLLOUT : EPOLLIN,
		.data.ptr = c,
	};
	bool armed = c->blocked;

	if (armed == c->armed && !c->over)
		return;
	c->armed = armed;
	(void)epoll_ctl(c->load->epoll, c->over ? EPOLL_CTL_DEL : EPOLL_CTL_MOD,
	                c->fd, &want);
}

static void
conn_turn(struct load_conn *c, const struct load_protocol *protocol)
{
	if (c->over)
		return;
	conn_read(c, protocol);
	do {
		if (!c->over && protocol->ask(c) != OK)
			c->over = true;
		if (c->over || c->out.len == 0)
			break;
		conn_write(c);
	} while (!c->blocked);
	conn_arm(c);
}

/* Until some connection has something, or with a rate for a moment. */
static int
wait_for(struct load *l, const struct load_conn *conns,
         struct epoll_event *ready)
{
	unsigned under_way = 0, n = l->plan->connections;

	for (unsigned i = 0; i < n; i++)
		under_way += conns[i].over ? 0 : conns[i].under_way;
	uint64_t now = load_now_us();
	bool waits = l->plan->rate > 0 && now < l->end_at;
	if ((under_way == 0 && !waits) || now > l->end_at + DRAIN_US)
		return -1;
	return epoll_wait(l->epoll, ready, LOAD_CONNECTIONS_MAX,
	                  waits ? 1 : 1000);
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
finish(struct load *l, const struct load_conn *conns)
{
	for (unsigned i = 0; i < l->plan->connections; i++)
		l->figures.lost += conns[i].under_way;
	l->figures.span_us = l->last_at - l->warm_at;
	if (l->n_samples == 0)
		return;
	qsort(l->samples, l->n_samples, sizeof(*l->samples), compare);
	l->figures.p50_us = l->samples[l->n_samples / 2];
	l->figures.p99_us = l->samples[l->n_samples * 99 / 100];
}

static void
all_turn(struct load *l, struct load_conn *conns,
         const struct load_protocol *protocol)
{
	for (unsigned i = 0; i < l->plan->connections; i++)
		conn_turn(&conns[i], protocol);
}

static void
run(struct load *l, struct load_conn *conns,
    const struct load_protocol *protocol)
{
	static struct epoll_event ready[LOAD_CONNECTIONS_MAX];
	int n = 0;

	l->started_at = l->last_at = load_now_us();
	l->warm_at = l->started_at + (uint64_t)l->plan->warm_ms * 1000;
	l->end_at = l->warm_at + (uint64_t)l->plan->for_ms * 1000;
	all_turn(l, conns, protocol);
	while ((n = wait_for(l, conns, ready)) >= 0) {
		for (int i = 0; i < n; i++)
			conn_turn(ready[i].data.ptr, protocol);
		if (l->plan->rate > 0)
			all_turn(l, conns, protocol);
	}
	finish(l, conns);
}

err_t
load_run(const struct load_plan *plan, struct load_figures *ret_figures)
{
	const struct load_protocol *protocol = plan->h2 ? &load_h2 : &load_h1;
	static struct load_conn conns[LOAD_CONNECTIONS_MAX];
	struct load l = { .plan = plan };
	unsigned opened = 0;
	err_t err = OK;

	if (plan->connections > LOAD_CONNECTIONS_MAX)
		return E_LIMIT;
	l.samples = calloc(LOAD_SAMPLES_MAX, sizeof(*l.samples));
	l.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!l.samples || l.epoll < 0) {
		free(l.samples);
		if (l.epoll >= 0)
			close(l.epoll);
		return E_NOMEM;
	}
	for (; opened < plan->connections && err == OK; opened++)
		err = conn_open(&conns[opened], &l,
		                plan->other && opened % 2 ? plan->other
		                                          : plan->identity,
		                protocol);
	if (err == OK)
		run(&l, conns, protocol);
	for (unsigned i = 0; i < opened; i++)
		conn_close(&conns[i], protocol);
	free(l.samples);
	close(l.epoll);

	if (err == OK)
		*ret_figures = l.figures;
	return err;
}

uint64_t
load_rate(const struct load_figures *f)
{
	return f->span_us ? f->good * 1000000 / f->span_us : 0;
}
