/*
 * raw_client.h - a client that sends arbitrary bytes over TLS 1.3, for tests of
 * what a server refuses.  HTTP/2 is in h2_client.h.
 *
 * It blocks, with a time-out of five seconds for every read.
 */
#ifndef COMMON_BASE_RAW_CLIENT_H
#define COMMON_BASE_RAW_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "tests/common/base/client.h"

#define RAW_ANSWER_MAX (1024 * 1024)

struct raw;
struct ssl_st;

/* alpn is "h2", "http/1.1" or NULL for none.  Returns NULL when the handshake
 * failed.  In TLS 1.3 a server refuses a client's certificate only after the
 * client's handshake is complete: then the first read fails. */
struct raw *raw_open(const struct client_identity *id, uint16_t port,
                     const char *alpn);
void raw_free(struct raw *c); /* accepts NULL */
DEFINE_AUTO(struct raw *, raw_free);

struct ssl_st *raw_tls(struct raw *c);

bool raw_send(struct raw *c, struct bytes v);

/* Reads an HTTP/1.1 answer and returns its status; 0: the connection ended
 * first. */
int raw_receive(struct raw *c);

/* The head of the last answer, with its empty line, and its body. */
const char *raw_head(const struct raw *c);
const char *raw_body(const struct raw *c);

/* True when the server has closed, or closes within the time-out. */
bool raw_closed(struct raw *c);

/* Send a request, read the answer and return its status. */
int raw_ask(struct raw *c, const char *text);
int raw_get(struct raw *c, const char *path);
int raw_post(struct raw *c, const char *path, const char *body);

/* Send like raw_get() and raw_post(), and do not wait for the answer. */
bool raw_send_get(struct raw *c, const char *path);
bool raw_send_post(struct raw *c, const char *path, const char *body);

/* The code of the problem document in the last body, that is, what follows
 * urn:x-anchord:problem: in its type; "": none. */
const char *raw_problem(struct raw *c);

#endif
