/*
 * request.h - one HTTP request, whichever protocol it came by.
 *
 * The protocol fills it field by field, then calls request_run() when the
 * last byte is in.  From then on the request waits, if it must, for answers
 * from other processes, and request_respond() is called exactly once: at once,
 * or in a later turn of the loop.  When its carrier (a stream, a connection)
 * goes first, request_release() takes the open questions along and nobody is
 * answered.
 *
 * The first thing found wrong is kept in `refusal` and answered when the
 * request is complete, or at once when it is hopeless.
 *
 * Every request costs its client one of its quota, whatever it asks and however
 * it ends: it is charged when its head is there, or, when that never comes,
 * with its answer.  An answer that could not be paid for makes its connection
 * wait (connection_hold()).
 */
#ifndef FRONT_HTTP_REQUEST_H
#define FRONT_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "front/limits.h"
#include "front/json/problem.h"

struct client;
struct connection;
struct front;
struct request;
struct route;

/* Bits, so that a path can have a set of them. */
enum method {
	METHOD_OTHER = 0,
	METHOD_GET = 1,
	METHOD_POST = 2,
	METHOD_DELETE = 4,
	METHOD_HEAD = 8, /* of no path; its answers have no body */
};

struct response {
	unsigned status;
	const char *content_type;  /* static; NULL: no body */
	const char *cache_control; /* static */
	unsigned allow;            /* METHOD_ bits for Allow; 0: none */
	unsigned retry_after;      /* seconds; 0: none */
	struct bytes body;         /* borrowed for the call */
};

/* The protocol's half. */
struct responder {
	const char *protocol; /* "h2", "http/1.1" */
	void (*respond)(struct request *r, const struct response *response);
};

/* What a head says, until it is judged.  A connection has one: no protocol begins
 * a head before the one ahead of it is whole. */
struct request_head {
	char path[LIMIT_PATH];
	size_t path_len;
	size_t bytes; /* names, values and 32 for each field */
	unsigned n_fields;
	unsigned seen;         /* of HTTP/2: see http1_may_occur(), */
	char host[LIMIT_HOST]; /* and its :authority or Host */
	size_t host_len;
	bool json;    /* Content-Type is application/json */
	bool encoded; /* Content-Encoding is there */
};

/* Tens of thousands of these wait for a slow token, and none of them is in the
 * processor's caches then: what an answer needs stands together. */
struct request {
	struct front *front;
	struct client *client; /* NULL: the certificate names nobody we know */
	const struct responder *responder;
	const struct route *route; /* NULL until the path is known */
	uint64_t id;
	uint64_t began_at; /* monotonic */
	/* Open questions, see pending.h. */
	uint32_t question_first, question_last;

	enum method method;
	bool running;    /* request_run() was called */
	bool answered;   /* request_respond() was called */
	bool keeps_body; /* it may be read again */
	bool wants_cose; /* Accept names a COSE key set */
	struct buf body;
	struct buf *parts; /* answers so far, JSON, of an array of challenges */
	uint32_t n_parts, n_missing;

	uint8_t n_again; /* asked again, of another key holder */
	uint8_t allow;   /* METHOD_ bits that the path has */
	bool charged;    /* its client's quota was asked for its price */
	bool paid;       /* and had it */
	enum problem refusal;
	const char *refusal_detail; /* static */
	uint64_t length;            /* Content-Length, or 0 */
	struct bytes tail; /* what the route's path left over; from the pool */
	struct request_head *head; /* borrowed; NULL once it is judged */
};

/* For connection c; begins its head anew. */
void request_init(struct request *r, struct connection *c,
                  const struct responder *responder);

/* The head, in any order; values are copied or read at once. */
void request_method(struct request *r, struct bytes name);
void request_target(struct request *r, struct bytes target);
void request_field(struct request *r, struct bytes name, struct bytes value);

/* All fields are in: finds the route and judges what can be judged without
 * the body.  r->refusal tells. */
void request_head_done(struct request *r);

/* A piece of the body.  Dropped once the request is refused. */
void request_body(struct request *r, struct bytes piece);

/*
 * Refused, and its end may be long in coming or never come: to be answered
 * now.  Other refusals wait for the end, because many clients read no answer
 * while they are sending.
 */
bool request_is_hopeless(const struct request *r);

/* The whole request is there. */
void request_run(struct request *r);

/* Exactly one of these, once. */
void request_respond(struct request *r, const struct response *response);
void request_json(struct request *r, unsigned status, struct bytes body);
void request_problem(struct request *r, enum problem p, struct bytes detail);

/* Keeps the first refusal only; detail is static text or NULL. */
void request_refuse(struct request *r, enum problem p, const char *detail);

/* Frees what it owns and forgets its questions; the carrier owns the struct. */
void request_release(struct request *r);

#define REQUEST_ID_TEXT 17 /* hex and a NUL */
void request_id_text(const struct request *r, char out[static REQUEST_ID_TEXT]);

/* "GET", or "-" for one we do not know. */
const char *method_name(enum method m);

#endif
