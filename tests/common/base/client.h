/*
 * client.h - a backend for tests: mutual TLS 1.3 and HTTP/1.1.
 *
 * The client blocks and sends one request at a time on a persistent connection.
 * A request can be sent in two parts, so that a test first prepares many
 * connections and then completes all requests within microseconds.
 *
 * Threads     Threads may share an identity; a client belongs to one thread.
 * Loss        A broken connection returns CLIENT_LOST from then on; its owner
 *             frees it and opens another one.
 */
#ifndef COMMON_BASE_CLIENT_H
#define COMMON_BASE_CLIENT_H

#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define CLIENT_LOST 0                /* instead of an HTTP status */
#define CLIENT_PATIENCE_S 20         /* longest wait for one answer */
#define CLIENT_ANSWER_MAX (1u << 20) /* bytes of an answer's body */

struct client_identity;
struct client;

/* PEM files: the trusted CA, and this client's certificate and key, both NULL
 * for a client without a certificate.  E_CONFIG: a file is invalid. */
MUST_CHECK err_t client_identity_new(const char *ca, const char *certificate,
                                     const char *key,
                                     struct client_identity **ret_identity);
void client_identity_free(struct client_identity *id); /* accepts NULL */
DEFINE_AUTO(struct client_identity *, client_identity_free);

/* The identity's SSL_CTX, for load generators, which set ALPN themselves. */
struct ssl_ctx_st *client_identity_tls(const struct client_identity *id);

/* A TCP connection to loopback, TCP_NODELAY set; -1 when refused. */
int client_connect(uint16_t port);

/* Connects and completes the TLS handshake.  E_CLOSED: no server, or it
 * refused. */
MUST_CHECK err_t client_open(const struct client_identity *id, uint16_t port,
                             struct client **ret_client);
void client_free(struct client *c); /* accepts NULL */
DEFINE_AUTO(struct client *, client_free);

/* client_begin() sends a request without its last byte, client_finish() that
 * byte.  client_receive() waits for the answer and returns its status, or
 * CLIENT_LOST; body gets the answer's body, unless it is NULL. */
void client_begin(struct client *c, const char *method, const char *path,
                  struct bytes body);
void client_finish(struct client *c);
int client_receive(struct client *c, struct buf *body);

/* Retry-After of the last answer in seconds; 0: it was absent. */
unsigned client_retry_after(const struct client *c);

/* Does all three. */
int client_exchange(struct client *c, const char *method, const char *path,
                    struct bytes body, struct buf *answer);

#endif
