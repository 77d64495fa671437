/*
 * http2_session.c - HTTP/2 over one connection, by libnghttp2.
 *
 * nghttp2 checks frames, header rules and floods; send_settings() tells it our
 * limits.
 */
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/clock.h"
#include "front/connection.h"
#include "front/front.h"
#include "front/http/http2.h"
#include "front/http/http2_memory.h"
#include "front/limits.h"

/* Takes all pending output, in parts of one TLS record. */
static void
http2_write(struct connection *c, struct evbuffer *out)
{
	struct http2 *h = c->session;
	struct buf *piece = &c->front->record;

	while (evbuffer_get_length(out) < LIMIT_OUTPUT) {
		const uint8_t *data = NULL;
		ssize_t n = 0;

		buf_reset(piece);
		while (piece->len < LIMIT_RECORD &&
		       (n = nghttp2_session_mem_send(h->session, &data)) > 0)
			buf_append(piece, bytes_of(data, (size_t)n));
		if (n < 0 || buf_status(piece) != OK ||
		    evbuffer_add(out, piece->data, piece->len) != 0) {
			connection_doom(c);
			return;
		}
		if (piece->len == 0)
			break;
	}
	if (!nghttp2_session_want_read(h->session) &&
	    !nghttp2_session_want_write(h->session))
		connection_linger(c);
}

static void
http2_receive(struct connection *c, struct evbuffer *in)
{
	struct http2 *h = c->session;

	while (c->state == CONNECTION_OPEN) {
		size_t len = evbuffer_get_contiguous_space(in);

		if (len == 0)
			break;
		if (nghttp2_session_mem_recv(
		            h->session, evbuffer_pullup(in, (ev_ssize_t)len),
		            len) < 0) {
			metrics_add(&c->front->metrics, METRIC_HTTP_REFUSED, 1);
			connection_doom(c);
			return;
		}
		if (nghttp2_session_get_outbound_queue_size(h->session) >
		    LIMIT_QUEUE) {
			metrics_add(&c->front->metrics, METRIC_HTTP_REFUSED, 1);
			connection_doom(c);
			return;
		}
		(void)evbuffer_drain(in, len);
	}
	connection_dirty(c);
}

static void
reset_stream(struct http2 *h, struct stream *s, uint32_t code)
{
	s->cut = true;
	(void)nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, s->id,
	                                code);
	connection_dirty(h->connection);
}

/* An answered stream whose time has passed: its client does not open the
 * window, does not read, or goes on sending long after its answer. */
static void
cut_stalled_stream(struct http2 *h, struct stream *s, uint64_t now)
{
	bool unread = s->sent < s->body.len;
	size_t due = (size_t)s->paces * LIMIT_TAKE_BYTES; /* first look: 0 */

	if (s->paces < UINT8_MAX)
		s->paces++;
	s->since = now;
	if (s->cut)
		return;
	if (unread && s->sent < due) {
		metrics_add(&h->connection->front->metrics, METRIC_TIMEOUTS, 1);
		reset_stream(h, s, NGHTTP2_CANCEL);
	} else if (!unread && nghttp2_session_get_stream_remote_close(
	                              h->session, s->id) == 0) {
		reset_stream(h, s, NGHTTP2_NO_ERROR);
	}
}

