/*
 * raw_client.c - see raw_client.h.
 */
#include "tests/common/base/raw_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

struct raw {
	SSL *ssl;
	int fd;
	size_t len;       /* bytes in `in` */
	size_t taken;     /* of the last answer */
	char problem[64]; /* raw_problem()'s answer */
	char head[16384];
	char *body;
	char in[RAW_ANSWER_MAX + 1];
};

static bool
handshake(struct raw *c, const char *alpn)
{
	unsigned char list[32];
	size_t len = alpn ? strlen(alpn) : 0;

	if (alpn) {
		list[0] = (unsigned char)len;
		memcpy(list + 1, alpn, len);
		SSL_set_alpn_protos(c->ssl, list, (unsigned)len + 1);
	}
	SSL_set1_host(c->ssl, "localhost");
	return SSL_set_fd(c->ssl, c->fd) == 1 && SSL_connect(c->ssl) == 1;
}

struct raw *
raw_open(const struct client_identity *id, uint16_t port, const char *alpn)
{
	const struct timeval patience = { .tv_sec = 5 };
	AUTO(raw_free) struct raw *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->fd = client_connect(port);
	if (c->fd < 0)
		return NULL;
	(void)setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	                 sizeof(patience));
	c->ssl = SSL_new(client_identity_tls(id));
	if (!c->ssl || !handshake(c, alpn)) {
		ERR_clear_error();
		return NULL;
	}
	return TAKE(c);
}

void
raw_free(struct raw *c)
{
	if (!c)
		return;
	ERR_clear_error();
	SSL_free(c->ssl);
	if (c->fd >= 0)
		close(c->fd);
	free(c->body);
	free(c);
}

SSL *
raw_tls(struct raw *c)
{
	return c->ssl;
}

bool
raw_send(struct raw *c, struct bytes v)
{
	return SSL_write(c->ssl, v.data, (int)v.len) == (int)v.len;
}

/* More input; false: the connection is over. */
static bool
fill(struct raw *c)
{
	int n = SSL_read(c->ssl, c->in + c->len,
	                 (int)(RAW_ANSWER_MAX - c->len));

	if (n <= 0) {
		ERR_clear_error();
		return false;
	}
	c->len += (size_t)n;
	c->in[c->len] = '\0';
	return true;
}

static void
drop_last(struct raw *c)
{
	memmove(c->in, c->in + c->taken, c->len - c->taken + 1);
	c->len -= c->taken;
	c->taken = 0;
	free(c->body);
	c->body = NULL;
	c->head[0] = '\0';
}

int
raw_receive(struct raw *c)
{
	char *end;

	drop_last(c);
	while (!(end = strstr(c->in, "\r\n\r\n")))
		if (!fill(c))
			return 0;

	size_t head = (size_t)(end - c->in) + 4;
	(void)snprintf(c->head, sizeof(c->head), "%.*s", (int)head, c->in);
	const char *field = strstr(c->head, "content-length: ");
	size_t body = field ? strtoul(field + 16, NULL, 10) : 0;
	while (c->len < head + body)
		if (!fill(c))
			return 0;

	c->body = strndup(c->in + head, body);
	c->taken = head + body;
	return (int)strtol(c->head + strlen("HTTP/1.1 "), NULL, 10);
}

const char *
raw_head(const struct raw *c)
{
	return c->head;
}

const char *
raw_body(const struct raw *c)
{
	return c->body ? c->body : "";
}

bool
raw_closed(struct raw *c)
{
	char byte;
	int n = SSL_read(c->ssl, &byte, 1);
	int why = SSL_get_error(c->ssl, n);

	ERR_clear_error();
	return n <= 0 && why != SSL_ERROR_WANT_READ;
}

int
raw_ask(struct raw *c, const char *text)
{
	return raw_send(c, bytes_of_str(text)) ? raw_receive(c) : 0;
}

bool
raw_send_get(struct raw *c, const char *path)
{
	AUTO(buf_release) struct buf text = buf_of(RAW_ANSWER_MAX);

	buf_printf(&text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
	return raw_send(c, buf_bytes(&text));
}

int
raw_get(struct raw *c, const char *path)
{
	return raw_send_get(c, path) ? raw_receive(c) : 0;
}

bool
raw_send_post(struct raw *c, const char *path, const char *body)
{
	AUTO(buf_release) struct buf text = buf_of(RAW_ANSWER_MAX);

	buf_printf(&text,
	           "POST %s HTTP/1.1\r\nHost: localhost\r\n"
	           "Content-Type: application/json\r\n"
	           "Content-Length: %zu\r\n\r\n",
	           path, strlen(body));
	buf_append_str(&text, body);
	return raw_send(c, buf_bytes(&text));
}

int
raw_post(struct raw *c, const char *path, const char *body)
{
	return raw_send_post(c, path, body) ? raw_receive(c) : 0;
}

const char *
raw_problem(struct raw *c)
{
	static const char mark[] = "urn:x-anchord:problem:";
	const char *at = strstr(raw_body(c), mark);

	c->problem[0] = '\0';
	if (at) {
		at += sizeof(mark) - 1;
		(void)snprintf(c->problem, sizeof(c->problem), "%.*s",
		               (int)strcspn(at, "\""), at);
	}
	return c->problem;
}
