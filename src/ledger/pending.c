/*
 * pending.c - see pending.h.
 *
 * The low bits of a request id are its row.  The count above them keeps a late
 * answer from finding the next request in that row.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#include "ledger/pending.h"

#define ROW_MASK ((uint64_t)PENDING_MAX - 1)

err_t
pendings_init(struct pendings *ps)
{
	*ps = (struct pendings){ 0 };
	ps->rows = calloc(PENDING_MAX, sizeof(*ps->rows));
	return ps->rows ? OK : E_NOMEM;
}

void
pendings_release(struct pendings *ps)
{
	for (size_t i = 0; ps->rows && i < PENDING_MAX; i++)
		if (ps->rows[i].kind != PENDING_FREE)
			pending_drop(ps, &ps->rows[i]);
	free(TAKE(ps->rows));
}

err_t
pending_add(struct pendings *ps, enum pending_kind kind, uint64_t sequence,
            struct pending **ret)
{
	if (ps->n == PENDING_MAX)
		return E_LIMIT;

	/* Starts at the next row in turn, so that the search is short. */
	struct pending *p;
	do {
		p = &ps->rows[++ps->count & ROW_MASK];
	} while (p->kind != PENDING_FREE);
	*p = (struct pending){
		.kind = kind,
		.request = ps->count,
		.started_at = clock_mono_ms(),
		.sequence = sequence,
		.jwt = buf_of(WIRE_PACKET_MAX),
		.asked = buf_of(WIRE_PACKET_MAX),
	};
	if (kind == PENDING_SIGN) {
		p->same = ps->by_sequence[sequence & ROW_MASK];
		ps->by_sequence[sequence & ROW_MASK] = p;
	}
	ps->n++;
	*ret = p;
	return OK;
}

struct pending *
pending_find(struct pendings *ps, uint64_t request)
{
	struct pending *p = &ps->rows[request & ROW_MASK];

	return p->kind != PENDING_FREE && p->request == request ? p : NULL;
}

struct pending *
pending_of(struct pendings *ps, uint64_t sequence, enum wire_result_form form)
{
	struct pending *p = ps->by_sequence[sequence & ROW_MASK];

	while (p && (p->sequence != sequence || p->form != form))
		p = p->same;
	return p;
}

static void
unlink_sequence(struct pendings *ps, struct pending *p)
{
	struct pending **at = &ps->by_sequence[p->sequence & ROW_MASK];

	while (*at && *at != p)
		at = &(*at)->same;
	if (*at)
		*at = p->same;
}

static void
unlink_signed(struct pendings *ps, struct pending *p)
{
	struct pending **at = &ps->first_signed;

	while (*at && *at != p)
		at = &(*at)->next_signed;
	if (!*at)
		return;
	*at = p->next_signed;
	ps->n_signed--;
}

void
pending_drop(struct pendings *ps, struct pending *p)
{
	if (p->kind == PENDING_SIGN)
		unlink_sequence(ps, p);
	if (p->jwt.len > 0)
		unlink_signed(ps, p);
	pending_unwait(p);
	buf_release(&p->jwt);
	buf_release(&p->held);
	buf_release(&p->asked);
	p->kind = PENDING_FREE;
	ps->n--;
}

err_t
pending_wait(struct pending *p, uint16_t front, uint64_t request)
{
	if (p->n_waiters == PENDING_WAITERS_MAX)
		return E_LIMIT;

	struct waiter *w = calloc(1, sizeof(*w));
	if (!w)
		return E_NOMEM;
	*w = (struct waiter){ .next = p->waiters,
		              .front = front,
		              .request = request };
	p->waiters = w;
	p->n_waiters++;
	return OK;
}

void
pending_unwait(struct pending *p)
{
	while (p->waiters) {
		struct waiter *w = p->waiters;
		p->waiters = w->next;
		free(w);
	}
	p->n_waiters = 0;
}

err_t
pending_sign(struct pendings *ps, struct pending *p, struct bytes jwt)
{
	buf_append(&p->jwt, jwt);
	TRY(buf_status(&p->jwt));
	p->next_signed = ps->first_signed;
	ps->first_signed = p;
	ps->n_signed++;
	return OK;
}

void
pendings_drop_signed(struct pendings *ps)
{
	while (ps->first_signed)
		pending_drop(ps, ps->first_signed);
}

static void
forget_front_waiters(struct pending *p, uint16_t front)
{
	for (struct waiter **at = &p->waiters; *at;) {
		struct waiter *w = *at;
		if (w->front != front) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		free(w);
		p->n_waiters--;
	}
}

void
pendings_forget(struct pendings *ps, uint16_t front)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (ps->rows[i].kind != PENDING_FREE)
			forget_front_waiters(&ps->rows[i], front);
}
