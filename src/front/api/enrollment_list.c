/*
 * enrollment_list.c - GET /v1/enrollments: a tenant's enrolments, in pages by
 * handle.
 */
#include "base/clock.h"
#include "front/api/api.h"
#include "front/front.h"
#include "front/http/query.h"
#include "front/json/write.h"
#include "proc/config.h"
#include "front/api/route.h"

#define LIST_PAGE 100 /* the most of a page; the ledger has the same */

enum {
	LIST_AFTER,
	LIST_LIMIT,
	LIST_STATE,
	LIST_FORMAT,
	LIST_PREFIX,
	LIST_SINCE,
	LIST_OVERDUE
};

#define STATE_FAULT "state: active, suspended, pending or retired"
#define SINCE_FAULT "since: an RFC 3339 time"

const struct query_param api_enrollments_query[] = {
	{ "after", QUERY_TEXT, 1, DEVICE_HANDLE_MAX, "after: 1 to 64 bytes" },
	{ "limit", QUERY_NUMBER, 1, LIST_PAGE, "limit: 1 to 100" },
	{ "state", QUERY_TEXT, 1, 16, STATE_FAULT },
	{ "format", QUERY_TEXT, 1, 32, "format: 1 to 32 bytes" },
	{ "prefix", QUERY_TEXT, 1, DEVICE_HANDLE_MAX, "prefix: 1 to 64 bytes" },
	{ "since", QUERY_TEXT, 20, 25, SINCE_FAULT },
	{ "overdue", QUERY_NUMBER, 0, 3650, "overdue: 0 to 3650" },
	{ NULL, QUERY_TEXT, 0, 0, NULL },
};

/* Unknown: no device has a state of that name. */
static enum wire_device_state
find_state(struct bytes name)
{
	for (unsigned n = WIRE_DEVICE_ACTIVE; wire_device_state_valid(n); n++) {
		enum wire_device_state state = (enum wire_device_state)n;

		if (bytes_equal_str(name, wire_device_state_name(state)))
			return state;
	}
	return WIRE_DEVICE_UNKNOWN;
}

/* 0 stands for the tenant's own setting; if that is 0, too, no device is
 * overdue, and the question makes no sense.  False: answered. */
static bool
overdue_days(struct request *r, const struct query_value *v, uint16_t *ret_days)
{
	const struct config *c = r->front->config;
	uint64_t days = v->number;

	*ret_days = 0;
	if (!v->given)
		return true;
	if (days == 0)
		days = c->tenants[r->client->config->tenant_index].overdue_days;
	*ret_days = (uint16_t)days;
	if (days > 0)
		return true;
	request_problem(r, PROBLEM_QUERY_INVALID,
	                bytes_of_str("overdue: the tenant has no overdue_days, "
	                             "so say how many"));
	return false;
}

void
api_enrollments_get(struct request *r)
{
	struct query query;

	if (!api_enrollment_may(r, false) || !request_query(r, &query))
		return;

	const struct query_value *v = query.values;
	struct wire_enrollment_list m = {
		.tenant = bytes_of_str(r->client->config->tenant),
		.after = v[LIST_AFTER].text,
		.limit = v[LIST_LIMIT].given ? (uint16_t)v[LIST_LIMIT].number
		                             : LIST_PAGE,
		.device = find_state(v[LIST_STATE].text),
		.format = v[LIST_FORMAT].text,
		.prefix = v[LIST_PREFIX].text,
	};
	uint64_t since_ms = 0;
	if (v[LIST_SINCE].given &&
	    clock_parse(v[LIST_SINCE].text, &since_ms) != OK) {
		request_problem(r, PROBLEM_QUERY_INVALID,
		                bytes_of_str(SINCE_FAULT));
		return;
	}
	m.since_s = since_ms / 1000;
	if (v[LIST_STATE].given && m.device == WIRE_DEVICE_UNKNOWN) {
		request_problem(r, PROBLEM_QUERY_INVALID,
		                bytes_of_str(STATE_FAULT));
		return;
	}
	if (!overdue_days(r, &v[LIST_OVERDUE], &m.overdue_days) ||
	    !api_ask_ledger(r, QUESTION_ENROLLMENTS, &m.request))
		return;
	wire_put_enrollment_list(&r->front->packet, &m);
	(void)front_send(r, r->front->ledger); /* false: it has answered */
}

static err_t
put_rows(struct buf *out, struct bytes rows)
{
	struct reader in = reader_of(rows);
	const char *before = "";

	while (in.left > 0) {
		struct wire_enrollment m;

		TRY(wire_get_enrollment(reader_take(&in, reader_u32(&in)), &m));
		buf_append_str(out, before);
		api_enrollment_put(out, &m);
		before = ",";
	}
	return OK;
}

err_t
api_enrollments_on_page(struct question *q,
                        const struct wire_enrollment_page *m)
{
	struct request *r = q->request;
	struct buf *text = &r->front->text;

	buf_reset(text);
	buf_append_str(text, "{\"enrollments\":[");
	TRY(put_rows(text, m->rows));
	buf_append_str(text, "]");
	if (m->next.len > 0) {
		buf_append_str(text, ",\"next\":");
		json_put_string(text, m->next);
	}
	buf_append_str(text, "}");
	api_respond_text(r, 200, text);
	return OK;
}
