/*
 * route.h - the table of endpoints.
 */
#ifndef FRONT_API_ROUTE_H
#define FRONT_API_ROUTE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "front/http/query.h"
#include "front/http/request.h"

enum route_body {
	BODY_NONE,        /* a body is refused */
	BODY_CHALLENGE,   /* JSON, config.body_challenge */
	BODY_ATTESTATION, /* JSON, config.body_attestation */
	BODY_ORDER,       /* JSON, LIMIT_ORDER */
	BODY_KNOWN,       /* JSON, LIMIT_KNOWN_BODY */
};

/* For a route that enrols devices: the columns of its row in formats.def. */
struct route_form {
	const char *format; /* the format's name; NULL: not such a route */
	/* The body's member with the statement; NULL: enrols by evidence. */
	const char *member;
};

struct route {
	enum method method;
	const char *path; /* {name} in it: any one segment */
	unsigned roles;   /* CLIENT_ bits; the client needs one of them */
	const char *name; /* for log and metrics */
	enum route_body body;
	void (*handle)(struct request *r);
	/* Called when the key holder that was asked is lost: asks the one in
	 * use for the answers that are missing.  False: the request has been
	 * repeated too often.  NULL for a handler that asks no key holder. */
	bool (*again)(struct request *r);
	struct route_form form;
	/* The parameters that the path takes; NULL: it takes no
	 * query.  Not for a path with {name}. */
	const struct query_param *query;
};

/* Any configured client. */
#define ROUTE_ANYBODY \
	(CLIENT_BACKEND | CLIENT_OFFICER | CLIENT_AUDITOR | CLIENT_MONITOR)

/* Clients that may have a tenant. */
#define ROUTE_TENANT (CLIENT_BACKEND | CLIENT_OFFICER)

struct route_match {
	const struct route *route; /* NULL: see methods */
	struct bytes tail;         /* what stands for {name}, or empty */
	unsigned methods;          /* methods of the path; 0: no such path */
};

/* path has no query. */
struct route_match route_find(enum method method, struct bytes path);

/* The row's index, for metrics; METRICS_ROUTES - 1 for NULL. */
unsigned route_number(const struct route *route);

/* Both functions, for request.c, which must not depend on the handlers. */
struct router {
	struct route_match (*find)(enum method method, struct bytes path);
	unsigned (*number)(const struct route *route);
};

extern const struct router front_router;

size_t route_count(void);
const struct route *route_at(size_t i);

#endif
