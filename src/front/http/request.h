/*
 * request.h - an HTTP request, independent of the protocol version.
 *
 * The protocol fills it field by field and calls request_run() after the last
 * byte.  The request then waits, if necessary, for answers of other processes.
 * request_respond() is called exactly once, immediately or in a later iteration
 * of the loop.  If its stream or connection ends first, request_release()
 * abandons the open questions and there is no response.
 *
 * The first fault is kept in `refusal` and answered when the request is
 * complete, or immediately when request_is_hopeless().
 *
 * Every request costs its client one token of its quota, whatever it asks and
 * however it ends.  It is charged when its head is complete or, if that never
 * happens, with its answer.  A request that the quota did not cover delays its
 * connection (connection_hold()).
 */
#ifndef FRONT_HTTP_REQUEST_H
#define FRONT_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "front/limits.h"
#include "front/http/head.h"
#include "front/json/problem.h"

struct client;
struct connection;
struct front;
struct query;
struct request;
struct route;

/* Bits, so that a path can have a set of methods. */
enum method {
	METHOD_OTHER = 0,
	METHOD_GET = 1,
	METHOD_POST = 2,
	METHOD_DELETE = 4,
	METHOD_HEAD = 8, /* no path accepts it; its responses have no body */
};

struct response {
	unsigned status;
	const char *content_type, *cache_control; /* static; NULL: none */
	const char *etag;                         /* for the call; NULL: none */
	unsigned allow;       /* METHOD_ bits for Allow; 0: none */
	unsigned retry_after; /* seconds; 0: none */
	struct bytes body;    /* borrowed for the call */
};

/* The functions of a protocol. */
struct responder {
	const char *protocol; /* "h2", "http/1.1" */
	void (*respond)(struct request *r, const struct response *response);
};

/* The members that a response needs are adjacent: tens of thousands of these wait
 * for a slow token, outside of processor caches. */
struct request {
	struct front *front;
	struct client *client; /* NULL: the certificate names no client */
	const struct responder *responder;
	const struct route *route; /* NULL until the path is known */
	uint64_t id;
	uint64_t began_at; /* monotonic */
	/* Open questions, see pending.h. */
	uint32_t question_first, question_last;

	enum method method;
	bool running;    /* request_run() was called */
	bool answered;   /* request_respond() was called */
	bool keeps_body; /* the body may be read again */
	bool wants_cose; /* Accept names a COSE key set */
	struct buf body;
	struct buf *parts; /* JSON answers so far, for an array of challenges */
	uint32_t n_parts, n_missing;

	uint8_t n_again;   /* times asked again */
	uint8_t allow : 4; /* METHOD_ bits that the path accepts */
	/* enum accept_type, by Accept; ACCEPT_TYPES: no result is acceptable */
	uint8_t accepts : 4;
	bool charged; /* the quota was asked for its token */
	bool paid;    /* the quota had it */
	enum problem refusal;
	const char *refusal_detail; /* static */
	uint64_t length;            /* Content-Length, or 0 */
	/* The open segment of the path (route.h), or the query of a route that takes one;
	 * from the pool. */
	struct bytes tail;
	struct request_head *head; /* borrowed; NULL once it was checked */
};

/* For connection c, whose head starts empty. */
void request_init(struct request *r, struct connection *c,
                  const struct responder *responder);

/* The parts of the head, in any order; values are copied or parsed at once. */
void request_method(struct request *r, struct bytes name);
void request_target(struct request *r, struct bytes target);
void request_field(struct request *r, struct bytes name, struct bytes value);

/* All fields are there: finds the route and checks what does not need the
 * body.  Sets r->refusal on a fault. */
void request_head_done(struct request *r);

/* A part of the body; ignored once the request is refused. */
void request_body(struct request *r, struct bytes piece);

/*
 * True if the request is refused and its end may come late or never, so that it
 * must be answered now.  Other refusals wait for the end, because many clients
 * do not read a response while they send.
 */
bool request_is_hopeless(const struct request *r);

/* The request is complete. */
void request_run(struct request *r);

/* Exactly one of these must be called, once. */
void request_respond(struct request *r, const struct response *response);
void request_json(struct request *r, unsigned status, struct bytes body);
void request_problem(struct request *r, enum problem p, struct bytes detail);
/* The same, with that Retry-After. */
void request_problem_until(struct request *r, enum problem p,
                           struct bytes detail, unsigned retry_after_s);

/* Keeps the first refusal only; detail is static text or NULL. */
void request_refuse(struct request *r, enum problem p, const char *detail);

/* Frees what the request owns and abandons its questions.  The struct itself
 * belongs to the protocol's stream or session. */
void request_release(struct request *r);

/* The query by the table of r->route; false: it was refused and answered. */
bool request_query(struct request *r, struct query *ret_query);

#define REQUEST_ID_TEXT 17 /* hex and a NUL */
void request_id_text(const struct request *r, char out[static REQUEST_ID_TEXT]);

/* "GET", or "-" for an unknown method. */
const char *method_name(enum method m);

#endif
