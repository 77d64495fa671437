/*
 * h2_client.c - see h2_client.h.
 */
#include "tests/common/base/h2_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include "tests/common/base/raw_client.h"

#define HEADERS_MAX 80

struct exchange {
	int32_t stream;
	const char *body;
	size_t sent;
	bool stay_open, trailers;
	struct h2_answer answer;
};

struct h2 {
	struct raw *raw;
	nghttp2_session *session;
	bool timed_out;
	size_t n;
	struct exchange all[H2_REQUESTS_MAX];
};

static struct exchange *
exchange_of(struct h2 *h, int32_t stream)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->all[i].stream == stream)
			return &h->all[i];
	return NULL;
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame,
          const uint8_t *name, size_t name_len, const uint8_t *value,
          size_t value_len, uint8_t flags, void *arg)
{
	struct exchange *x = exchange_of(arg, frame->hd.stream_id);

	(void)session;
	(void)flags;
	(void)name_len;
	if (x && strcmp((const char *)name, ":status") == 0)
		x->answer.status = (int)strtol((const char *)value, NULL, 10);
	if (x && strcmp((const char *)name, "x-request-id") == 0)
		(void)snprintf(x->answer.id, sizeof(x->answer.id), "%.*s",
		               (int)value_len, (const char *)value);
	return 0;
}

static int
on_data(nghttp2_session *session, uint8_t flags, int32_t stream,
        const uint8_t *data, size_t len, void *arg)
{
	struct exchange *x = exchange_of(arg, stream);
	size_t room = x ? sizeof(x->answer.body) - 1 : 0;

	(void)session;
	(void)flags;
	if (x && x->answer.body_len < room) {
		size_t n = room - x->answer.body_len;

		memcpy(x->answer.body + x->answer.body_len, data,
		       len < n ? len : n);
	}
	if (x)
		x->answer.body_len += len;
	return 0;
}

static void
read_problem(struct h2_answer *a)
{
	static const char mark[] = "urn:x-anchord:problem:";
	const char *at = strstr(a->body, mark);

	if (at)
		(void)snprintf(a->problem, sizeof(a->problem), "%.*s",
		               (int)strcspn(at + sizeof(mark) - 1, "\""),
		               at + sizeof(mark) - 1);
}

static int
on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct exchange *x = exchange_of(arg, frame->hd.stream_id);

	(void)session;
	if (x && frame->hd.type <= NGHTTP2_HEADERS &&
	    frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
		x->answer.ended = true;
		read_problem(&x->answer);
	}
	return 0;
}

static int
on_close(nghttp2_session *session, int32_t stream, uint32_t code, void *arg)
{
	struct exchange *x = exchange_of(arg, stream);

	(void)session;
	if (x) {
		x->answer.closed = true;
		x->answer.reset = code;
	}
	return 0;
}

static ssize_t
on_want_body(nghttp2_session *session, int32_t stream, uint8_t *out,
             size_t room, uint32_t *flags, nghttp2_data_source *source,
             void *arg)
{
	static uint8_t name[] = "x-late", value[] = "1";
	static const nghttp2_nv trailer = { name, value, 6, 1, 0 };
	struct exchange *x = source->ptr;
	size_t left = strlen(x->body) - x->sent;
	size_t n = left < room ? left : room;

	(void)arg;
	if (n == 0 && x->stay_open)
		return NGHTTP2_ERR_DEFERRED;
	memcpy(out, x->body + x->sent, n);
	x->sent += n;
	if (x->body[x->sent] == '\0' && !x->stay_open) {
		*flags |= NGHTTP2_DATA_FLAG_EOF;
		if (x->trailers) {
			*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
			nghttp2_submit_trailer(session, stream, &trailer, 1);
		}
	}
	return (ssize_t)n;
}

struct h2 *
h2_open(const struct client_identity *id, uint16_t port)
{
	AUTO(h2_free) struct h2 *h = calloc(1, sizeof(*h));
	nghttp2_session_callbacks *callbacks = NULL;

	if (!h || nghttp2_session_callbacks_new(&callbacks) != 0)
		return NULL;
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
	                                                          on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
	                                                     on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
	                                                       on_close);
	(void)nghttp2_session_client_new(&h->session, callbacks, h);
	nghttp2_session_callbacks_del(callbacks);
	h->raw = raw_open(id, port, "h2");
	if (!h->raw || !h->session)
		return NULL;
	nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, NULL, 0);
	return TAKE(h);
}

void
h2_free(struct h2 *h)
{
	if (!h)
		return;
	nghttp2_session_del(h->session);
	raw_free(h->raw);
	free(h);
}

static void
put(nghttp2_nv *nv, size_t *n, const char *name, const char *value)
{
	if (value && *n < HEADERS_MAX)
		nv[(*n)++] = (nghttp2_nv){
			(uint8_t *)(uintptr_t)name,
			(uint8_t *)(uintptr_t)value,
			strlen(name),
			strlen(value),
			0,
		};
}

size_t
h2_submit(struct h2 *h, const struct h2_request *r)
{
	struct exchange *x = &h->all[h->n];
	nghttp2_nv nv[HEADERS_MAX];
	nghttp2_data_provider body = { .source.ptr = x,
		                       .read_callback = on_want_body };
	size_t n = 0;

	x->body = r->body ? r->body : "";
	x->stay_open = r->stay_open;
	x->trailers = r->trailers;
	put(nv, &n, ":method", r->method ? r->method : "GET");
	put(nv, &n, ":scheme", "https");
	put(nv, &n, ":authority", "localhost");
	put(nv, &n, ":path", r->path);
	if (r->body)
		put(nv, &n, "content-type",
		    r->content_type ? r->content_type : "application/json");
	for (const struct h2_header *f = r->headers; f && f->name; f++)
		put(nv, &n, f->name, f->value);
	x->stream = nghttp2_submit_request(
	        h->session, NULL, nv, n, r->body || r->stay_open ? &body : NULL,
	        NULL);
	return h->n++;
}

void
h2_reset(struct h2 *h, size_t number)
{
	nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE,
	                          h->all[number].stream, NGHTTP2_CANCEL);
}

void
h2_finish(struct h2 *h, size_t number)
{
	h->all[number].stay_open = false;
	nghttp2_session_resume_data(h->session, h->all[number].stream);
	(void)h2_flush(h);
}

bool
h2_flush(struct h2 *h)
{
	const uint8_t *data;
	ssize_t n;

	while ((n = nghttp2_session_mem_send(h->session, &data)) > 0)
		if (!raw_send(h->raw, bytes_of(data, (size_t)n)))
			return false;
	return n == 0;
}

static bool
fill(struct h2 *h)
{
	uint8_t in[16384];
	int n = SSL_read(raw_tls(h->raw), in, sizeof(in));

	h->timed_out = n <= 0 &&
	               SSL_get_error(raw_tls(h->raw), n) == SSL_ERROR_WANT_READ;
	return n > 0 &&
	       nghttp2_session_mem_recv(h->session, in, (size_t)n) == n &&
	       h2_flush(h);
}

const struct h2_answer *
h2_wait(struct h2 *h, size_t number)
{
	while (!h->all[number].answer.ended && !h->all[number].answer.closed &&
	       fill(h))
		;
	return &h->all[number].answer;
}

bool
h2_ended(struct h2 *h)
{
	while (fill(h))
		;
	return !h->timed_out;
}

const struct h2_answer *
h2_ask(struct h2 *h, const struct h2_request *r)
{
	size_t number = h2_submit(h, r);

	(void)h2_flush(h);
	return h2_wait(h, number);
}
