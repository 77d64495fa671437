/*
 * listen.c - accepts connections from the socket that all fronts share.
 *
 * At the maximum the oldest unfinished handshake is ended, so that many peers
 * without a certificate cannot keep the others out.  If all connections have
 * finished theirs, a new one waits in the kernel's queue or goes to another
 * front.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "front/connection.h"
#include "front/front.h"
#include "front/limits.h"
#include "base/log.h"

static void
pause_listening(struct front *f)
{
	metrics_add(&f->metrics, METRIC_CONNECTIONS_REFUSED, 1);
	(void)event_del(f->listen_event);
}

static bool
connections_have_room(struct front *f)
{
	/* a doomed handshake counts until the iteration ends */
	if (f->n_connections < f->config->connections)
		return true;
	return f->n_connections < f->config->connections + LIMIT_ACCEPTS &&
	       connections_make_room(f);
}

/* Accepts a connection; false: no more for now. */
static bool
take_one(struct front *f, int listener)
{
	static const int on = 1;

	if (!connections_have_room(f)) {
		pause_listening(f);
		return false;
	}

	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		/* out of descriptors or memory: retry when one closes */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			pause_listening(f);
		return errno == EINTR || errno == ECONNABORTED;
	}

	/* TCP_NODELAY: small answers need not wait for an ACK */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	connection_accept(f, fd);
	return true;
}

static void
on_listen(evutil_socket_t listener, short what, void *arg)
{
	(void)what;
	for (int i = 0; i < LIMIT_ACCEPTS; i++)
		if (!take_one(arg, listener))
			return;
}

err_t
listen_start(struct front *f, int fd)
{
	if (fd < 0 || evutil_make_socket_nonblocking(fd) != 0)
		return E_CONFIG;

	f->listen_event =
	        event_new(f->base, fd, EV_READ | EV_PERSIST, on_listen, f);
	if (!f->listen_event)
		return E_NOMEM;
	return event_add(f->listen_event, NULL) == 0 ? OK : E_IO;
}

void
listen_room(struct front *f)
{
	if (f->n_connections < f->config->connections)
		(void)event_add(f->listen_event, NULL);
}
