/*
 * permits.c - GET /v1/permits: who holds a permit for a release in a channel, in
 * pages.
 *
 * A backend and an officer read their tenant's, an auditor all or one tenant's.
 * The ledger takes the tenant from this process, as it does for outcomes.  Like
 * outcomes they are also answered while the service is not ready.
 */
#include "front/api/api.h"
#include "front/api/route.h"
#include "front/front.h"
#include "front/json/write.h"

#define PERMITS_PAGE 100 /* the most of a page; the ledger has the same */
#define WHICH_RUNNING 1
#define WHICH_FINISHED 2
#define WHICH_HELD 4
#define WHICH_EXPIRED 8
#define FINISHED_FAULT "finished: true or false"
#define HELD_FAULT "held: true or false"
#define TENANT_FAULT "tenant: the name of a tenant"
#define AFTER_FAULT "after: next of the page before"

/* Bytes of a place between two handles, for a tenant: "dh1_" and 48 bits, by which
 * the handles of millions of devices differ.  A page looks at so many permits of all
 * tenants, so where it ends tells whether a handle of another tenant is before or
 * behind the place at which it begins.  Were places as long as handles, whoever
 * halves the distance between two of them could spell that handle to its end. */
#define PLACE_MAX 12

enum {
	PERMITS_RELEASE,
	PERMITS_CHANNEL,
	PERMITS_AFTER,
	PERMITS_LIMIT,
	PERMITS_FINISHED,
	PERMITS_HELD,
	PERMITS_TENANT
};

const struct query_param api_permits_query[] = {
	{ "release", QUERY_TEXT, 1, RELEASE_MAX, "release: 1 to 128 bytes" },
	{ "channel", QUERY_TEXT, 1, CHANNEL_MAX, "channel: 1 to 64 bytes" },
	{ "after", QUERY_TEXT, 2, 2 + DEVICE_HANDLE_MAX, AFTER_FAULT },
	{ "limit", QUERY_NUMBER, 1, PERMITS_PAGE, "limit: 1 to 100" },
	{ "finished", QUERY_TEXT, 4, 5, FINISHED_FAULT },
	{ "held", QUERY_TEXT, 4, 5, HELD_FAULT },
	{ "tenant", QUERY_TEXT, 1, 64, TENANT_FAULT },
	{ NULL, QUERY_TEXT, 0, 0, NULL },
};

/* Whose permits; false: it was answered. */
static bool
take_tenant(struct request *r, const struct query_value *v,
            struct wire_permits_ask *m)
{
	const struct config_client *client = r->client->config;
	bool auditor = client->roles & CLIENT_AUDITOR;

	if (!auditor && (v->given || !client->tenant)) {
		request_problem(r, PROBLEM_ROLE_DENIED,
		                bytes_of_str(v->given ? "tenant is for auditors"
		                                      : "the client has no "
		                                        "tenant"));
		return false;
	}
	m->tenant = auditor ? v->text : bytes_of_str(client->tenant);
	m->all_tenants = auditor && !v->given ? WIRE_FLAG_YES : WIRE_FLAG_NO;
	if (m->all_tenants || tenant_name_valid(m->tenant))
		return true;
	request_problem(r, PROBLEM_QUERY_INVALID, bytes_of_str(TENANT_FAULT));
	return false;
}

static size_t
longest_place(const struct request *r)
{
	return r->client->config->roles & CLIENT_AUDITOR ? DEVICE_HANDLE_MAX
	                                                 : PLACE_MAX;
}

/* "0:" or "1:" and a place, as put_next() writes it. */
static bool
take_after(const struct request *r, const struct query_value *v,
           struct wire_permits_ask *m)
{
	if (!v->given)
		return true;
	m->after_finished = (uint16_t)(v->text.data[0] - '0');
	m->after = bytes_of(v->text.data + 2, v->text.len - 2);
	return m->after_finished <= 1 && v->text.data[1] == ':' &&
	       m->after.len <= longest_place(r);
}

/* Adds one of two bits; false: neither true nor false. */
static bool
take_which(const struct query_value *v, unsigned yes_bit, unsigned no_bit,
           struct wire_permits_ask *m)
{
	bool yes = bytes_equal_str(v->text, "true");

