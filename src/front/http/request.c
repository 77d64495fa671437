/*
 * request.c - see request.h.
 */
#include "front/http/request.h"

#include <stdlib.h>

#include "base/clock.h"
#include "proc/config.h"
#include "front/connection.h"
#include "front/front.h"
#include "front/http/http1.h"
#include "front/json/write.h"
#include "base/log.h"
#include "front/memory/pool.h"
#include "front/api/route.h"
#include "front/tenant.h"

void
request_init(struct request *r, struct connection *c,
             const struct responder *responder)
{
	*r = (struct request){
		.front = c->front,
		.client = c->client,
		.responder = responder,
		.id = ++c->front->last_request_id,
		.began_at = clock_mono_ms(),
		.question_first = PENDING_NONE,
		.question_last = PENDING_NONE,
		.head = &c->head,
	};
	c->head.path_len = c->head.query_len = c->head.bytes = 0;
	c->head.has_query = false;
	c->head.n_fields = c->head.seen = 0;
	c->head.host_len = 0;
	c->head.json = c->head.encoded = false;
	c->head.accept = (struct accept){ .given = false };
}

void
request_refuse(struct request *r, enum problem p, const char *detail)
{
	if (r->refusal != PROBLEM_NONE)
		return;
	r->refusal = p;
	r->refusal_detail = detail;
}

static const struct {
	enum method method;
	const char *name;
} methods[] = {
	{ METHOD_POST, "POST" },
	{ METHOD_GET, "GET" },
	{ METHOD_DELETE, "DELETE" },
	{ METHOD_HEAD, "HEAD" },
};

const char *
method_name(enum method m)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (methods[i].method == m)
			return methods[i].name;
	return "-";
}

void
request_method(struct request *r, struct bytes name)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (bytes_equal_str(name, methods[i].name))
			r->method = methods[i].method;
}

/* RFC 3986 section 3: the first '?' ends the path. */
void
request_target(struct request *r, struct bytes target)
{
	struct request_head *h = r->head;
	const uint8_t *mark =
	        target.len > 0 ? memchr(target.data, '?', target.len) : NULL;
	size_t len = mark ? (size_t)(mark - target.data) : target.len;

	if (target.len > LIMIT_REQUEST_LINE)
		request_refuse(r, PROBLEM_URI_TOO_LONG, NULL);
	if (len == 0 || len > LIMIT_PATH)
		return;
	memcpy(h->path, target.data, len);
	h->path_len = len;
	h->has_query = mark != NULL;
	h->query_len = mark ? target.len - len - 1 : 0;
	if (h->query_len > 0 && h->query_len <= LIMIT_QUERY)
		memcpy(h->query, mark + 1, h->query_len);
}

/* Compares the media type without parameters, case-insensitively.  JSON is
 * always UTF-8 (RFC 8259 section 8.1), so no parameter matters. */
static bool
is_json(struct bytes v)
{
	const uint8_t *end = memchr(v.data, ';', v.len);
	size_t len = end ? (size_t)(end - v.data) : v.len;

	while (len > 0 && (v.data[len - 1] == ' ' || v.data[len - 1] == '\t'))
		len--;
	return http1_name_is(bytes_of(v.data, len), "application/json");
}

static void
read_length(struct request *r, struct bytes v)
{
	uint64_t n = 0;

	if (v.len > 19) { /* the protocols have checked the digits */
		request_refuse(r, PROBLEM_BODY_TOO_LARGE, NULL);
		return;
	}
	for (size_t i = 0; i < v.len; i++)
		n = n * 10 + (uint64_t)(v.data[i] - '0');
	r->length = n;
}

static void
read_field(struct request *r, struct bytes name, struct bytes value)
{
	static const char cose[] = "application/cose-key-set";

	if (http1_name_is(name, "content-type"))
		r->head->json = is_json(value);
	else if (http1_name_is(name, "content-length"))
		read_length(r, value);
	else if (http1_name_is(name, "content-encoding"))
		r->head->encoded = true;
	else if (http1_name_is(name, "accept")) {
		r->wants_cose =
		        value.len > 0 && memmem(value.data, value.len, cose,
		                                sizeof(cose) - 1) != NULL;
		accept_field(&r->head->accept, value);
	}
}

void
request_field(struct request *r, struct bytes name, struct bytes value)
{
	/* 32: HPACK's overhead of an entry, RFC 7541 section 4.1 */
	r->head->bytes += name.len + value.len + 32;
	r->head->n_fields++;
	if (r->head->n_fields > LIMIT_FIELDS ||
	    r->head->bytes > LIMIT_HEADERS + LIMIT_FIELDS * 32) {
		request_refuse(r, PROBLEM_HEADERS_TOO_LARGE, NULL);
		return;
	}
	read_field(r, name, value);
}

