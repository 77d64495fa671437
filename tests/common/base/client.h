/*
 * client.h - a backend's end of the wire: TLS 1.3, mutual, HTTP/1.1.
 *
 * Blocking, one request at a time on a connection that stays open.  A request
 * can be sent in two halves, so that a test first fills many connections and
 * then completes all requests within microseconds.
 *
 * Threads     An identity is shared by all; a client belongs to one thread.
 * Loss        A connection that broke says CLIENT_LOST ever after; its owner
 *             frees it and opens another.
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

/* PEM files: who is trusted, who this client is.  certificate and key may be
 * NULL: a client without one.  E_CONFIG: a file is bad. */
MUST_CHECK err_t client_identity_new(const char *ca, const char *certificate,
                                     const char *key,
                                     struct client_identity **ret_identity);
void client_identity_free(struct client_identity *id); /* accepts NULL */
DEFINE_AUTO(struct client_identity *, client_identity_free);

/* The SSL_CTX inside, for load generators; ALPN is left to them. */
struct ssl_ctx_st *client_identity_tls(const struct client_identity *id);

/* A TCP connection to loopback, TCP_NODELAY set; -1 when refused. */
int client_connect(uint16_t port);

/* Connects and shakes hands.  E_CLOSED: nobody there, or refused. */
MUST_CHECK err_t client_open(const struct client_identity *id, uint16_t port,
                             struct client **ret_client);
void client_free(struct client *c); /* accepts NULL */
DEFINE_AUTO(struct client *, client_free);

/* Sends a request but for its last byte; then that byte; then waits.  The
 * answer's status, or CLIENT_LOST; body may be NULL, else it is replaced. */
void client_begin(struct client *c, const char *method, const char *path,
                  struct bytes body);
void client_finish(struct client *c);
int client_receive(struct client *c, struct buf *body);

/* Retry-After of the last answer, in seconds; 0: it had none. */
unsigned client_retry_after(const struct client *c);

/* All three. */
int client_exchange(struct client *c, const char *method, const char *path,
                    struct bytes body, struct buf *answer);

#endif
