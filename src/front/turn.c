/*
 * turn.c - one iteration of a front's loop, and the work of every
 * LIMIT_SWEEP_MS.
 */
#include <event2/event.h>

#include "base/clock.h"
#include "front/api/api.h"
#include "front/connection.h"
#include "front/flow.h"
#include "front/front.h"
#include "base/log.h"
#include "front/outbox.h"
#include "front/http/request.h"
#include "front/share.h"

static void
turn_outboxes(struct front *f)
{
	crowd_turn(&f->crowd, clock_mono_ms());
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
	if (connections_bury(f))
		listen_room(f);
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
	api_attestations_sweep(f, now);
	while ((r = pending_overdue(f->pending, now)) != NULL)
		request_problem(r, PROBLEM_DEADLINE, bytes_of(NULL, 0));
	connections_sweep(f, now);
	flow_ebb(f, now);
	metrics_set(&f->metrics, METRIC_PENDING, pending_count(f->pending));
}
