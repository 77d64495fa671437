/*
 * pending.c - see pending.h.
 *
 * A table of slots; an id is (use << SLOT_BITS | slot).  Used slots form a list
 * in the order of asking, which is the order of deadlines, because all requests
 * have the same time; and a short list for each request.
 */
#include "front/pending.h"

#include <sys/mman.h>

#include "front/front.h"
#include "front/limits.h"
#include "front/http/request.h"

#define SLOT_BITS 17
#define NO_SLOT PENDING_NONE

_Static_assert(LIMIT_PENDING == 1 << SLOT_BITS, "an id has room for a slot");

/* One cache line, since tens of thousands wait for a slow token. */
#define SLOT_SIZE 64

struct slot {
	_Alignas(SLOT_SIZE) struct question q;
	uint64_t id;            /* 0: free */
	uint32_t before, after; /* in order of asking; after also: free list */
	uint32_t sibling;       /* next question of the same request */
	/* The client whose share the question uses, also after its request has
	 * ended (q.request is NULL then); NULL: no client. */
	struct client *client;
};

_Static_assert(sizeof(struct slot) == SLOT_SIZE, "a slot is one cache line");

/* In the order of putting off, which is that of their times. */
struct put_off {
	uint32_t first, n;
	struct {
		uint64_t id, at_ms;
	} rows[LIMIT_PUT_OFF];
};

struct pending {
	uint64_t use;
	struct put_off put_off;
	uint32_t first, last;
	uint32_t unused; /* free list; then slots never used */
	uint32_t used;   /* slots used so far */
	size_t count;
	struct slot slots[LIMIT_PENDING];
	struct request *lost[LIMIT_PENDING]; /* result of pending_lost() */
};

err_t
pending_new(uint64_t start, struct pending **ret_pending)
{
	/* zeroed; slots never used take no memory */
	struct pending *p =
	        mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
	             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return E_NOMEM;

	p->use = start >> SLOT_BITS;
	p->first = p->last = p->unused = NO_SLOT;

	*ret_pending = p;
	return OK;
}

void
pending_free(struct pending *p)
{
	if (p)
		(void)munmap(p, sizeof(*p));
}

/* A client's reading counts until it is answered, although the client has gone
 * and asks anew. */
static void
count_question(const struct slot *s, uint32_t by)
{
	if (!s->client)
		return;
	s->client->under_way += by;
	if (question_reads(s->q.kind))
		s->client->readings += by;
	if (s->q.judged)
		crowd_window(s->client)->open += by;
}

static void
enqueue_slot(struct pending *p, uint32_t at)
{
	struct slot *s = &p->slots[at];

	count_question(s, 1);
	s->before = p->last;
	s->after = NO_SLOT;
	if (p->last != NO_SLOT)
		p->slots[p->last].after = at;
	else
		p->first = at;
	p->last = at;
	p->count++;
}

static void
dequeue_slot(struct pending *p, uint32_t at)
{
	struct slot *s = &p->slots[at];

	count_question(s, UINT32_MAX); /* minus one */
	if (s->before != NO_SLOT)
		p->slots[s->before].after = s->after;
	else
		p->first = s->after;
	if (s->after != NO_SLOT)
		p->slots[s->after].before = s->before;
	else
		p->last = s->before;

	*s = (struct slot){ .after = p->unused };
	p->unused = at;
	p->count--;
}

/* No slot has the id 0: the use would have to wrap after 2^48 questions. */
static uint64_t
next_id(struct pending *p, uint32_t at)
{
	p->use++;
	if ((p->use << SLOT_BITS) == 0)
		p->use++;
	return p->use << SLOT_BITS | at;
}

/* Appends, because answers come in the order of asking, so the slot that is
 * searched is usually the first. */
static void
link_sibling(struct pending *p, uint32_t at)
{
	struct request *r = p->slots[at].q.request;

	p->slots[at].sibling = NO_SLOT;
	if (r->question_last != NO_SLOT)
		p->slots[r->question_last].sibling = at;
	else
		r->question_first = at;
	r->question_last = at;
}

/* Removes a slot from its request's list. */
static void
unlink_sibling(struct pending *p, uint32_t at)
{
	struct request *r = p->slots[at].q.request;
	uint32_t before = NO_SLOT;
	uint32_t *link = &r->question_first;

	while (*link != at) {
		before = *link;
		link = &p->slots[before].sibling;
	}
	*link = p->slots[at].sibling;
	if (r->question_last == at)
		r->question_last = before;
}

