/*
 * front.c - the front as a role: birth, questions and their ends.
 *
 * What the other processes say arrives in messages.c; what clients say, by
 * way of connection.c, in the api_*.c files.
 */
#include "front/front.h"

#include <string.h>

#include <event2/event.h>

#include "base/clock.h"
#include "front/connection.h"
#include "front/flow.h"
#include "base/log.h"
#include "front/outbox.h"
#include "front/http/request.h"
#include "front/share.h"

const char *
front_lacks(const struct front *f)
{
	if (f->n_keyholders == 0)
		return "no key holder";
	if (!f->keyholder)
		return "the key holder has announced no key";
	if (!f->ledger)
		return "no ledger";
	if (f->n_verifiers == 0)
		return "no verifier";
	if (!rules_any(&f->rules))
		return "no verifier has announced its policy";
	return NULL;
}

const char *
front_not_ready(const struct front *f)
{
	return f->healthy ? front_lacks(f) : f->why;
}

void
front_tell_status(struct front *f)
{
	const char *why = front_lacks(f);

	role_status(f->role, why == NULL, why ? why : renew_lacks(f));
	metrics_set(&f->metrics, METRIC_READY, front_not_ready(f) == NULL);
}

bool
front_ask(struct request *r, struct question *q, uint64_t *ret_id)
{
	q->request = r;
	q->deadline_at = clock_mono_ms() + r->front->config->deadline_ms;
	if (pending_ask(r->front->pending, q, ret_id) == OK)
		return true;

	request_problem(r, PROBLEM_UNAVAILABLE,
	                bytes_of_str("too many requests under way"));
	return false;
}

bool
front_send(struct request *r, struct edge *e)
{
	struct front *f = r->front;
	size_t lane = (size_t)(r->client - f->clients);
	err_t err = e && e->user ? outbox_send(e->user, lane, &f->packet)
	                         : edge_send(e, &f->packet);

	if (err == OK)
		return true;

	const char *why = err == E_LIMIT ? "a part of the service is busy"
	                                 : "a part of the service is gone";
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

static void
turn_outboxes(struct front *f)
{
	for (size_t i = 0; i < f->n_edges; i++)
		if (f->edges[i]->user)
			outbox_turn(f->edges[i]->user);
}

bool
front_turn(struct front *f)
{
	int how = EVLOOP_ONCE | (shares_wait(f) ? EVLOOP_NONBLOCK : 0);

	if (event_base_loop(f->base, how) < 0)
		return false;
	shares_turn(f);
	connections_write(f);
	connections_bury(f);
	turn_outboxes(f);
	role_flush(f->role);
	log_flush();
	return true;
}

void
front_sweep(struct front *f)
{
	uint64_t now = clock_mono_ms();
	struct request *r;

	front_keyholders_turn(f);
	front_keyholders_give_up(f);
	renew_turn(f, now);
	while ((r = pending_overdue(f->pending, now)) != NULL)
		request_problem(r, PROBLEM_DEADLINE, bytes_of(NULL, 0));
	connections_sweep(f, now);
	flow_ebb(f, now);
	metrics_set(&f->metrics, METRIC_PENDING, pending_count(f->pending));
}

/* Everything that was under way through an edge is answered at once; what the
 * other side may still have done, an honest retry will find. */
static void
give_up(struct front *f, struct edge *e, unsigned roles)
{
	size_t n = 0;
	struct request *const *lost = pending_lost(f->pending, e, roles, &n);

	for (size_t i = 0; i < n; i++) {
		pending_withdraw(f->pending, lost[i]);
		request_problem(lost[i], PROBLEM_UNAVAILABLE,
		                bytes_of_str("a part of the service restarts"));
	}
}

/* Is everything lost that needs such a peer, or only what this one had? */
static bool
only_one(const struct front *f, enum wire_role peer)
{
	if (peer == WIRE_ROLE_KEYHOLDER)
		return !f->keyholder;
	return peer != WIRE_ROLE_VERIFIER;
}

/* An edge without an outbox, for want of memory, sends in the order of asking. */
static void
add_edge(struct front *f, struct edge *e)
{
	struct outbox *o = NULL;

	if (outbox_new(e, f->config->n_clients, &o) == OK)
		e->user = o;
	f->edges[f->n_edges++] = e;
}

static void
remove_edge(struct front *f, struct edge *e)
{
	size_t i = 0;

	while (f->edges[i] != e)
		i++;
	f->edges[i] = f->edges[--f->n_edges];
	outbox_free(e->user);
	e->user = NULL;
}

static void
on_edge_up(struct role *role, struct edge *e)
{
	struct front *f = role_user(role);

	add_edge(f, e);
	if (e->peer == WIRE_ROLE_KEYHOLDER)
		front_keyholders_edge_up(f, e);
	else if (e->peer == WIRE_ROLE_LEDGER)
		f->ledger = e;
	else if (e->peer == WIRE_ROLE_VERIFIER)
		f->n_verifiers++;
	front_tell_status(f);
}

/* What it said ends with it. */
static void
ledger_down(struct front *f)
{
	f->ledger = NULL;
	front_keyholders_unvetoed(f);
}

static void
verifier_down(struct front *f, const struct edge *e)
{
	f->n_verifiers--;
	rules_forget(&f->rules, e->index);
}

static void
on_edge_down(struct role *role, struct edge *e)
{
	struct front *f = role_user(role);

	metrics_add(&f->metrics, METRIC_EDGES_LOST, 1);
	remove_edge(f, e);
	if (e->peer == WIRE_ROLE_KEYHOLDER)
		front_keyholders_edge_down(f, e);
	else if (e->peer == WIRE_ROLE_LEDGER)
		ledger_down(f);
	else if (e->peer == WIRE_ROLE_VERIFIER)
		verifier_down(f, e);
	give_up(f, e, only_one(f, e->peer) ? e->peer : 0);
	front_tell_status(f);
}

/* Certificate, key and authorities fit together, so that all are read again when
 * one is new.  The key in memory is no less to whoever takes this over. */
static const char *const keeps[] = { "listen", "tls-cert", "tls-key",
	                             "tls-client-ca", NULL };

static void
on_file_changed(struct role *role, const char *name)
{
	if (strcmp(name, "pins") == 0)
		front_read_pins(role);
	else
		renew_file(role, name);
}

const struct role_ops front_ops = {
	.name = "front",
	.role = WIRE_ROLE_FRONT,
	.keeps = keeps,
	.prepare = front_prepare,
	.file_changed = on_file_changed,
	.edge_up = on_edge_up,
	.edge_down = on_edge_down,
	.message = front_message,
};
