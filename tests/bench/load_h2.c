/*
 * load_h2.c - many requests on one connection: libnghttp2.
 */
#include <stdlib.h>
#include <string.h>

#include <nghttp2/nghttp2.h>

#include "front/http/http2_memory.h"

#include "tests/bench/load_int.h"

#define OUT_ENOUGH 65536 /* bytes handed to TLS at once */

/* One request under way; unused ones form a list. */
struct stream {
	struct stream *next;
	struct bytes body;
	size_t sent;
	int status;
	uint64_t started_at;
};

struct h2 {
	nghttp2_session *session;
	struct stream *unused;
	struct stream *all;
};

static ssize_t
read_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t room,
          uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct stream *s = source->ptr;
	size_t n = s->body.len - s->sent;

	(void)session;
	(void)id;
	(void)user;
	if (n > room)
		n = room;
	memcpy(out, s->body.data + s->sent, n);
	s->sent += n;
	if (s->sent == s->body.len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame,
          const uint8_t *name, size_t name_len, const uint8_t *value,
          size_t value_len, uint8_t flags, void *user)
{
	(void)flags;
	(void)user;
	if (name_len != 7 || value_len != 3 || memcmp(name, ":status", 7) != 0)
		return 0;
	struct stream *s = nghttp2_session_get_stream_user_data(
	        session, frame->hd.stream_id);
	if (s)
		s->status = (value[0] - '0') * 100 + (value[1] - '0') * 10 +
		            (value[2] - '0');
	return 0;
}

static int
on_stream_close(nghttp2_session *session, int32_t id, uint32_t error,
                void *user)
{
	struct load_conn *c = user;
	struct h2 *h = c->own;
	struct stream *s = nghttp2_session_get_stream_user_data(session, id);

	(void)error;
	if (!s)
		return 0;
	load_done(c->load, s->status, s->started_at);
	c->under_way--;
	s->next = h->unused;
	h->unused = s;
	return 0;
}

static err_t
h2_session(struct load_conn *c, struct h2 *h)
{
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20 },
	};
	nghttp2_session_callbacks *calls = NULL;

	if (nghttp2_session_callbacks_new(&calls) != 0)
		return E_NOMEM;
	nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
	nghttp2_session_callbacks_set_on_stream_close_callback(calls,
	                                                       on_stream_close);
	nghttp2_mem memory = http2_memory();
	int bad = nghttp2_session_client_new3(&h->session, calls, c, NULL,
	                                      &memory);
	nghttp2_session_callbacks_del(calls);
	if (bad)
		return E_NOMEM;
	bad = nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings,
	                              ARRAY_LEN(settings));
	bad |= nghttp2_session_set_local_window_size(
	        h->session, NGHTTP2_FLAG_NONE, 0, 1 << 24);
	return bad ? E_NOMEM : OK;
}

static err_t
h2_open(struct load_conn *c)
{
	unsigned n = c->load->plan->streams;
	struct h2 *h = calloc(1, sizeof(*h));

	if (!h)
		return E_NOMEM;
	c->own = h;
	h->all = calloc(n, sizeof(*h->all));
	if (!h->all)
		return E_NOMEM;
	for (unsigned i = 0; i < n; i++) {
		h->all[i].next = h->unused;
		h->unused = &h->all[i];
	}
	return h2_session(c, h);
}

#define FIELD(n, v, v_len)                                               \
	{                                                                \
		.name = (uint8_t *)(uintptr_t)(n), .namelen = strlen(n), \
		.value = (uint8_t *)(uintptr_t)(v), .valuelen = (v_len), \
		.flags = NGHTTP2_NV_FLAG_NO_COPY_NAME |                  \
		         NGHTTP2_NV_FLAG_NO_COPY_VALUE                   \
	}
#define FIELD_STR(n, v) FIELD(n, v, strlen(v))

static err_t
submit(struct load_conn *c, struct h2 *h, struct bytes body)
{
	const char *path = c->load->plan->path;
	const char *accept = c->load->plan->accept;
	const char *method =
	        c->load->plan->method ? c->load->plan->method : "POST";
	const nghttp2_nv fields[] = {
		FIELD_STR(":method", method),
		FIELD_STR(":scheme", "https"),
		FIELD_STR(":authority", "localhost"),
		FIELD_STR(":path", path),
		FIELD_STR("content-type", "application/json"),
		FIELD_STR("accept", accept ? accept : ""),
	};
	size_t n_fields = ARRAY_LEN(fields) - (accept ? 0 : 1);
	struct stream *s = h->unused;
	nghttp2_data_provider provider = { .source.ptr = s,
		                           .read_callback = read_body };

	h->unused = s->next;
	*s = (struct stream){ .body = body, .started_at = load_now_us() };
	if (nghttp2_submit_request(h->session, NULL, fields, n_fields,
	                           body.len > 0 ? &provider : NULL, s) < 0)
		return E_CLOSED;
	c->under_way++;
	return OK;
}

static err_t
h2_ask(struct load_conn *c)
{
	struct h2 *h = c->own;
	struct bytes body;

	while (h->unused && load_next(c->load, &body))
		TRY(submit(c, h, body));
	while (c->out.len < OUT_ENOUGH) {
		const uint8_t *data = NULL;
		ssize_t n = nghttp2_session_mem_send(h->session, &data);
		if (n < 0)
			return E_CLOSED;
		if (n == 0)
			break;
		buf_append(&c->out, bytes_of(data, (size_t)n));
	}
	return buf_status(&c->out);
}

static err_t
h2_take(struct load_conn *c, struct bytes in)
{
	struct h2 *h = c->own;

	return nghttp2_session_mem_recv(h->session, in.data, in.len) ==
	                       (ssize_t)in.len
	               ? OK
	               : E_CLOSED;
}

static void
h2_close(struct load_conn *c)
{
	struct h2 *h = c->own;

	nghttp2_session_del(h->session);
	free(h->all);
	free(h);
}

const struct load_protocol load_h2 = {
	.alpn = "\x02h2",
	.open = h2_open,
	.ask = h2_ask,
	.take = h2_take,
	.close = h2_close,
};
