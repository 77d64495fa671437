/*
 * http2_head.c - the head of an HTTP/2 request, field by field.
 *
 * nghttp2 enforces RFC 9113 section 8 and resets streams that violate it.  This
 * file refuses what HTTP/1.1 refuses besides (http1.h), and a host that is
 * given in two different ways: a head has the same meaning in both protocols.
 */
#include "front/connection.h"
#include "front/front.h"
#include "front/http/http1.h"
#include "front/http/http2.h"
#include "front/limits.h"

static void
refuse_head(struct request *r, enum http1_fault fault)
{
	if (fault != HTTP1_NO_FAULT)
		request_refuse(r, http1_problem(fault),
		               http1_fault_text(fault));
}

static bool
same_host(struct bytes a, struct bytes b)
{
	char text[LIMIT_HOST + 1];

	if (a.len != b.len || a.len > LIMIT_HOST)
		return false;
	memcpy(text, a.data, a.len);
	text[a.len] = '\0';
	for (size_t i = 0; i < a.len; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] + ('a' - 'A'));
	return http1_name_is(b, text);
}

/* :authority and Host have the same meaning (RFC 9113 section 8.3.1), so both
 * must be equal if both are present. */
static void
take_host(struct request *r, struct bytes v)
{
	struct request_head *h = r->head;

	if (!http1_is_host(v) || v.len > LIMIT_HOST ||
	    (h->host_len > 0 &&
	     !same_host(bytes_of(h->host, h->host_len), v))) {
		refuse_head(r, HTTP1_HOST);
		return;
	}
	memcpy(h->host, v.data, v.len);
	h->host_len = v.len;
}

static void
take_target(struct request *r, struct bytes v)
{
	refuse_head(r, http1_is_target(v) ? HTTP1_NO_FAULT : HTTP1_LINE);
	request_target(r, v);
}

/* :scheme may be either of the two, since a proxy may forward its client's. */
static void
take_scheme(struct request *r, struct bytes v)
{
	if (!bytes_equal_str(v, "https") && !bytes_equal_str(v, "http"))
		refuse_head(r, HTTP1_LINE);
}

static void
take_field(struct request *r, struct bytes name, struct bytes value)
{
	refuse_head(r, http1_may_occur(name, &r->head->seen));
	if (!http1_is_value(value))
		refuse_head(r, HTTP1_VALUE);
	if (http1_name_is(name, "host"))
		take_host(r, value);
	request_field(r, name, value);
}

static const struct {
	const char *name;
	void (*take)(struct request *r, struct bytes v);
} pseudo[] = {
	{ ":method", request_method },
	{ ":path", take_target },
	{ ":authority", take_host },
	{ ":scheme", take_scheme },
};

int
http2_on_header(nghttp2_session *session, const nghttp2_frame *frame,
                const uint8_t *name, size_t name_len, const uint8_t *value,
                size_t value_len, uint8_t flags, void *arg)
{
	struct stream *s = nghttp2_session_get_stream_user_data(
	        session, frame->hd.stream_id);
	struct bytes n = bytes_of(name, name_len);
	struct bytes v = bytes_of(value, value_len);

	(void)flags;
	(void)arg;
	if (!s || s->head_done) /* trailers, which on_frame refuses */
		return 0;
	/* far too long: skip the block without an answer */
	if (s->request.head->n_fields > LIMIT_FIELDS * 4)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	for (size_t i = 0; i < ARRAY_LEN(pseudo); i++)
		if (bytes_equal_str(n, pseudo[i].name)) {
			pseudo[i].take(&s->request, v);
			return 0;
		}
	take_field(&s->request, n, v);
	return 0;
}
