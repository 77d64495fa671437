/*
 * listen.c - see listen.h.
 */
#include "supervisor/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "base/auto.h"
#include "base/log.h"

#define LISTEN_BACKLOG 1024 /* connections that wait for a front */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Returns the length of the address; 0: text is neither IPv4 nor IPv6. */
static socklen_t
parse_listen_address(const struct config *c, union address *out)
{
	uint16_t port = htons((uint16_t)c->listen_port);

	*out = (union address){ 0 };
	if (inet_pton(AF_INET, c->listen_address, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = port;
		return sizeof(out->v4);
	}
	if (inet_pton(AF_INET6, c->listen_address, &out->v6.sin6_addr) == 1) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = port;
		return sizeof(out->v6);
	}
	return 0;
}

/* Logs the port, which the kernel may have chosen. */
static void
log_address(int fd, const char *address)
{
	union address a;
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.any, &len) < 0)
		return;
	uint16_t port = ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port
	                                                  : a.v4.sin_port);
	log_event(LOG_INFO, "listening", LOG_STR("address", address),
	          LOG_U64("port", port));
}

static err_t
no_address(const struct config *c, struct buf *why)
{
	buf_printf(why, "listen.address: %s is not an IP address",
	           c->listen_address);
	return E_CONFIG;
}

err_t
listen_check(const struct config *c, struct buf *why)
{
	union address a;

	return parse_listen_address(c, &a) == 0 ? no_address(c, why) : OK;
}

static err_t
make_listener(const struct config *c, int *ret_fd, struct buf *why)
{
	const int on = 1;
	union address a;
	socklen_t len = parse_listen_address(c, &a);

	if (len == 0)
		return no_address(c, why);
	int fd = socket(a.any.sa_family,
	                SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, &a.any, len) < 0 || listen(fd, LISTEN_BACKLOG) < 0) {
		buf_printf(why, "listen.address %s, port %u: %s",
		           c->listen_address, c->listen_port,
		           strerrordesc_np(errno));
		if (fd >= 0)
			close(fd);
		return E_CONFIG;
	}
	*ret_fd = fd;
	return OK;
}

static err_t
take_passed(int fd, int *ret_fd, struct buf *why)
{
	int flags = fcntl(fd, F_GETFL);

	if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0 || flags < 0 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		buf_append_str(why, "the socket that systemd passed is not a "
		                    "listening stream socket");
		return E_CONFIG;
	}
	*ret_fd = fd;
	return OK;
}

err_t
listen_open(const struct config *c, int *ret_fd, struct buf *why)
{
	int passed = sd_listen_fds(1);

	if (passed > 1) {
		buf_append_str(why, "systemd passed more than one socket");
		return E_CONFIG;
	}
	if (passed == 1)
		TRY(take_passed(SD_LISTEN_FDS_START, ret_fd, why));
	else
		TRY(make_listener(c, ret_fd, why));
	log_address(*ret_fd, passed == 1 ? "passed" : c->listen_address);
	return OK;
}
