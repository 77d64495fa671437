/*
 * preregistration.c - /v1/preregistrations: the list of devices that a tenant knows
 * before they enrol.
 *
 * It is for the tenant's officers alone, by the table of routes.  Whether a device
 * must be on the list is decided in the ledger.
 */
#include "base/clock.h"
#include "front/api/api.h"
#include "front/api/route.h"
#include "front/front.h"
#include "front/http/query.h"
#include "front/json/known.h"
#include "front/json/write.h"

/* --- a batch --------------------------------------------------------------- */

/* False: answered. */
static bool
read_batch(struct request *r, struct known_orders *ret_orders)
{
	struct json_fault fault = { .problem = PROBLEM_UNAVAILABLE };

	if (known_orders_parse(buf_bytes(&r->body), clock_wall_ms() / 1000,
	                       ret_orders, &fault) == OK)
		return true;
	request_problem(r, fault.problem, bytes_of_str(fault.detail));
	return false;
}

static void
respond_batch(struct request *r, const struct known_orders *orders,
              const struct wire_preregistered *m)
{
	struct buf *text = &r->front->text;

	buf_reset(text);
	buf_append_str(text, "{\"new\":");
	json_put_number(text, m->added);
	buf_append_str(text, ",\"known\":");
	json_put_number(text, m->known);
	buf_append_str(text, ",\"invalid\":");
	json_put_number(text, orders->n_invalid);
	buf_append_str(text, ",\"faults\":");
	buf_append(text, buf_bytes(&orders->faults));
	buf_append_str(text, "}");
	api_respond_text(r, 200, text);
}

/* The body is kept: the answer says what is wrong with its entries. */
void
api_preregistrations_post(struct request *r)
{
	AUTO(known_orders_release) struct known_orders orders = { 0 };
	const struct config_client *client = r->client->config;
	const struct wire_preregistered nothing = { 0 };
	struct wire_preregister m = {
		.tenant = bytes_of_str(client->tenant),
		.client = bytes_of_str(client->san),
	};

	if (!api_enrollment_may(r, true) || !read_batch(r, &orders))
		return;
	if (orders.n_valid == 0) {
		respond_batch(r, &orders, &nothing);
		return;
	}
	m.entries = buf_bytes(&orders.entries);
	r->keeps_body = true;
	if (!api_ask_ledger(r, QUESTION_KNOWN, &m.request))
		return;
	wire_put_preregister(&r->front->packet, &m);
	(void)front_send(r, r->front->ledger); /* false: it has answered */
}

err_t
api_preregistrations_on_added(struct question *q,
                              const struct wire_preregistered *m)
{
	AUTO(known_orders_release) struct known_orders orders = { 0 };
	struct request *r = q->request;

	if (r->route->handle != api_preregistrations_post)
		return E_MALFORMED; /* it answers another request */
	if (read_batch(r, &orders))
		respond_batch(r, &orders, m);
	return OK;
}

/* --- pages ------------------------------------------------------------------ */

#define PAGE_MAX 500 /* the most of a page; the ledger has the same */

enum { PAGE_AFTER, PAGE_LIMIT };

#define AFTER_FAULT "after: the next of an earlier page"

const struct query_param api_preregistrations_query[] = {
	{ "after", QUERY_TEXT, 1, KNOWN_NAME_MAX, AFTER_FAULT },
	{ "limit", QUERY_NUMBER, 1, PAGE_MAX, "limit: 1 to 500" },
	{ NULL, QUERY_TEXT, 0, 0, NULL },
};

void
api_preregistrations_get(struct request *r)
{
	const struct config_client *client = r->client->config;
	struct wire_preregistration_list m = {
		.tenant = bytes_of_str(client->tenant),
		.limit = PAGE_MAX,
	};
	struct query query;
	unsigned kind = 0;

	if (!api_enrollment_may(r, false) || !request_query(r, &query))
		return;
	const struct query_value *v = query.values;
	if (v[PAGE_LIMIT].given)
		m.limit = (uint16_t)v[PAGE_LIMIT].number;
	if (v[PAGE_AFTER].given &&
	    known_name_parse(v[PAGE_AFTER].text, &kind, m.after) != OK) {
		request_problem(r, PROBLEM_QUERY_INVALID,
		                bytes_of_str(AFTER_FAULT));
		return;
	}
	m.after_kind = (uint16_t)kind;
	if (!api_ask_ledger(r, QUESTION_KNOWN_PAGE, &m.request))
		return;
	wire_put_preregistration_list(&r->front->packet, &m);
	(void)front_send(r, r->front->ledger); /* false: it has answered */
}

err_t
api_preregistrations_on_page(struct question *q,
                             const struct wire_preregistration_page *m)
{
	struct request *r = q->request;
	struct buf *text = &r->front->text;

	if (r->route->handle != api_preregistrations_get ||
	    (m->next_kind != 0 && !wire_preregistration_valid(m->next_kind)))
		return E_MALFORMED;
	buf_reset(text);
	buf_append_str(text, "{\"preregistrations\":");
	TRY(known_put_entries(text, m->entries));
	if (m->next_kind != 0) {
		buf_append_str(text, ",\"next\":\"");
		known_put_name(text, m->next_kind, m->next);
		buf_append_str(text, "\"");
	}
	buf_append_str(text, "}");
	api_respond_text(r, 200, text);
	return OK;
}

/* --- deletion ---------------------------------------------------------------- */

void
api_preregistration_delete(struct request *r)
{
	const struct config_client *client = r->client->config;
	struct wire_preregistration_delete m = {
		.tenant = bytes_of_str(client->tenant),
		.client = bytes_of_str(client->san),
	};
	unsigned kind = 0;

	if (!api_enrollment_may(r, true))
		return;
	if (known_name_parse(r->tail, &kind, m.digest) != OK) {
		request_problem(r, PROBLEM_PREREGISTRATION_NONE,
		                bytes_of(NULL, 0));
		return;
	}
	m.kind = (enum wire_preregistration)kind;
	if (!api_ask_ledger(r, QUESTION_KNOWN, &m.request))
		return;
	wire_put_preregistration_delete(&r->front->packet, &m);
	(void)front_send(r, r->front->ledger); /* false: it has answered */
}

err_t
api_preregistration_on_deleted(struct question *q,
                               const struct wire_preregistration_deleted *m)
{
	struct request *r = q->request;

	if (r->route->handle != api_preregistration_delete)
		return E_MALFORMED;
	if (m->found)
		request_respond(r, &(struct response){ .status = 204 });
	else
		request_problem(r, PROBLEM_PREREGISTRATION_NONE,
		                bytes_of(NULL, 0));
	return OK;
}
