/*
 * outcomes.c - see outcomes.h.
 */
#include "ledger/outcomes.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ledger/ledger.h"
#include "wire/reason.h"
#include "wire/wire.h"

_Static_assert(OUTCOMES_ROWS *(4 + sizeof(struct outcome)) + 64 <
                       WIRE_PACKET_MAX,
               "a page fits into a packet");

/* --- questions ------------------------------------------------------------ */

/* Numbers are stored with a sign.  Either all tenants or one that may exist. */
static bool
is_honest_question(const struct wire_outcomes_ask *m)
{
	bool tenant = m->all_tenants ? m->tenant.len == 0
	                             : tenant_name_valid(m->tenant);

	return tenant && m->limit >= 1 && m->limit <= OUTCOMES_ROWS &&
	       m->after <= INT64_MAX && m->since_ms <= INT64_MAX &&
	       m->until_ms <= INT64_MAX && reason_set_valid(m->reasons) &&
	       m->workflows >> WORKFLOW_COUNT == 0;
}

static err_t
read_question(struct bytes packet, struct reading *ret)
{
	struct wire_outcomes_ask m;

	TRY(wire_get_outcomes_ask(packet, &m));
	if (!is_honest_question(&m))
		return E_MALFORMED;
	*ret = (struct reading){
		.request = m.request,
		.query = { .filter = { .since_ms = m.since_ms,
		                       .until_ms = m.until_ms,
		                       .reasons = m.reasons,
		                       .eligible = m.eligible,
		                       .workflows = m.workflows },
		           .after = m.after,
		           .rows = m.limit,
		           .scan = OUTCOMES_SCAN },
	};
	struct outcome_filter *f = &ret->query.filter;
	return store_small_set(&f->tenant, m.tenant) &&
	                       m.channel.len <= CHANNEL_MAX &&
	                       store_small_set(&f->channel, m.channel) &&
	                       m.release.len <= RELEASE_MAX &&
	                       store_small_set(&f->release, m.release)
	               ? OK
	               : E_MALFORMED;
}

static bool
has_room(const struct readings *rs, uint16_t front)
{
	size_t same = 0;

	for (size_t i = 0; i < rs->n; i++)
		same += rs->rows[i].front == front;
	return rs->n < OUTCOMES_WAITING_MAX && same < OUTCOMES_FRONT_MAX;
}

err_t
outcomes_ask(struct ledger *l, const struct edge *from, struct bytes packet)
{
	struct readings *rs = &l->readings;
	struct reading r;

	TRY(read_question(packet, &r));
	r.front = from->index;
	if (!has_room(rs, r.front)) {
		answer_unavailable(l, r.front, r.request,
		                   "too many readers of outcomes wait");
		return OK;
	}
	rs->rows[rs->n++] = r;
	return OK;
}

void
outcomes_forget(struct ledger *l, uint16_t front)
{
	struct readings *rs = &l->readings;
	size_t kept = 0;

	for (size_t i = 0; i < rs->n; i++)
		if (rs->rows[i].front != front)
			rs->rows[kept++] = rs->rows[i];
	rs->n = kept;
}

/* --- pages ---------------------------------------------------------------- */

struct page {
	struct buf row, rows;
	uint64_t n; /* outcomes in rows */
};

static void
page_release(struct page *p)
{
	buf_release(&p->row);
	buf_release(&p->rows);
}
DEFINE_AUTO_REF(struct page, page_release);

static err_t
add_to_page(void *user, const struct outcome *o)
{
	const struct wire_outcome words = outcome_words(o);
	struct page *p = user;

	buf_reset(&p->row);
	wire_put_outcome(&p->row, &words);
	TRY(buf_status(&p->row));
	p->n++;
	buf_u32(&p->rows, (uint32_t)p->row.len);
	buf_append(&p->rows, buf_bytes(&p->row));
	return buf_status(&p->rows);
}

/* Slice by slice, until the page is full, looked at all that it may, or took its
 * time. */
static err_t
fill_page(struct ledger *l, const struct reading *r, struct page *p,
          uint64_t *ret_next)
{
	uint64_t until = clock_mono_us() + l->readings.page_us;
	struct outcome_query q = r->query;
	uint64_t looked_at = 0;

	q.scan = OUTCOMES_SLICE;
	do {
		TRY(store_outcomes(l->store_manager.store, &q, add_to_page, p,
		                   ret_next));
		looked_at += q.scan;
		q.after = *ret_next;
		q.rows = r->query.rows - p->n;
	} while (q.after > 0 && q.rows > 0 && looked_at < r->query.scan &&
	         clock_mono_us() < until);
	return OK;
}

/* The store is not given up after a failure: nothing was written, and a single
 * damaged outcome must not let a reader end the decisions. */
static void
read_page(struct ledger *l, const struct reading *r)
{
	AUTO(page_release)
	struct page p = { .row = buf_of(WIRE_PACKET_MAX),
		          .rows = buf_of(WIRE_PACKET_MAX) };
	struct wire_outcomes m = { .request = r->request };
	struct store *s = l->store_manager.store;

	if (!s) {
		answer_unavailable(l, r->front, r->request,
		                   store_manager_why(&l->store_manager));
		return;
	}
	err_t err = fill_page(l, r, &p, &m.next);
	if (err != OK) {
		log_event(LOG_ERROR, "outcomes-unreadable", LOG_ERR(err),
		          LOG_STR("why", store_error(s)));
		answer_unavailable(l, r->front, r->request,
		                   "the outcomes cannot be read");
		return;
	}
	m.outcomes = buf_bytes(&p.rows);
	answer_outcomes(l, r->front, &m);
}

void
outcomes_turn(struct ledger *l)
{
	struct readings *rs = &l->readings;
	uint64_t now = clock_mono_us();

	if (rs->n == 0)
		return;
	if (now >= rs->next_at) {
		role_flush(l->role); /* what was decided waits for no reader */
		read_page(l, &rs->rows[0]);
		uint64_t end = clock_mono_us();
		uint64_t rest = OUTCOMES_REST * (end - now);

		rs->next_at = end + (rest < OUTCOMES_REST_MAX_US
		                             ? rest
		                             : OUTCOMES_REST_MAX_US);
		memmove(&rs->rows[0], &rs->rows[1],
		        --rs->n * sizeof(rs->rows[0]));
		now = end;
	}
	if (rs->n > 0)
		role_again_in(l->role, rs->next_at - now + 1); /* not 0 */
}
