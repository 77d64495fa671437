/*
 * outcomes.c - GET /v1/outcomes: stored outcomes, by pages.
 *
 * A backend reads its own tenant's outcomes, whatever it asks for; an auditor
 * reads all, or one tenant's.  The ledger takes the tenant from this process,
 * so the rule is kept here and nowhere else.
 *
 * A page needs the ledger alone, so it is also answered while the service is not
 * ready: then people look for causes.
 */
#include "base/clock.h"
#include "crypto/token/outcome.h"
#include "front/api/api.h"
#include "front/api/route.h"
#include "front/front.h"
#include "front/json/outcomes.h"
#include "wire/reason.h"

#define PAGE_DEFAULT 100
#define PAGE_MAX 100
#define TIME_LEAST 20 /* bytes: 2026-11-23T12:00:00Z */
#define TIME_MOST 25  /* with an offset, or with fractions of a second */
#define TEXT_MOST 64

/* Each sets the member of the question; false: the value is none. */
static bool
take_after(struct wire_outcomes_ask *m, const struct query_value *v)
{
	m->after = v->number;
	return true;
}

static bool
take_limit(struct wire_outcomes_ask *m, const struct query_value *v)
{
	m->limit = (uint16_t)v->number;
	return true;
}

static bool
take_since(struct wire_outcomes_ask *m, const struct query_value *v)
{
	return clock_parse(v->text, &m->since_ms) == OK;
}

/* Before 1970 there is nothing, but 0 means no end. */
static bool
take_until(struct wire_outcomes_ask *m, const struct query_value *v)
{
	return clock_parse(v->text, &m->until_ms) == OK && m->until_ms > 0;
}

static bool
take_tenant(struct wire_outcomes_ask *m, const struct query_value *v)
{
	m->all_tenants = WIRE_FLAG_NO;
	m->tenant = v->text;
	return tenant_name_valid(v->text);
}

static bool
take_reason(struct wire_outcomes_ask *m, const struct query_value *v)
{
	enum reason r = reason_find(v->text);

	m->reasons = r < REASON_COUNT ? reason_bit(r) : 0;
	return r < REASON_COUNT;
}

static bool
take_eligible(struct wire_outcomes_ask *m, const struct query_value *v)
{
	bool yes = bytes_equal_str(v->text, "true");

	m->eligible = yes ? WIRE_ELIGIBILITY_TRUE : WIRE_ELIGIBILITY_FALSE;
	return yes || bytes_equal_str(v->text, "false");
}

static bool
take_workflow(struct wire_outcomes_ask *m, const struct query_value *v)
{
	enum workflow w = workflow_find(v->text);

	m->workflows = (uint16_t)(1u << w);
	return w < WORKFLOW_COUNT;
}

static bool
take_channel(struct wire_outcomes_ask *m, const struct query_value *v)
{
	m->channel = v->text;
	return true;
}

static bool
take_release(struct wire_outcomes_ask *m, const struct query_value *v)
{
	m->release = v->text;
	return true;
}

static bool
take_shadow(struct wire_outcomes_ask *m, const struct query_value *v)
{
	m->shadow = v->text;
	return tenant_name_valid(v->text); /* policies spell ids so */
}

static bool
take_difference(struct wire_outcomes_ask *m, const struct query_value *v)
{
	m->difference = outcome_difference(v->text);
	return m->difference != WIRE_DIFFERENCE_NONE;
}

/* The only list of the parameters.  The text is what a wrong value is told. */
#define PARAMS(P)                                                              \
	P(after, QUERY_NUMBER, 0, INT64_MAX,                                   \
	  "after: the sequence of an outcome")                                 \
	P(limit, QUERY_NUMBER, 1, PAGE_MAX, "limit: 1 to 100")                 \
	P(since, QUERY_TEXT, TIME_LEAST, TIME_MOST, "since: an RFC 3339 time") \
	P(until, QUERY_TEXT, TIME_LEAST, TIME_MOST, "until: an RFC 3339 time") \
	P(tenant, QUERY_TEXT, 1, TEXT_MOST, "tenant: the name of a tenant")    \
	P(reason, QUERY_TEXT, 1, TEXT_MOST, "reason: the code of a reason")    \
	P(eligible, QUERY_TEXT, 4, 5, "eligible: true or false")               \
	P(workflow, QUERY_TEXT, 1, TEXT_MOST, "workflow: the name of one")     \
	P(channel, QUERY_TEXT, 1, CHANNEL_MAX, "channel: 1 to 64 bytes")       \
	P(release, QUERY_TEXT, 1, RELEASE_MAX, "release: 1 to 128 bytes")      \
	P(shadow, QUERY_TEXT, 1, TEXT_MOST, "shadow: the id of a policy")      \
	P(difference, QUERY_TEXT, 1, TEXT_MOST,                                \
	  "difference: any, refuses, accepts or reasons")

enum param {
#define PARAM_ENUM(name, ...) PARAM_##name,
	PARAMS(PARAM_ENUM)
#undef PARAM_ENUM
	        PARAM_COUNT
};

_Static_assert(PARAM_COUNT <= QUERY_PARAMS_MAX, "a query has room for all");

const struct query_param api_outcomes_params[] = {
#define PARAM_ROW(name, kind, least, most, fault) \
	{ #name, kind, least, most, fault },
	PARAMS(PARAM_ROW)
#undef PARAM_ROW
	        { NULL, QUERY_TEXT, 0, 0, NULL },
};

static bool (*const takers[])(struct wire_outcomes_ask *m,
                              const struct query_value *v) = {
#define PARAM_TAKER(name, ...) take_##name,
	PARAMS(PARAM_TAKER)
#undef PARAM_TAKER
};

/* False: a value is none, and it was answered. */
static bool
read_params(struct request *r, struct wire_outcomes_ask *m,
            const struct query *query)
{
	for (enum param i = 0; i < PARAM_COUNT; i++) {
		const struct query_value *v = &query->values[i];

		if (!v->given || takers[i](m, v))
			continue;
		request_problem(r, PROBLEM_QUERY_INVALID,
		                bytes_of_str(api_outcomes_params[i].fault));
		return false;
	}
	return true;
}

void
api_outcomes_get(struct request *r)
{
	const struct config_client *client = r->client->config;
	bool auditor = client->roles & CLIENT_AUDITOR;
	struct wire_outcomes_ask m = { .limit = PAGE_DEFAULT };
	struct query query;

	if (!request_query(r, &query))
		return;
	if (!auditor && query.values[PARAM_tenant].given) {
		request_problem(r, PROBLEM_ROLE_DENIED,
		                bytes_of_str("tenant is for auditors"));
		return;
	}
	if (auditor)
		m.all_tenants = WIRE_FLAG_YES;
	else
		m.tenant = bytes_of_str(client->tenant);
	if (!read_params(r, &m, &query) ||
	    !api_ask_ledger(r, QUESTION_OUTCOMES, &m.request))
		return;
	wire_put_outcomes_ask(&r->front->packet, &m);
	(void)front_send(r, r->front->ledger); /* false: it has answered */
}

err_t
api_outcomes_on_page(struct question *q, const struct wire_outcomes *m)
{
	struct buf *text = &q->request->front->text;

	buf_reset(text);
	err_t err = outcomes_put_page(text, m->outcomes, m->next);
	if (err == E_MALFORMED)
		return err;
	if (err != OK)
		request_problem(q->request, PROBLEM_UNAVAILABLE,
		                bytes_of(NULL, 0));
	else
		request_json(q->request, 200, buf_bytes(text));
	return OK;
}
