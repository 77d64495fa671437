/*
 * http1_session.c - HTTP/1.1 over one connection: one request at a time.
 *
 * A client may send its next request only after the last answer: bytes that
 * come together with or directly after a complete request are refused, because
 * most request smuggling uses such bytes (RFC 9112 section 11.2).
 */
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/clock.h"
#include "front/connection.h"
#include "front/flow.h"
#include "front/front.h"
#include "front/http/http1.h"
#include "front/limits.h"
#include "front/http/request.h"
#include "front/http/response.h"

enum phase {
	PHASE_HEAD,    /* waiting for a request, or in its head */
	PHASE_BODY,    /* `left` bytes of the body are still missing */
	PHASE_ANSWER,  /* the request runs */
	PHASE_CLOSING, /* the last answer was sent */
};

struct http1 {
	struct request request; /* must be first: cast to session */
	struct connection *connection;
	enum phase phase;
	bool live; /* `request` is initialised */
	bool close;
	bool leave; /* the next answer is the last */
	size_t scanned;
	uint64_t left;
	size_t kept;     /* bytes of request body kept */
	uint64_t since;  /* the phase, or for a head its first byte; 0: none */
	struct buf head; /* of the answer, reused for the next */
};

#define ANSWER_HEAD_MAX 1024

static const char *
reason_phrase(unsigned status)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} rows[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 204, "No Content" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].status == status)
			return rows[i].phrase;
	return "";
}

static void
put_response_head(struct http1 *h, const struct response *a)
{
	struct buf *b = &h->head;
	struct response_fields f;
	size_t n = response_fields(&h->request, a, &f);

	buf_reset(b);
	buf_printf(b, "HTTP/1.1 %u %s\r\n", a->status,
	           reason_phrase(a->status));
	for (size_t i = 1; i < n; i++) { /* row 0 is HTTP/2's ":status" */
		buf_append(b, f.rows[i].name);
		buf_append_str(b, ": ");
		buf_append(b, f.rows[i].value);
		buf_append_str(b, "\r\n");
	}
	if (h->close)
		buf_append_str(b, "connection: close\r\n");
	buf_append_str(b, "\r\n");
}

static void
http1_respond(struct request *r, const struct response *response)
{
	struct http1 *h = (struct http1 *)r;
	struct connection *c = h->connection;

	if (c->state != CONNECTION_OPEN)
		return;
	connection_forgive(c);
	/* an unknown method may have answers without body */
	h->close |= r->method == METHOD_OTHER || h->leave;
	put_response_head(h, response);

	struct bytes body = response->body;
	if (r->method == METHOD_HEAD) /* RFC 9110, section 9.3.2 */
		body.len = 0;
	struct evbuffer *out = bufferevent_get_output(c->bev);
	if (buf_status(&h->head) != OK ||
	    evbuffer_expand(out, h->head.len + body.len) != 0 ||
	    evbuffer_add(out, h->head.data, h->head.len) != 0 ||
	    evbuffer_add(out, body.data, body.len) != 0) {
		connection_doom(c);
		return;
	}
	if (!r->paid)
		connection_hold(c);
	flow_drop(c, h->kept);
	h->kept = 0;
	flow_buffers(c);
	h->phase = h->close ? PHASE_CLOSING : PHASE_HEAD;
	h->scanned = 0;
	h->since = clock_mono_ms();
	if (h->close)
		connection_linger(c);
}

static const struct responder responder = {
	.protocol = "http/1.1",
	.respond = http1_respond,
};

static void
new_request(struct http1 *h)
{
	if (h->live)
		request_release(&h->request);
	request_init(&h->request, h->connection, &responder);
	h->live = true;
}

/* Refuses a request after which nothing can be read: answers and closes. */
static void
give_up(struct http1 *h, enum problem p, const char *detail)
{
	h->close = true;
	h->phase = PHASE_ANSWER;
	metrics_add(&h->connection->front->metrics, METRIC_HTTP_REFUSED, 1);
	request_problem(&h->request, p, bytes_of_str(detail));
}

static void
take_head(struct http1 *h, const struct http1_head *head)
{
	struct request *r = &h->request;

	request_method(r, head->method);
	request_target(r, head->target);
	for (size_t i = 0; i < head->n_fields; i++)
		request_field(r, head->fields[i].name, head->fields[i].value);
	request_head_done(r);
	h->close = head->close;
	h->left = head->length;
	h->phase = PHASE_BODY;
	h->since = clock_mono_ms();
}

