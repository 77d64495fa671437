/*
 * readings.c - see readings.h.
 */
#include "ledger/readings.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ledger/ledger.h"
#include "wire/wire.h"

static const struct reading_kind *const kinds[] = {
	&outcomes_kind,
	&enrolments_kind,
	&permits_kind,
	&preregistrations_kind,
};

/* --- questions ------------------------------------------------------------ */

static bool
has_room(const struct readings *rs, uint16_t front)
{
	size_t same = 0;

	for (size_t i = 0; i < rs->n; i++)
		same += rs->rows[i].front == front;
	return rs->n < READINGS_WAITING_MAX && same < READINGS_FRONT_MAX;
}

static err_t
queue_reading(struct ledger *l, const struct reading_kind *kind,
              const struct edge *from, struct bytes packet)
{
	struct readings *rs = &l->readings;
	struct reading r = { .kind = kind };

	TRY(kind->take(packet, &r));
	if (r.limit < 1 || r.limit > kind->rows)
		return E_MALFORMED;
	r.front = from->index;
	if (!has_room(rs, r.front)) {
		answer_unavailable(l, r.front, r.request,
		                   "too many readers wait");
		return OK;
	}
	rs->rows[rs->n++] = r;
	return OK;
}

err_t
readings_ask(struct ledger *l, const struct edge *from, struct bytes packet)
{
	uint16_t id = wire_packet_id(packet);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i]->id == id)
			return queue_reading(l, kinds[i], from, packet);
	return E_NOT_FOUND;
}

void
readings_forget(struct ledger *l, uint16_t front)
{
	struct readings *rs = &l->readings;
	size_t kept = 0;

	for (size_t i = 0; i < rs->n; i++)
		if (rs->rows[i].front != front)
			rs->rows[kept++] = rs->rows[i];
	rs->n = kept;
}

/* --- pages ---------------------------------------------------------------- */

/* Slice by slice, until the page is full, looked at all that it may, or took its
 * time. */
static err_t
fill_page(struct ledger *l, struct reading *r, struct reading_page *p)
{
	uint64_t until = clock_mono_us() + l->readings.page_us;
	uint64_t looked_at = 0;

	do {
		TRY(r->kind->read(l->store_manager.store, r, p));
		looked_at += r->kind->slice;
	} while (r->more && p->n < r->limit && looked_at < r->kind->scan &&
	         clock_mono_us() < until);
	return OK;
}

/* The store is not given up after a failure: nothing was written, and a single
 * damaged row must not let a reader end the decisions. */
static void
read_page(struct ledger *l, struct reading r)
{
	AUTO(reading_page_release)
	struct reading_page p = { .row = buf_of(WIRE_PACKET_MAX),
		                  .rows = buf_of(WIRE_PACKET_MAX) };
	struct store *s = l->store_manager.store;

	if (!s) {
		answer_unavailable(l, r.front, r.request,
		                   store_manager_why(&l->store_manager));
		return;
	}
	l->readings.pages++;
	r.now_s = l->store_manager.marks.time_ms / 1000;
	err_t err = fill_page(l, &r, &p);
	if (err != OK) {
		log_event(LOG_ERROR, r.kind->unreadable, LOG_ERR(err),
		          LOG_STR("why", store_error(s)));
		answer_unavailable(l, r.front, r.request,
		                   "the rows cannot be read");
		return;
	}
	r.kind->answer(l, &r, buf_bytes(&p.rows));
}

void
readings_turn(struct ledger *l)
{
	struct readings *rs = &l->readings;
	uint64_t now = clock_mono_us();

	if (rs->n == 0)
		return;
	if (now >= rs->next_at) {
		role_flush(l->role); /* what was decided waits for no reader */
		read_page(l, rs->rows[0]);
		uint64_t end = clock_mono_us();
		uint64_t rest = READINGS_REST * (end - now);

		rs->next_at = end + (rest < READINGS_REST_MAX_US
		                             ? rest
		                             : READINGS_REST_MAX_US);
		memmove(&rs->rows[0], &rs->rows[1],
		        --rs->n * sizeof(rs->rows[0]));
		now = end;
	}
	if (rs->n > 0)
		role_again_in(l->role, rs->next_at - now + 1); /* not 0 */
}