	if (!v->given)
		return true;
	m->which = (uint16_t)(m->which | (yes ? yes_bit : no_bit));
	return yes || bytes_equal_str(v->text, "false");
}

/* NULL: all is well. */
static const char *
take_query(const struct request *r, const struct query_value *v,
           struct wire_permits_ask *m)
{
	if (!v[PERMITS_RELEASE].given || !v[PERMITS_CHANNEL].given)
		return "release and channel are required";
	if (!take_after(r, &v[PERMITS_AFTER], m))
		return AFTER_FAULT;
	if (!take_which(&v[PERMITS_FINISHED], WHICH_FINISHED, WHICH_RUNNING, m))
		return FINISHED_FAULT;
	if (!take_which(&v[PERMITS_HELD], WHICH_HELD, WHICH_EXPIRED, m))
		return HELD_FAULT;
	m->release = v[PERMITS_RELEASE].text;
	m->channel = v[PERMITS_CHANNEL].text;
	m->limit = v[PERMITS_LIMIT].given ? (uint16_t)v[PERMITS_LIMIT].number
	                                  : PERMITS_PAGE;
	return NULL;
}

void
api_permits_get(struct request *r)
{
	struct wire_permits_ask m = { 0 };
	struct query query;

	if (!request_query(r, &query) ||
	    !take_tenant(r, &query.values[PERMITS_TENANT], &m))
		return;
	const char *fault = take_query(r, query.values, &m);
	if (fault) {
		request_problem(r, PROBLEM_QUERY_INVALID, bytes_of_str(fault));
		return;
	}
	if (!api_ask_ledger(r, QUESTION_PERMITS, &m.request))
		return;
	wire_put_permits_ask(&r->front->packet, &m);
	(void)front_send(r, r->front->ledger); /* false: it has answered */
}

/* --- the answer ------------------------------------------------------------ */

static void
put_permit(struct buf *out, const struct wire_permit *m)
{
	buf_append_str(out, "{\"device_handle\":");
	json_put_string(out, m->handle);
	buf_append_str(out, ",\"tenant\":");
	json_put_string(out, m->tenant);
	buf_append_str(out, ",\"given_at\":");
	json_put_time(out, m->given_s);
	buf_append_str(out, ",\"expires_at\":");
	json_put_time(out, m->expires_s);
	buf_append_str(out, ",\"attempts\":");
	json_put_number(out, m->attempts);
	buf_append_str(out, m->finished ? ",\"finished\":true}"
	                                : ",\"finished\":false}");
}

static err_t
put_permits(struct buf *out, struct bytes rows)
{
	struct reader in = reader_of(rows);
	const char *before = "";

	while (in.left > 0) {
		struct wire_permit m;

		TRY(wire_get_permit(reader_take(&in, reader_u32(&in)), &m));
		buf_append_str(out, before);
		put_permit(out, &m);
		before = ",";
	}
	return OK;
}

/* A handle has no character that would need an escape, or is none of ours.  If a
 * place is longer than a tenant may have, the next page begins a little earlier,
 * and some permits are in both. */
static void
put_next(struct buf *out, const struct request *r, const struct wire_permits *m)
{
	AUTO(buf_release) struct buf next = buf_of(2 + DEVICE_HANDLE_MAX);
	struct bytes place = m->next;

	if (place.len > longest_place(r))
		place.len = longest_place(r);
	buf_append_str(&next, m->next_finished ? "1:" : "0:");
	buf_append(&next, place);
	buf_append_str(out, ",\"next\":");
	json_put_string(out, buf_bytes(&next));
}

err_t
api_permits_on_page(struct question *q, const struct wire_permits *m)
{
	struct request *r = q->request;
	struct buf *text = &r->front->text;

	buf_reset(text);
	buf_append_str(text, "{\"permits\":[");
	TRY(put_permits(text, m->rows));
	buf_append_str(text, "]");
	if (m->more)
		put_next(text, r, m);
	buf_append_str(text, "}");
	api_respond_text(r, 200, text);
	return OK;
}
