/*
 * queue.c - see queue.h.
 *
 * A lane is the queue of one tenant.  The lanes that are not empty are in one
 * array, and `turn` walks over it.
 */
#include <stdlib.h>
#include <string.h>

#include "keyholder/keyholder.h"

#define LANES_MAX FAIR_QUEUE_TENANTS_MAX
#define SHARE_OF(most) ((most) / 4 * 3) /* of one tenant */

struct result_lane {
	struct waiting *first, *last; /* never empty */
	size_t n, bytes;
};

struct queue_lanes {
	size_t n_waiting, bytes; /* also of those whose turn has come */
	size_t n, turn;
	struct result_lane rows[LANES_MAX];
};

err_t
queue_open(struct queue *q)
{
	*q = (struct queue){ .lanes = calloc(1, sizeof(*q->lanes)) };
	return q->lanes ? OK : E_NOMEM;
}

static struct result_lane *
lane_of(struct queue_lanes *all, struct bytes tenant)
{
	for (size_t i = 0; i < all->n; i++)
		if (bytes_equal(all->rows[i].first->tenant, tenant))
			return &all->rows[i];
	return NULL;
}

static bool
lane_has_room(const struct queue_lanes *all, const struct result_lane *l,
              size_t bytes)
{
	if (all->n_waiting == KEYHOLDER_QUEUE_MAX ||
	    KEYHOLDER_QUEUE_BYTES - all->bytes < bytes)
		return false;
	if (!l)
		return all->n < LANES_MAX;
	return l->n < SHARE_OF(KEYHOLDER_QUEUE_MAX) &&
	       l->bytes + bytes <= SHARE_OF(KEYHOLDER_QUEUE_BYTES);
}

/* One piece of memory: the entry, its tenant, its bytes. */
static struct waiting *
copy_waiting(const struct waiting *item, struct bytes bytes)
{
	struct waiting *w = malloc(sizeof(*w) + item->tenant.len + bytes.len);

	if (!w)
		return NULL;
	uint8_t *tenant = (uint8_t *)(w + 1);
	uint8_t *rest = tenant + item->tenant.len;
	*w = *item;
	w->next = NULL;
	if (item->tenant.len > 0)
		memcpy(tenant, item->tenant.data, item->tenant.len);
	if (bytes.len > 0)
		memcpy(rest, bytes.data, bytes.len);
	w->tenant = bytes_of(tenant, item->tenant.len);
	w->bytes = bytes_of(rest, bytes.len);
	return w;
}

err_t
queue_add(struct queue *q, const struct waiting *item, struct bytes bytes)
{
	struct queue_lanes *all = q->lanes;
	struct result_lane *l = lane_of(all, item->tenant);

	if (!lane_has_room(all, l, bytes.len))
		return E_LIMIT;
	struct waiting *w = copy_waiting(item, bytes);
	if (!w)
		return E_NOMEM;
	if (l) {
		l->last->next = w;
	} else {
		l = &all->rows[all->n++];
		*l = (struct result_lane){ .first = w };
	}
	l->last = w;
	l->n++;
	l->bytes += bytes.len;
	all->n_waiting++;
	all->bytes += bytes.len;
	return OK;
}

/* The first of the lane whose turn it is; NULL: none waits. */
static struct waiting *
take_turn(struct queue_lanes *all)
{
	if (all->n == 0)
		return NULL;
	if (all->turn >= all->n)
		all->turn = 0;

	struct result_lane *l = &all->rows[all->turn];
	struct waiting *w = l->first;

	l->first = w->next;
	l->n--;
	l->bytes -= w->bytes.len;
	if (l->first) {
		all->turn++;
	} else {
		/* later lanes move up, so none loses its turn */
		all->n--;
		memmove(l, l + 1, (all->n - all->turn) * sizeof(*l));
	}
	w->next = NULL;
	return w;
}

struct waiting *
queue_next(struct queue *q, size_t i)
{
	struct waiting *w;

	while (q->n_chosen <= i && (w = take_turn(q->lanes)) != NULL) {
		if (q->first)
			q->last->next = w;
		else
			q->first = w;
		q->last = w;
		q->n_chosen++;
	}
	if (!q->near || q->near_i > i) {
		q->near = q->first;
		q->near_i = 0;
	}
	for (w = q->near; w && q->near_i < i; q->near_i++)
		w = w->next;
	return q->near = w;
}

void
queue_took(struct queue *q, size_t n)
{
	q->near = NULL;
	for (; n > 0 && q->first; n--) {
		struct waiting *w = q->first;

		q->first = w->next;
		q->n_chosen--;
		q->lanes->n_waiting--;
		q->lanes->bytes -= w->bytes.len;
		free(w);
	}
}

static void
forget_list(struct waiting *w, const struct edge *e)
{
	for (; w; w = w->next)
		if (w->from == e)
			w->from = NULL;
}

void
queue_forget(struct queue *q, const struct edge *e)
{
	forget_list(q->first, e);
	for (size_t i = 0; i < q->lanes->n; i++)
		forget_list(q->lanes->rows[i].first, e);
}

static bool
list_uses(const struct waiting *w, unsigned key)
{
	for (; w; w = w->next)
		if (w->kind == WIRE_ID_RESULT_SIGN && w->key == key)
			return true;
	return false;
}

bool
queue_uses(const struct queue *q, unsigned key)
{
	bool uses = list_uses(q->first, key);

	for (size_t i = 0; i < q->lanes->n && !uses; i++)
		uses = list_uses(q->lanes->rows[i].first, key);
	return uses;
}

void
queue_release(struct queue *q)
{
	if (!q->lanes) /* it was never opened */
		return;
	while (queue_next(q, 0))
		queue_took(q, 1);
	free(q->lanes);
	q->lanes = NULL;
}