/* A free slot, or NO_SLOT. */
static uint32_t
take_slot(struct pending *p)
{
	uint32_t at = p->unused;

	if (at != NO_SLOT)
		p->unused = p->slots[at].after;
	else if (p->used < LIMIT_PENDING)
		at = p->used++;
	return at;
}

err_t
pending_ask(struct pending *p, const struct question *q, uint64_t *ret_id)
{
	const struct client *client = q->request->client;

	if (client && client->under_way >= LIMIT_CLIENT_PENDING)
		return E_LIMIT;
	if (client && question_reads(q->kind) &&
	    client->readings >= LIMIT_CLIENT_READINGS)
		return E_LIMIT;
	uint32_t at = take_slot(p);
	if (at == NO_SLOT)
		return E_LIMIT;

	struct slot *s = &p->slots[at];
	s->q = *q;
	s->client = q->request->client;
	s->id = next_id(p, at);
	link_sibling(p, at);
	enqueue_slot(p, at);

	*ret_id = s->id;
	return OK;
}

bool
pending_answer(struct pending *p, uint64_t id, struct question *ret_q)
{
	uint32_t at = (uint32_t)(id & (LIMIT_PENDING - 1));

	if (id == 0 || p->slots[at].id != id)
		return false;

	*ret_q = p->slots[at].q;
	if (ret_q->request)
		unlink_sibling(p, at);
	dequeue_slot(p, at);
	return ret_q->request != NULL;
}

struct question *
pending_open(struct pending *p, uint64_t id)
{
	struct slot *s = &p->slots[id & (LIMIT_PENDING - 1)];

	return id != 0 && s->id == id && s->q.request ? &s->q : NULL;
}

err_t
pending_put_off(struct pending *p, uint64_t id, uint64_t at_ms)
{
	struct put_off *o = &p->put_off;
	uint32_t at = (o->first + o->n) % LIMIT_PUT_OFF;

	if (o->n == LIMIT_PUT_OFF)
		return E_LIMIT;
	p->slots[id & (LIMIT_PENDING - 1)].q.edge = NULL;
	o->rows[at].id = id;
	o->rows[at].at_ms = at_ms;
	o->n++;
	return OK;
}

struct question *
pending_due(struct pending *p, uint64_t now, uint64_t *ret_id)
{
	struct put_off *o = &p->put_off;
	struct question *q = NULL;

	while (!q && o->n > 0 && o->rows[o->first].at_ms <= now) {
		*ret_id = o->rows[o->first].id;
		q = pending_open(p, *ret_id); /* NULL: it has ended */
		o->first = (o->first + 1) % LIMIT_PUT_OFF;
		o->n--;
	}
	return q;
}

/* Detaches all questions of the request and calls each() for every one. */
static void
let_questions_go(struct pending *p, struct request *r,
                 void (*each)(struct pending *p, uint32_t at))
{
	uint32_t at = r->question_first;

	r->question_first = r->question_last = NO_SLOT;
	while (at != NO_SLOT) {
		uint32_t next = p->slots[at].sibling;

		each(p, at);
		at = next;
	}
}

static void
orphan_slot(struct pending *p, uint32_t at)
{
	p->slots[at].q.request = NULL;
	p->slots[at].sibling = NO_SLOT;
}

void
pending_forget(struct pending *p, struct request *r)
{
	let_questions_go(p, r, orphan_slot);
}

void
pending_withdraw(struct pending *p, struct request *r)
{
	let_questions_go(p, r, dequeue_slot);
}

struct request *
pending_overdue(struct pending *p, uint64_t now)
{
	while (p->first != NO_SLOT && p->slots[p->first].q.deadline_at <= now) {
		if (p->slots[p->first].q.request)
			return p->slots[p->first].q.request;
		dequeue_slot(p, p->first);
	}
	return NULL;
}

struct request *const *
pending_lost(struct pending *p, const struct edge *e, unsigned roles,
             size_t *ret_count)
{
	size_t n = 0;

	for (uint32_t at = p->first, after; at != NO_SLOT; at = after) {
		const struct question *q = &p->slots[at].q;

		after = p->slots[at].after;
		if (q->edge != e && (q->needs & roles) == 0)
			continue;
		if (!q->request)
			dequeue_slot(p, at);
		else if (q->request->question_first == at)
			p->lost[n++] = q->request;
	}

	*ret_count = n;
	return p->lost;
}

size_t
pending_count(const struct pending *p)
{
	return p->count;
}
