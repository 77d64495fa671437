/*
 * front.c - the front as a role: its peers, and what ends with one of them.
 *
 * Messages of other processes arrive in messages.c; requests of clients arrive
 * through connection.c in the files of api/.
 */
#include "front/front.h"

#include <string.h>

#include "front/outbox.h"
#include "front/http/request.h"

/* Answers all requests that wait for this edge.  If the peer has processed one
 * nevertheless, an honest retry gets its result. */
static void
give_up(struct front *f, struct edge *e, unsigned roles)
{
	size_t n = 0;
	struct request *const *lost = pending_lost(f->pending, e, roles, &n);

	for (size_t i = 0; i < n; i++) {
		pending_withdraw(f->pending, lost[i]);
		request_problem(lost[i], PROBLEM_UNAVAILABLE,
		                bytes_of_str("a process of the service "
		                             "restarts"));
	}
}

/* True: there is no other peer of its role, so all requests that need one are
 * lost.  False: only those that were sent to this one. */
static bool
only_one(const struct front *f, enum wire_role peer)
{
	if (peer == WIRE_ROLE_KEYHOLDER)
		return !f->keyholder;
	return peer != WIRE_ROLE_VERIFIER;
}

/* An edge that got no outbox, for lack of memory, sends in the order of
 * asking. */
static void
add_edge(struct front *f, struct edge *e)
{
	struct outbox *o = NULL;

	if (outbox_new(e, f->crowd.n_lanes, &o) == OK)
		e->user = o;
	if (o && e->peer == WIRE_ROLE_VERIFIER)
		outbox_bound(o, f->crowd.windows, &f->crowd.most);
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

/* What it reported ends with it. */
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
on_front_edge_down(struct role *role, struct edge *e)
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

/* Certificate, key and CAs must fit together, so all are read again when one is
 * new.  That the key's file stays open gives an attacker no more than the key
 * in memory does. */
static const char *const keeps[] = { "listen", "tls-cert", "tls-key",
	                             "tls-client-ca", NULL };

static void
on_front_file_changed(struct role *role, const char *name)
{
	if (in_force_file(name))
		front_read_pins(role);
	else
		renew_file(role, name);
}

const struct role_ops front_ops = {
	.name = "front",
	.role = WIRE_ROLE_FRONT,
	.keeps = keeps,
	.prepare = front_prepare,
	.file_changed = on_front_file_changed,
	.edge_up = on_edge_up,
	.edge_down = on_front_edge_down,
	.message = front_message,
};
