/*
 * client.c - see client.h.
 */
#include "tests/common/base/client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define HEAD_MAX 16384         /* bytes of an answer's head */
#define REQUEST_MAX (1u << 20) /* bytes of a request */

struct client_identity {
	SSL_CTX *tls;
};

struct client {
	SSL *ssl;
	int fd;
	int lost;
	unsigned retry_after;
	struct buf request; /* what client_begin() made */
	struct buf in;      /* received and not yet consumed */
};

err_t
client_identity_new(const char *ca, const char *certificate, const char *key,
                    struct client_identity **ret_identity)
{
	AUTO(client_identity_free)
	struct client_identity *id = calloc(1, sizeof(*id));
	if (!id)
		return E_NOMEM;

	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	/* A role that dies closes connections that we write to. */
	sigaction(SIGPIPE, &ignore, NULL);
	id->tls = SSL_CTX_new(TLS_client_method());
	if (!id->tls)
		return E_NOMEM;
	SSL_CTX_set_min_proto_version(id->tls, TLS1_3_VERSION);
	SSL_CTX_set_verify(id->tls, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_load_verify_locations(id->tls, ca, NULL) != 1)
		return E_CONFIG;
	if (certificate &&
	    SSL_CTX_use_certificate_chain_file(id->tls, certificate) != 1)
		return E_CONFIG;
	if (key &&
	    SSL_CTX_use_PrivateKey_file(id->tls, key, SSL_FILETYPE_PEM) != 1)
		return E_CONFIG;

	*ret_identity = TAKE(id);
	return OK;
}

void
client_identity_free(struct client_identity *id)
{
	if (!id)
		return;
	SSL_CTX_free(id->tls);
	free(id);
}

SSL_CTX *
client_identity_tls(const struct client_identity *id)
{
	return id->tls;
}

int
client_connect(uint16_t port)
{
	const struct timeval patience = { .tv_sec = CLIENT_PATIENCE_S };
	const int on = 1;
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static const uint8_t alpn_http1[] = "\x08http/1.1";

err_t
client_open(const struct client_identity *id, uint16_t port,
            struct client **ret_client)
{
	AUTO(client_free) struct client *c = calloc(1, sizeof(*c));
	if (!c)
		return E_NOMEM;

	c->request = buf_of(REQUEST_MAX);
	c->in = buf_of(CLIENT_ANSWER_MAX);
	c->fd = client_connect(port);
	if (c->fd < 0)
		return E_CLOSED;
	c->ssl = SSL_new(id->tls);
	if (!c->ssl)
		return E_NOMEM;
	SSL_set_alpn_protos(c->ssl, alpn_http1, sizeof(alpn_http1) - 1);
	SSL_set1_host(c->ssl, "localhost");
	if (SSL_set_fd(c->ssl, c->fd) != 1 || SSL_connect(c->ssl) != 1)
		return E_CLOSED;

	*ret_client = TAKE(c);
	return OK;
}

void
client_free(struct client *c)
{
	if (!c)
		return;
	if (c->ssl && !c->lost)
		SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	if (c->fd >= 0)
		close(c->fd);
	buf_release(&c->request);
	buf_release(&c->in);
	free(c);
}

static void
send_all(struct client *c, struct bytes v)
{
	if (c->lost || v.len == 0)
		return;
	if (SSL_write(c->ssl, v.data, (int)v.len) != (int)v.len)
		c->lost = 1;
}

void
client_begin(struct client *c, const char *method, const char *path,
             struct bytes body)
{
	buf_reset(&c->request);
	buf_printf(&c->request, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method,
	           path);
	if (body.len)
		buf_printf(&c->request,
		           "Content-Type: application/json\r\n"
		           "Content-Length: %zu\r\n",
		           body.len);
	buf_append_str(&c->request, "\r\n");
	buf_append(&c->request, body);
	if (buf_status(&c->request) != OK) {
		c->lost = 1;
		return;
	}
	send_all(c, bytes_of(c->request.data, c->request.len - 1));
}

void
client_finish(struct client *c)
{
	if (!c->lost)
		send_all(c, bytes_of(c->request.data + c->request.len - 1, 1));
}

/* More bytes into c->in; false: the connection is over. */
static int
fill(struct client *c)
{
	uint8_t chunk[16384];
	int n = SSL_read(c->ssl, chunk, sizeof(chunk));

	if (n <= 0)
		return 0;
	buf_append(&c->in, bytes_of(chunk, (size_t)n));
	return buf_status(&c->in) == OK;
}

/* The head's length with its empty line, 0 when it is not all there. */
static size_t
head_len(struct client *c)
{
	const char *text = buf_str(&c->in);
	const char *end = strstr(text, "\r\n\r\n");

	return end ? (size_t)(end - text) + 4 : 0;
}

/* The number in a header within the head, 0 without one. */
static size_t
header_number(const char *head, size_t len, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n < len; i++)
		if (strncasecmp(head + i, name, n) == 0)
			return strtoul(head + i + n, NULL, 10);
	return 0;
}

/* One whole answer in c->in; its status, *ret_* say where its body is. */
static int
read_answer(struct client *c, size_t *ret_head, size_t *ret_body)
{
	size_t head = head_len(c);

	while (head == 0) {
		if (c->in.len > HEAD_MAX || !fill(c))
			return CLIENT_LOST;
		head = head_len(c);
	}
	const char *text = buf_str(&c->in);
	if (strncmp(text, "HTTP/1.1 ", 9) != 0)
		return CLIENT_LOST;
	int status = (int)strtol(text + 9, NULL, 10);
	size_t body = header_number(text, head, "\r\ncontent-length:");
	c->retry_after =
	        (unsigned)header_number(text, head, "\r\nretry-after:");
	while (c->in.len < head + body)
		if (!fill(c))
			return CLIENT_LOST;

	*ret_head = head;
	*ret_body = body;
	return status;
}

int
client_receive(struct client *c, struct buf *body)
{
	size_t head = 0, len = 0;
	int status = c->lost ? CLIENT_LOST : read_answer(c, &head, &len);

	if (status == CLIENT_LOST) {
		c->lost = 1;
		return CLIENT_LOST;
	}
	if (body) {
		buf_reset(body);
		buf_append(body, bytes_of(c->in.data + head, len));
	}
	buf_consume(&c->in, head + len);
	return status;
}

unsigned
client_retry_after(const struct client *c)
{
	return c->retry_after;
}

int
client_exchange(struct client *c, const char *method, const char *path,
                struct bytes body, struct buf *answer)
{
	client_begin(c, method, path, body);
	client_finish(c);
	return client_receive(c, answer);
}