/* False: wait for more input, or the connection ends. */
static bool
read_head(struct http1 *h, struct evbuffer *in)
{
	size_t len = evbuffer_get_length(in);
	struct bytes all = bytes_of(evbuffer_pullup(in, -1), len);
	enum http1_fault fault = HTTP1_NO_FAULT;
	struct http1_head head;

	if (h->scanned == 0)
		h->since = clock_mono_ms();
	switch (http1_parse(all, &h->scanned, &head, &fault)) {
	case HTTP1_MORE:
		return false;
	case HTTP1_BAD:
		new_request(h);
		give_up(h, http1_problem(fault), http1_fault_text(fault));
		return false;
	case HTTP1_HEAD:
		break;
	}

	new_request(h);
	take_head(h, &head);
	(void)evbuffer_drain(in, head.size);
	return true;
}

static void
read_body(struct http1 *h, struct evbuffer *in)
{
	struct request *r = &h->request;
	size_t len = evbuffer_get_length(in);
	size_t n = len < h->left ? len : (size_t)h->left;

	if (n > 0)
		request_body(r,
		             bytes_of(evbuffer_pullup(in, (ev_ssize_t)n), n));
	(void)evbuffer_drain(in, n);
	h->left -= n;
	h->kept += n;
	flow_keep(h->connection, n);
	if (h->left > 0) {
		if (request_is_hopeless(r))
			give_up(h, r->refusal, r->refusal_detail);
		return;
	}
	if (evbuffer_get_length(in) > 0) {
		give_up(h, PROBLEM_HTTP_PIPELINED, NULL);
		return;
	}
	h->phase = PHASE_ANSWER;
	request_run(r);
}

static void
http1_receive(struct connection *c, struct evbuffer *in)
{
	struct http1 *h = c->session;

	if (evbuffer_get_length(in) == 0)
		return;
	if (h->phase == PHASE_HEAD && !read_head(h, in))
		return;
	if (h->phase == PHASE_BODY) {
		read_body(h, in);
		return;
	}
	/* pipelined: the current answer is the last */
	h->close = true;
	(void)evbuffer_drain(in, evbuffer_get_length(in));
}

static void
http1_write(struct connection *c, struct evbuffer *out)
{
	(void)c;
	(void)out; /* answers were written at once */
}

static void
http1_sweep(struct connection *c, uint64_t now)
{
	struct http1 *h = c->session;
	uint64_t span = elapsed_ms(now, h->since);

	if (h->phase == PHASE_BODY && span > LIMIT_BODY_MS) {
		metrics_add(&c->front->metrics, METRIC_TIMEOUTS, 1);
		give_up(h, PROBLEM_REQUEST_TIMEOUT, NULL);
	} else if (h->phase == PHASE_HEAD && h->scanned > 0 &&
	           span > LIMIT_HEADER_MS) {
		metrics_add(&c->front->metrics, METRIC_TIMEOUTS, 1);
		new_request(h);
		give_up(h, PROBLEM_REQUEST_TIMEOUT, NULL);
	} else if (h->phase == PHASE_HEAD && span > LIMIT_IDLE_MS) {
		metrics_add(&c->front->metrics, METRIC_TIMEOUTS, 1);
		connection_linger(c);
	}
}

/* The next answer is the last; an idle client is disconnected. */
static void
http1_farewell(struct connection *c, uint64_t now)
{
	struct http1 *h = c->session;

	h->leave = true;
	if (h->phase == PHASE_HEAD && h->scanned == 0 &&
	    now >= c->leave_at + LIMIT_NOTICE_MS)
		connection_linger(c);
}

static err_t
http1_open(struct connection *c)
{
	struct http1 *h = calloc(1, sizeof(*h));

	if (!h)
		return E_NOMEM;
	h->connection = c;
	h->since = clock_mono_ms();
	h->head = buf_of(ANSWER_HEAD_MAX);
	c->session = h;
	return OK;
}

static void
http1_release(struct connection *c)
{
	struct http1 *h = c->session;

	if (!h)
		return;
	if (h->live)
		request_release(&h->request);
	buf_release(&h->head);
	free(h);
}

const struct protocol protocol_http1 = {
	.output_most = 1, /* no next request before the answer was read */
	.open = http1_open,
	.receive = http1_receive,
	.write = http1_write,
	.sweep = http1_sweep,
	.farewell = http1_farewell,
	.release = http1_release,
};
