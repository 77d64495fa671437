/*
 * fair_queue.c - see fair_queue.h.
 *
 * A lane is the queue of one tenant.  The lanes that are not empty are in one
 * array, and `turn` walks over it.  Few tenants wait at once, so the search for
 * a lane starts at the one found last.
 */
#include "keyholder/fair_queue.h"

#include <stdlib.h>

struct lane {
	struct challenge_waiting *first, *last; /* never empty */
	size_t count;
};

struct fair_queue {
	struct challenge_waiting *places;
	struct challenge_waiting *unused; /* a list; then those never used */
	size_t used;                      /* places that were ever used */
	size_t n_lanes, turn, found;
	struct lane lanes[FAIR_QUEUE_TENANTS_MAX];
};

err_t
fair_queue_new(struct fair_queue **ret_turns)
{
	AUTO(fair_queue_free) struct fair_queue *t = calloc(1, sizeof(*t));

	if (!t)
		return E_NOMEM;
	t->places = calloc(FAIR_QUEUE_MAX, sizeof(*t->places));
	if (!t->places)
		return E_NOMEM;
	*ret_turns = TAKE(t);
	return OK;
}

void
fair_queue_free(struct fair_queue *t)
{
	if (!t)
		return;
	free(t->places);
	free(t);
}

err_t
fair_queue_read(struct fair_queue *t, struct bytes packet,
                struct challenge_waiting **ret_w)
{
	struct challenge_waiting *w = t->unused;

	if (packet.len > sizeof(w->packet))
		return E_MALFORMED;
	if (!w && t->used == FAIR_QUEUE_MAX)
		return E_LIMIT;
	if (w)
		t->unused = w->next;
	else
		w = &t->places[t->used++];

	memcpy(w->packet, packet.data, packet.len);
	err_t err = wire_get_challenge_make(bytes_of(w->packet, packet.len),
	                                    &w->asked);
	if (err != OK) {
		fair_queue_done(t, w);
		return err;
	}
	*ret_w = w;
	return OK;
}

void
fair_queue_done(struct fair_queue *t, struct challenge_waiting *w)
{
	w->next = t->unused;
	t->unused = w;
}

/* The tenant's lane, or NULL. */
static struct lane *
find_lane(struct fair_queue *t, struct bytes tenant)
{
	for (size_t i = 0; i < t->n_lanes; i++) {
		size_t at = (t->found + i) % t->n_lanes;

		if (!bytes_equal(t->lanes[at].first->asked.tenant, tenant))
			continue;
		t->found = at;
		return &t->lanes[at];
	}
	return NULL;
}

err_t
fair_queue_add(struct fair_queue *t, struct challenge_waiting *w)
{
	struct lane *l = find_lane(t, w->asked.tenant);

	bool full = l ? l->count == FAIR_QUEUE_TENANT_MAX
	              : t->n_lanes == FAIR_QUEUE_TENANTS_MAX;
	if (full) {
		fair_queue_done(t, w);
		return E_LIMIT;
	}
	w->next = NULL;
	if (l) {
		l->last->next = w;
	} else {
		l = &t->lanes[t->n_lanes++];
		*l = (struct lane){ .first = w };
	}
	l->last = w;
	l->count++;
	return OK;
}

bool
fair_queue_waiting(const struct fair_queue *t)
{
	return t->n_lanes > 0;
}

struct challenge_waiting *
fair_queue_take(struct fair_queue *t)
{
	if (t->n_lanes == 0)
		return NULL;
	if (t->turn >= t->n_lanes)
		t->turn = 0;

	struct lane *l = &t->lanes[t->turn];
	struct challenge_waiting *w = l->first;

	l->first = w->next;
	l->count--;
	if (l->first) {
		t->turn++;
	} else {
		/* later lanes move up, so none loses its turn */
		t->n_lanes--;
		memmove(l, l + 1, (t->n_lanes - t->turn) * sizeof(*l));
	}
	return w;
}

void
fair_queue_forget(struct fair_queue *t, const struct edge *e)
{
	for (size_t i = 0; i < t->n_lanes; i++)
		for (struct challenge_waiting *w = t->lanes[i].first; w;
		     w = w->next)
			if (w->from == e)
				w->from = NULL;
}