static uint64_t
earlier_time(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The earliest time at which a sweep can find this stream overdue. */
static uint64_t
due_at(const struct stream *s)
{
	return s->since + (s->request.answered ? LIMIT_TAKE_MS
	                   : s->head_done      ? LIMIT_BODY_MS
	                                       : LIMIT_HEADER_MS);
}

static void
sweep_streams(struct http2 *h, uint64_t now)
{
	struct connection *c = h->connection;

	if (now < h->sweep_at)
		return;
	/* a stream that begins now has at least that long */
	h->sweep_at = now + LIMIT_HEADER_MS;
	for (struct stream *s = h->first; s; s = s->after) {
		h->sweep_at = earlier_time(h->sweep_at, due_at(s));
		if (!s->head_done &&
		    elapsed_ms(now, s->since) > LIMIT_HEADER_MS) {
			metrics_add(&c->front->metrics, METRIC_TIMEOUTS, 1);
			connection_doom(c); /* no frame may come between */
			return;
		}
		if (elapsed_ms(now, s->since) <= LIMIT_BODY_MS)
			continue;
		if (s->request.answered)
			cut_stalled_stream(h, s, now);
		if (s->request.running)
			continue;
		request_refuse(&s->request, PROBLEM_REQUEST_TIMEOUT, NULL);
		http2_advance(s, true);
	}
}

/* GOAWAY with the last stream and the cause (RFC 9113 section 6.8). */
static void
terminate_session(struct http2 *h, uint32_t code)
{
	struct connection *c = h->connection;

	metrics_add(&c->front->metrics, METRIC_TIMEOUTS, 1);
	if (nghttp2_session_terminate_session(h->session, code) != 0) {
		connection_doom(c);
		return;
	}
	http2_write(c, bufferevent_get_output(c->bev));
	connection_linger(c);
}

static void
http2_sweep(struct connection *c, uint64_t now)
{
	struct http2 *h = c->session;

	sweep_streams(h, now);
	if (h->unacknowledged_since != 0 &&
	    elapsed_ms(now, h->unacknowledged_since) > LIMIT_SETTINGS_MS)
		terminate_session(h, NGHTTP2_SETTINGS_TIMEOUT);
	else if (!h->first && elapsed_ms(now, h->idle_since) > LIMIT_IDLE_MS)
		terminate_session(h, NGHTTP2_NO_ERROR);
}

/* RFC 9113 section 6.8: first a GOAWAY that announces the end while requests on
 * their way are still accepted, then one with the last stream.  The connection
 * ends when all streams are answered. */
static void
http2_farewell(struct connection *c, uint64_t now)
{
	struct http2 *h = c->session;
	int err = 0;

	if (!c->leaving)
		err = nghttp2_submit_shutdown_notice(h->session);
	else if (!h->last_told && now >= c->leave_at + LIMIT_NOTICE_MS) {
		h->last_told = true;
		err = nghttp2_submit_goaway(
		        h->session, NGHTTP2_FLAG_NONE,
		        nghttp2_session_get_last_proc_stream_id(h->session),
		        NGHTTP2_NO_ERROR, NULL, 0);
	}
	c->leaving = true;
	if (err != 0)
		connection_doom(c);
	connection_dirty(c);
}

DEFINE_AUTO(nghttp2_option *, nghttp2_option_del);
DEFINE_AUTO(nghttp2_session_callbacks *, nghttp2_session_callbacks_del);

/* The largest body of any route: a stream whose window is full waits for ever, since
 * no window is enlarged before the body is complete. */
static uint32_t
stream_window(const struct config *c)
{
	uint32_t most = LIMIT_KNOWN_BODY;

	if (most < c->body_challenge)
		most = c->body_challenge;
	if (most < c->body_attestation)
		most = c->body_attestation;
	return most + 1; /* so that one byte too many can be seen */
}

/* Sends our limits and enlarges the connection's window.  Without the priority
 * tree of RFC 7540 (RFC 9218 section 2.1) a closed stream is released at
 * once. */
static err_t
send_settings(struct http2 *h, const struct config *c)
{
	const nghttp2_settings_entry entries[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, LIMIT_STREAMS },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window(c) },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, LIMIT_HEADERS },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
	};

	if (nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, entries,
	                            ARRAY_LEN(entries)) != 0 ||
	    nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE,
	                                          0,
	                                          LIMIT_CONNECTION_WINDOW) != 0)
		return E_NOMEM;
	return OK;
}

static err_t
new_session(struct http2 *h)
{
	AUTO(nghttp2_option_del) nghttp2_option *option = NULL;
	AUTO(nghttp2_session_callbacks_del)
	nghttp2_session_callbacks *callbacks = NULL;

	if (nghttp2_option_new(&option) != 0 ||
	    nghttp2_session_callbacks_new(&callbacks) != 0)
		return E_NOMEM;
	nghttp2_option_set_no_auto_window_update(option, 1);
	http2_stream_callbacks(callbacks);
	nghttp2_mem memory = http2_memory();
	return nghttp2_session_server_new3(&h->session, callbacks, h, option,
	                                   &memory) == 0
	               ? OK
	               : E_NOMEM;
}

static err_t
http2_open(struct connection *c)
{
	struct http2 *h = calloc(1, sizeof(*h));

	if (!h)
		return E_NOMEM;
	c->session = h;
	h->connection = c;
	h->idle_since = h->unacknowledged_since = clock_mono_ms();
	TRY(new_session(h));
	TRY(send_settings(h, c->front->config));
	connection_dirty(c);
	return OK;
}

/* nghttp2_session_del() calls no callback, so the streams are released
 * first. */
static void
http2_release(struct connection *c)
{
	struct http2 *h = c->session;

	if (!h)
		return;
	while (h->first) {
		struct stream *s = h->first;

		h->first = s->after;
		request_release(&s->request);
		buf_release(&s->body);
		pool_free(s);
	}
	nghttp2_session_del(h->session);
	free(h);
}

const struct protocol protocol_http2 = {
	.output_most = LIMIT_OUTPUT,
	.open = http2_open,
	.receive = http2_receive,
	.write = http2_write,
	.sweep = http2_sweep,
	.farewell = http2_farewell,
	.release = http2_release,
};