static size_t
body_ceiling(const struct request *r)
{
	const struct config *c = r->front->config;

	switch (r->route ? r->route->body : BODY_NONE) {
	case BODY_CHALLENGE:
		return c->body_challenge;
	case BODY_ATTESTATION:
		return c->body_attestation;
	case BODY_ORDER:
		return LIMIT_ORDER;
	case BODY_KNOWN:
		return LIMIT_KNOWN_BODY;
	case BODY_NONE:
		break;
	}
	return 0;
}

/* Releases the head before the handler runs. */
static void
keep_tail(struct request *r, struct bytes tail)
{
	uint8_t *copy = tail.len > 0 ? pool_alloc(tail.len) : NULL;

	if (copy) {
		memcpy(copy, tail.data, tail.len);
		r->tail = bytes_of(copy, tail.len);
	} else if (tail.len > 0) {
		request_refuse(r, PROBLEM_UNAVAILABLE, NULL);
	}
}

/* A '?' belongs to the routes that declare a query: any other path with one is
 * unknown. */
static struct route_match
match_head(struct request *r)
{
	const struct request_head *h = r->head;
	struct route_match m = r->front->router->find(
	        r->method, bytes_of(h->path, h->path_len));

	if (h->has_query && (!m.route || !m.route->query))
		return (struct route_match){ 0 };
	if (h->has_query && h->query_len <= LIMIT_QUERY)
		m.tail = bytes_of(h->query, h->query_len);
	return m;
}

static void
find_route(struct request *r)
{
	const struct request_head *h = r->head;
	struct route_match m = match_head(r);

	r->route = m.route;
	r->allow = m.methods & 15;
	keep_tail(r, m.tail);
	if (!r->client)
		request_refuse(r, PROBLEM_CLIENT_UNKNOWN, NULL);
	else if (m.methods == 0)
		request_refuse(r, PROBLEM_PATH_UNKNOWN, NULL);
	else if (!m.route)
		request_refuse(r, PROBLEM_METHOD_DENIED, NULL);
	else if ((m.route->roles & r->client->config->roles) == 0)
		request_refuse(r, PROBLEM_ROLE_DENIED, NULL);
	else if (h->query_len > LIMIT_QUERY)
		request_refuse(r, PROBLEM_QUERY_INVALID,
		               "the query is too long");
	else if (h->has_query && h->query_len == 0)
		request_refuse(r, PROBLEM_QUERY_INVALID, "the query is empty");
}

static void
judge_head(struct request *r)
{
	find_route(r);
	r->body = buffer_pool_take(&r->front->buffer_pool, body_ceiling(r));
	if (r->refusal != PROBLEM_NONE)
		return;

	if (r->route->body == BODY_NONE) {
		if (r->length > 0)
			request_refuse(r, PROBLEM_BODY_UNEXPECTED, NULL);
		return;
	}
	if (!r->head->json || r->head->encoded)
		request_refuse(r, PROBLEM_CONTENT_TYPE,
		               r->head->encoded
		                       ? "Content-Encoding is unsupported"
		                       : "Content-Type must be "
		                         "application/json");
	else if (r->length > r->body.ceiling)
		request_refuse(r, PROBLEM_BODY_TOO_LARGE, NULL);
}

/* Charges the request before anything else is examined.  Certificates that name
 * no client share one quota. */
static void
charge_request(struct request *r)
{
	struct front *f = r->front;
	const struct client *payer = r->client ? r->client : &f->strangers;
	enum problem why =
	        r->client ? PROBLEM_QUOTA_EXCEEDED : PROBLEM_CLIENT_UNKNOWN;

	r->charged = true;
	r->paid = quota_take(&payer->quota, 1, r->began_at);
	if (r->paid && payer->tenant) {
		r->paid = tenant_take(payer->tenant, 1, r->began_at);
		why = PROBLEM_TENANT_QUOTA;
	}
	if (r->paid)
		return;
	metrics_add(&f->metrics, METRIC_QUOTA_EXCEEDED, 1);
	request_refuse(r, why, NULL);
}

void
request_head_done(struct request *r)
{
	charge_request(r);
	judge_head(r);
	r->accepts = accept_choose(&r->head->accept) & 15;
	r->head = NULL;
}

