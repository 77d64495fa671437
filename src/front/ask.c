/*
 * ask.c - asks other processes for a request, and charges what costs more than
 * one token of the quota.
 */
#include "base/clock.h"
#include "front/front.h"
#include "front/outbox.h"
#include "front/http/request.h"
#include "front/tenant.h"

bool
front_ask(struct request *r, struct question *q, uint64_t *ret_id)
{
	q->request = r;
	q->deadline_at = clock_mono_ms() + r->front->config->deadline_ms;
	if (pending_ask(r->front->pending, q, ret_id) == OK)
		return true;

	request_problem(r, PROBLEM_UNAVAILABLE,
	                bytes_of_str("too many requests wait for an answer"));
	return false;
}

bool
front_send(struct request *r, struct edge *e)
{
	struct front *f = r->front;
	err_t err = e && e->user
	                    ? outbox_send(e->user, r->client->lane, &f->packet)
	                    : edge_ask(e, &f->packet);

	if (err == OK)
		return true;

	const char *why = err == E_LIMIT
	                          ? "a process of the service is overloaded"
	                          : "a process of the service has ended";
	request_problem(r, PROBLEM_UNAVAILABLE, bytes_of_str(why));
	return false;
}

/* The client pays first, also for what its tenant's quota does not allow. */
bool
front_pay(struct request *r, uint32_t n)
{
	uint64_t now_ms = clock_mono_ms();
	enum problem why = PROBLEM_NONE;

	if (n == 0)
		return true;
	if (!quota_take(&r->client->quota, n, now_ms))
		why = PROBLEM_QUOTA_EXCEEDED;
	else if (r->client->tenant &&
	         !tenant_take(r->client->tenant, n, now_ms))
		why = PROBLEM_TENANT_QUOTA;
	if (why == PROBLEM_NONE)
		return true;

	metrics_add(&r->front->metrics, METRIC_QUOTA_EXCEEDED, 1);
	request_problem(r, why, bytes_of(NULL, 0));
	return false;
}

bool
front_issue(struct request *r, const struct challenge_orders *all)
{
	struct tenant *t = r->client->tenant;
	uint64_t now_ms = clock_mono_ms();

	if (!t || tenant_issue(t, all, now_ms))
		return true;

	metrics_add(&r->front->metrics, METRIC_QUOTA_EXCEEDED, 1);
	request_problem_until(r, PROBLEM_OUTSTANDING, bytes_of(NULL, 0),
	                      outstanding_falls_in(&t->outstanding, now_ms));
	return false;
}
