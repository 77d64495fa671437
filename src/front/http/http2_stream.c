/*
 * http2_stream.c - the streams of an HTTP/2 connection: receives requests by
 * frames, and sends answers when nghttp2 asks for data.
 *
 * Body bytes are returned to the connection's window when their request is
 * complete, and never to the stream's: a stream's window is the largest body,
 * and the connection's window is all that this client can make us keep.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "front/connection.h"
#include "front/flow.h"
#include "front/front.h"
#include "front/http/http2.h"
#include "front/limits.h"
#include "front/memory/pool.h"
#include "front/http/response.h"

static struct stream *
stream_of(struct http2 *h, int32_t id)
{
	return nghttp2_session_get_stream_user_data(h->session, id);
}

static void
give_back(struct stream *s)
{
	if (!s->returned && s->kept > 0)
		(void)nghttp2_session_consume_connection(s->http2->session,
		                                         s->kept);
	s->returned = true;
}

static ssize_t
on_want_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t room,
             uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct stream *s = source->ptr;
	size_t left = s->body.len - s->sent;
	size_t n = left < room ? left : room;

	(void)session;
	(void)id;
	(void)arg;
	memcpy(out, s->body.data + s->sent, n);
	s->sent += (uint32_t)n;
	if (s->sent < s->body.len)
		return (ssize_t)n;

	*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static void
submit_response(struct stream *s, const struct response *a)
{
	struct response_fields fields;
	nghttp2_nv nv[RESPONSE_FIELDS_MAX];
	const nghttp2_data_provider body = {
		.source.ptr = s,
		.read_callback = on_want_body,
	};
	size_t n = response_fields(&s->request, a, &fields);

	for (size_t i = 0; i < n; i++) {
		struct bytes name = fields.rows[i].name;
		struct bytes value = fields.rows[i].value;

		nv[i] = (nghttp2_nv){
			.name = (uint8_t *)(uintptr_t)name.data,
			.value = (uint8_t *)(uintptr_t)value.data,
			.namelen = name.len,
			.valuelen = value.len,
			/* names are static, values may not be */
			.flags = NGHTTP2_NV_FLAG_NO_COPY_NAME,
		};
		/* different each time: keep it out of the table */
		if (fields.rows[i].unique)
			nv[i].flags |= NGHTTP2_NV_FLAG_NO_INDEX;
	}
	if (nghttp2_submit_response(s->http2->session, s->id, nv, n,
	                            s->body.len > 0 ? &body : NULL) != 0)
		connection_doom(s->http2->connection);
}

static void
http2_respond(struct request *r, const struct response *response)
{
	struct stream *s = (struct stream *)r;
	struct connection *c = s->http2->connection;

	if (c->state != CONNECTION_OPEN)
		return;
	connection_forgive(c);
	if (!r->paid)
		connection_hold(c);
	if (response->status < 400 && s->http2->resets > 0)
		s->http2->resets--;
	s->body = buffer_pool_take(&c->front->buffer_pool, LIMIT_RESPONSE);
	if (r->method != METHOD_HEAD) /* RFC 9110, section 9.3.2 */
		buf_append(&s->body, response->body);
	if (buf_status(&s->body) != OK) {
		connection_doom(c);
		return;
	}
	flow_keep(c, s->body.len);
	submit_response(s, response);
	connection_dirty(c);
}

static const struct responder responder = {
	.protocol = "h2",
	.respond = http2_respond,
};