void
request_body(struct request *r, struct bytes piece)
{
	if (r->refusal != PROBLEM_NONE || piece.len == 0)
		return;

	buf_append(&r->body, piece);
	err_t err = buf_status(&r->body);
	if (err == E_LIMIT)
		request_refuse(r,
		               r->route->body == BODY_NONE
		                       ? PROBLEM_BODY_UNEXPECTED
		                       : PROBLEM_BODY_TOO_LARGE,
		               NULL);
	else if (err != OK)
		request_refuse(r, PROBLEM_UNAVAILABLE, NULL);
}

bool
request_is_hopeless(const struct request *r)
{
	const struct config *c = r->front->config;

	return r->refusal == PROBLEM_BODY_TOO_LARGE ||
	       (r->refusal != PROBLEM_NONE && r->length > c->body_challenge &&
	        r->length > c->body_attestation);
}

void
request_run(struct request *r)
{
	r->running = true;
	if (r->refusal != PROBLEM_NONE)
		request_problem(r, r->refusal, bytes_of_str(r->refusal_detail));
	else
		r->route->handle(r);
	/* The body has been parsed and is released while the request waits,
	 * unless another key holder may be asked again with it. */
	if (!r->keeps_body)
		buffer_pool_give(&r->front->buffer_pool, &r->body);
}

void
request_id_text(const struct request *r, char out[static REQUEST_ID_TEXT])
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned i = 0; i < REQUEST_ID_TEXT - 1; i++)
		out[i] = hex[r->id >> (60 - 4 * i) & 15];
	out[REQUEST_ID_TEXT - 1] = '\0';
}

/* The subject of the request's log lines: the tenant, since it can have several
 * certificates; the client's name if it has no tenant; one for all unknown. */
static struct log_field
payer_log_field(const struct request *r)
{
	const struct config_client *c = r->client ? r->client->config : NULL;

	if (!c)
		return LOG_WHO("tenant", "");
	return c->tenant ? LOG_WHO("tenant", c->tenant)
	                 : LOG_WHO("client", c->san);
}

static void
account_request(struct request *r, unsigned status)
{
	uint64_t took = clock_mono_ms() - r->began_at;
	const char *route = r->route ? r->route->name : "none";
	char id[REQUEST_ID_TEXT];

	metrics_request(&r->front->metrics, r->front->router->number(r->route),
	                route, status, took);
	request_id_text(r, id);

	const struct log_field fields[] = {
		LOG_STR("id", id),
		LOG_STR("method", method_name(r->method)),
		LOG_STR("route", route),
		LOG_U64("status", status),
		payer_log_field(r),
		LOG_U64("ms", took),
		LOG_LAST_,
	};
	if (r->paid)
		log_fields_paid(LOG_INFO, "request", fields);
	else
		log_fields(LOG_INFO, "request", fields);
}

void
request_respond(struct request *r, const struct response *response)
{
	if (r->answered)
		abort(); /* a second answer would go to another request */

	r->answered = true;
	if (!r->charged)
		charge_request(r);
	pending_forget(r->front->pending, r);
	account_request(r, response->status);
	r->responder->respond(r, response);
}

void
request_json(struct request *r, unsigned status, struct bytes body)
{
	request_respond(r, &(struct response){
	                           .status = status,
	                           .content_type = "application/json",
	                           .body = body,
	                   });
}

void
request_problem(struct request *r, enum problem p, struct bytes detail)
{
	request_problem_until(r, p, detail, problem_retry_after(p));
}

void
request_problem_until(struct request *r, enum problem p, struct bytes detail,
                      unsigned retry_after_s)
{
	struct buf *text = &r->front->text;
	char id[REQUEST_ID_TEXT];

	request_id_text(r, id);
	buf_reset(text);
	problem_put(text, p, detail, id);
	request_respond(
	        r, &(struct response){
	                   .status = problem_status(p),
	                   .content_type = PROBLEM_MEDIA_TYPE,
	                   .allow = p == PROBLEM_METHOD_DENIED ? r->allow : 0,
	                   .retry_after = retry_after_s,
	                   .body = buf_bytes(text),
	           });
}

bool
request_query(struct request *r, struct query *ret_query)
{
	const char *fault = NULL;

	if (query_parse(r->tail, r->route->query, ret_query, &fault) == OK)
		return true;
	request_problem(r, PROBLEM_QUERY_INVALID, bytes_of_str(fault));
	return false;
}

void
request_release(struct request *r)
{
	pending_forget(r->front->pending, r);
	buffer_pool_give(&r->front->buffer_pool, &r->body);
	for (size_t i = 0; r->parts && i < r->n_parts; i++)
		buf_release(&r->parts[i]);
	free(r->parts);
	r->parts = NULL;
	pool_free((void *)(uintptr_t)r->tail.data);
	r->tail = bytes_of(NULL, 0);
}
