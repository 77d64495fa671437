/*
 * head.h - the head of a request while it is read.
 */
#ifndef FRONT_HTTP_HEAD_H
#define FRONT_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "front/http/accept.h"
#include "front/limits.h"

/* The content of a head until it is checked.  A connection has one, because a
 * protocol begins a head only when the previous one is complete. */
struct request_head {
	char path[LIMIT_PATH];
	size_t path_len;
	char query[LIMIT_QUERY];
	size_t query_len; /* over LIMIT_QUERY: too long, not kept */
	bool has_query;   /* there is a '?' */
	size_t bytes; /* names, values, 32 a field: RFC 9113 section 6.5.2 */
	unsigned n_fields;
	unsigned seen;         /* of HTTP/2: see http1_may_occur(), */
	char host[LIMIT_HOST]; /* and its :authority or Host */
	size_t host_len;
	bool json;    /* Content-Type is application/json */
	bool encoded; /* Content-Encoding is there */
	struct accept accept;
};

#endif
