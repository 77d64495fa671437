/*
 * h2_client.h - an HTTP/2 client for tests: submits requests, sends them, and
 * waits for answers.
 *
 * It blocks and uses raw_client.h.  Requests are numbered from 0 in the order
 * of their submission.
 */
#ifndef COMMON_BASE_H2_CLIENT_H
#define COMMON_BASE_H2_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "tests/common/base/client.h"

#define H2_REQUESTS_MAX 2048

struct h2;

struct h2_header {
	const char *name, *value;
};

/* A request; members may be NULL.  headers ends with a NULL name. */
struct h2_request {
	const char *method, *path, *body;
	const char *content_type; /* NULL: application/json with a body */
	const struct h2_header *headers;
	bool stay_open; /* without END_STREAM after the body */
	bool trailers;  /* with trailers after the body */
};

struct h2_answer {
	int status;     /* 0: none yet */
	uint32_t reset; /* error code with which the stream closed */
	bool ended;     /* the answer is complete */
	bool closed;
	char problem[64]; /* code, or "" */
	char id[32];      /* x-request-id */
	size_t body_len;
	char body[4096]; /* the beginning of the body */
};

struct h2 *h2_open(const struct client_identity *id, uint16_t port);
void h2_free(struct h2 *h); /* accepts NULL */
DEFINE_AUTO(struct h2 *, h2_free);

/* Returns the request's number. */
size_t h2_submit(struct h2 *h, const struct h2_request *r);

/* Resets a stream. */
void h2_reset(struct h2 *h, size_t number);

/* Ends a request that was submitted with stay_open. */
void h2_finish(struct h2 *h, size_t number);

/* Sends everything that was submitted; false: the connection has ended. */
bool h2_flush(struct h2 *h);

/* Reads until the answer to that request is complete, or its stream or the
 * connection has closed. */
const struct h2_answer *h2_wait(struct h2 *h, size_t number);

/* Reads until the server ends the connection; false: time-out. */
bool h2_ended(struct h2 *h);

/* Submits, flushes and waits. */
const struct h2_answer *h2_ask(struct h2 *h, const struct h2_request *r);

#endif
