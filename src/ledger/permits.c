/*
 * permits.c - PERMITS_ASK: a page of the permits of a release in a channel
 * (readings.h).
 *
 * Those whose device has not shown the release's build come first, each part by
 * handle: an index has them in this order.  A tenant is found by a device's
 * enrolment, so a page of one tenant may be short, or empty, and not the last.
 */
#include "ledger/ledger.h"
#include "ledger/readings.h"

/* Bits of the message's `which`. */
#define WHICH_RUNNING 1u
#define WHICH_FINISHED 2u
#define WHICH_HELD 4u
#define WHICH_EXPIRED 8u
#define WHICH_PARTS (WHICH_RUNNING | WHICH_FINISHED)
#define WHICH_TIMES (WHICH_HELD | WHICH_EXPIRED)

static bool
is_honest_question(const struct wire_permits_ask *m)
{
	bool tenant = m->all_tenants ? m->tenant.len == 0
	                             : tenant_name_valid(m->tenant);

	return tenant && m->after_finished <= 1 &&
	       (m->which & ~(WHICH_PARTS | WHICH_TIMES)) == 0 &&
	       m->release.len > 0 && m->release.len <= RELEASE_MAX &&
	       m->channel.len <= CHANNEL_MAX &&
	       m->after.len <= DEVICE_HANDLE_MAX;
}

static err_t
permits_take(struct bytes packet, struct reading *ret)
{
	struct permits_place *p = &ret->permits;
	struct wire_permits_ask m;

	TRY(wire_get_permits_ask(packet, &m));
	if (!is_honest_question(&m) || !store_small_set(&p->tenant, m.tenant) ||
	    !store_small_set(&p->release, m.release) ||
	    !store_small_set(&p->channel, m.channel) ||
	    !store_small_set(&p->after, m.after))
		return E_MALFORMED;
	unsigned parts = m.which & WHICH_PARTS, times = m.which & WHICH_TIMES;

	p->last = parts == WHICH_RUNNING ? 0 : 1;
	p->finished = m.after_finished;
	p->held = times == WHICH_HELD;
	p->expired = times == WHICH_EXPIRED;
	if (parts == WHICH_FINISHED && p->finished == 0) {
		p->finished = 1; /* from the first of them */
		p->after = (struct store_small){ 0 };
	}
	ret->request = m.request;
	ret->limit = m.limit;
	return OK;
}

static err_t
add_permit(void *user, const struct permit_holder *h)
{
	const struct wire_permit m = {
		.tenant = store_small_bytes(&h->tenant),
		.handle = store_small_bytes(&h->handle),
		.given_s = h->permit.given_s,
		.expires_s = h->permit.expires_s,
		.attempts = h->permit.attempts,
		.finished = h->permit.finished ? WIRE_FLAG_YES : WIRE_FLAG_NO,
	};
	struct reading_page *p = user;

	wire_put_permit(&p->row, &m);
	return reading_page_add(p);
}

/* The first of the next part, or the end. */
static void
next_part(struct reading *r)
{
	struct permits_place *at = &r->permits;

	r->more = at->finished < at->last;
	at->finished++;
	at->after = (struct store_small){ 0 };
}

static err_t
permits_read(struct store *s, struct reading *r, struct reading_page *p)
{
	struct permits_place *at = &r->permits;
	struct store_small next = { 0 };
	const struct permit_holders holders = {
		.tenant = store_small_bytes(&at->tenant),
		.release = store_small_bytes(&at->release),
		.channel = store_small_bytes(&at->channel),
		.after = store_small_bytes(&at->after),
		.finished = at->finished,
		.after_s = at->held ? r->now_s : 0,
		.until_s = at->expired ? r->now_s : INT64_MAX,
		.limit = r->limit - p->n,
		.scan = LISTING_SLICE,
	};

	if (at->finished > at->last) {
		r->more = false; /* the page before was the last */
		return OK;
	}
	TRY(store_permit_holders(s, &holders, add_permit, p, &next));
	at->after = next;
	r->more = true;
	if (next.len == 0)
		next_part(r);
	return OK;
}

static void
permits_answer(struct ledger *l, const struct reading *r, struct bytes rows)
{
	const struct permits_place *at = &r->permits;
	const struct wire_permits m = {
		.request = r->request,
		.more = r->more ? WIRE_FLAG_YES : WIRE_FLAG_NO,
		.next_finished = r->more ? (uint16_t)at->finished : 0,
		.next = r->more ? store_small_bytes(&at->after)
		                : bytes_of(NULL, 0),
		.rows = rows,
	};

	answer_permits(l, r->front, &m);
}

const struct reading_kind permits_kind = {
	.id = WIRE_ID_PERMITS_ASK,
	.unreadable = "permits-unreadable",
	.rows = READINGS_ROWS,
	.slice = LISTING_SLICE,
	.scan = LISTING_SCAN,
	.take = permits_take,
	.read = permits_read,
	.answer = permits_answer,
};
