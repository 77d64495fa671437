/*
 * ask.c - asks other processes for a request, and charges what costs more than
 * one token of the quota.
 */
#include "base/clock.h"
#include "front/front.h"
#include "front/outbox.h"
#include "front/http/request.h"

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
	size_t lane = (size_t)(r->client - f->clients);
	err_t err = e && e->user ? outbox_send(e->user, lane, &f->packet)
	                         : edge_ask(e, &f->packet);

	if (err == OK)
		return true;

	const char *why = err == E_LIMIT
	                          ? "a process of the service is overloaded"
	                          : "a process of the service has ended";
	request_problem(r, PROBLEM_UNAVAILABLE, bytes_of_str(why));
	return false;
}

bool
front_pay(struct request *r, uint32_t n)
{
	if (n == 0 || quota_take(&r->client->quota, n, clock_mono_ms()))
		return true;

	metrics_add(&r->front->metrics, METRIC_QUOTA_EXCEEDED, 1);
	request_problem(r, PROBLEM_QUOTA_EXCEEDED, bytes_of(NULL, 0));
	return false;
}