static int
on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame,
                 void *arg)
{
	struct http2 *h = arg;
	struct connection *c = h->connection;

	if (frame->hd.type != NGHTTP2_HEADERS ||
	    frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;

	struct stream *s = pool_zero(sizeof(*s));
	if (!s)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	request_init(&s->request, c, &responder);
	s->http2 = h;
	s->id = frame->hd.stream_id;
	s->since = s->request.began_at;
	s->after = h->first;
	if (h->first)
		h->first->before = s;
	h->first = s;
	flow_keep(c, LIMIT_STREAM_COST);
	return nghttp2_session_set_stream_user_data(session, s->id, s);
}

static int
on_data(nghttp2_session *session, uint8_t flags, int32_t id,
        const uint8_t *data, size_t len, void *arg)
{
	struct stream *s = stream_of(arg, id);

	(void)flags;
	if (!s || s->request.answered) {
		/* answered early: let the client finish sending */
		(void)nghttp2_session_consume(session, id, len);
		return 0;
	}

	s->kept += (uint32_t)len;
	flow_keep(s->http2->connection, len);
	request_body(&s->request, bytes_of(data, len));
	return 0;
}

void
http2_advance(struct stream *s, bool ended)
{
	struct request *r = &s->request;

	if (r->running || (!ended && !request_is_hopeless(r)))
		return;
	request_run(r);
	give_back(s);
	if (!r->keeps_body) {
		flow_drop(s->http2->connection, s->kept);
		s->kept = 0;
	}
}

static void
on_headers_frame(struct http2 *h, const nghttp2_frame *frame)
{
	struct stream *s = stream_of(h, frame->hd.stream_id);

	if (!s)
		return;
	if (s->head_done)
		request_refuse(&s->request, PROBLEM_HTTP_UNSUPPORTED,
		               "trailers are unsupported");
	else
		request_head_done(&s->request);
	s->head_done = true;
	s->since = clock_mono_ms();
	http2_advance(s, (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0);
}

/* Streams that are opened only to be reset cost us more than the client. */
static void
on_reset(struct http2 *h)
{
	struct connection *c = h->connection;

	if (++h->resets <= LIMIT_RESETS)
		return;
	metrics_add(&c->front->metrics, METRIC_HTTP_REFUSED, 1);
	connection_doom(c);
}

/* A closed stream.  nghttp2 decodes a head for it, to update the HPACK table,
 * and drops it, so it counts as a request that was reset. */
static bool
is_over(nghttp2_session *session, struct http2 *h, int32_t id)
{
	return id <= nghttp2_session_get_last_proc_stream_id(session) &&
	       !stream_of(h, id);
}

/* Called for each frame of a known type; nghttp2 skips unknown types, which
 * costs less than their TLS.  A frame that nghttp2 answers by itself (SETTINGS,
 * PING) or only notes (PRIORITY, WINDOW_UPDATE, empty DATA) costs us as much as
 * the client.  nghttp2 itself limits CONTINUATION. */
static int
on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *arg)
{
	struct http2 *h = arg;

	if (hd->type == NGHTTP2_DATA && hd->length >= LIMIT_SMALL_BYTES)
		return 0;
	if (hd->type != NGHTTP2_HEADERS)
		(void)connection_bear(h->connection);
	else if (is_over(session, h, hd->stream_id))
		on_reset(h);
	return h->connection->state == CONNECTION_OPEN
	               ? 0
	               : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int
on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct http2 *h = arg;

	(void)session;
	if (frame->hd.type == NGHTTP2_HEADERS) {
		on_headers_frame(h, frame);
	} else if (frame->hd.type == NGHTTP2_DATA) {
		struct stream *s = stream_of(h, frame->hd.stream_id);

		if (s)
			http2_advance(s, (frame->hd.flags &
			                  NGHTTP2_FLAG_END_STREAM) != 0);
	} else if (frame->hd.type == NGHTTP2_RST_STREAM) {
		on_reset(h);
	} else if (frame->hd.type == NGHTTP2_SETTINGS &&
	           (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
		h->unacknowledged_since = 0;
	}
	return h->connection->state == CONNECTION_OPEN
	               ? 0
	               : NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* A frame that nghttp2 refuses by itself: one without a stream, or for a stream
 * above a maximum that the client has not acknowledged.  Each costs us a frame
 * in return.  An existing stream is counted when its reset is sent. */
static int
on_invalid(nghttp2_session *session, const nghttp2_frame *frame, int code,
           void *arg)
{
	struct http2 *h = arg;

	(void)session;
	(void)code;
	if (!stream_of(h, frame->hd.stream_id))
		on_reset(h);
	return h->connection->state == CONNECTION_OPEN
	               ? 0
	               : NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* A client that makes us reset its open stream by a stream error, for instance
 * by a window that overflows or DATA after the end, has in effect reset it
 * (CVE-2025-8671, MadeYouReset).  NO_ERROR is our own decision, see cut(). */
static int
on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct http2 *h = arg;

	(void)session;
	if (frame->hd.type == NGHTTP2_RST_STREAM &&
	    frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
	    stream_of(h, frame->hd.stream_id))
		on_reset(h);
	return 0;
}

static int
on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *arg)
{
	struct http2 *h = arg;
	struct stream *s = stream_of(h, id);

	(void)session;
	(void)code;
	if (!s)
		return 0;

	give_back(s);
	flow_drop(h->connection, LIMIT_STREAM_COST + s->kept + s->body.len);
	if (s->before)
		s->before->after = s->after;
	else
		h->first = s->after;
	if (s->after)
		s->after->before = s->before;
	if (!h->first)
		h->idle_since = clock_mono_ms();
	request_release(&s->request);
	buffer_pool_give(&h->connection->front->buffer_pool, &s->body);
	pool_free(s);
	return 0;
}

void
http2_stream_callbacks(nghttp2_session_callbacks *callbacks)
{
	nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks,
	                                                      on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(
	        callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks,
	                                                 http2_on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
	                                                          on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
	                                                     on_frame);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
	        callbacks, on_invalid);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks,
	                                                     on_frame_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
	                                                       on_stream_close);
}
