/*
 * listing.c - ENROLLMENT_LIST: a page of a tenant's enrolments (readings.h).
 *
 * A filter by state has an index; one by format or time may leave a page empty,
 * and the client goes on with the next one.  A row has less than 1100 bytes (8
 * facts of 103), so READINGS_ROWS of them fit into a packet.
 */
#include "base/clock.h"

#include "ledger/ledger.h"
#include "ledger/lifecycle.h"
#include "ledger/readings.h"
#include "ledger/silence.h"

static err_t
listing_take(struct bytes packet, struct reading *ret)
{
	struct wire_enrollment_list m;
	struct listing_place *p = &ret->enrolments;

	TRY(wire_get_enrollment_list(packet, &m));
	if (!tenant_name_valid(m.tenant) || m.since_s > INT64_MAX ||
	    m.after.len > DEVICE_HANDLE_MAX ||
	    m.prefix.len > DEVICE_HANDLE_MAX ||
	    !store_small_set(&p->tenant, m.tenant) ||
	    !store_small_set(&p->after, m.after) ||
	    !store_small_set(&p->format, m.format) ||
	    !store_small_set(&p->prefix, m.prefix))
		return E_MALFORMED;
	p->state = m.device;
	p->since_s = m.since_s;
	p->silent_before = silent_before(clock_wall_ms(), m.overdue_days);
	ret->request = m.request;
	ret->limit = m.limit;
	return OK;
}

static err_t
add_enrolment(const struct enrolment *e, void *user)
{
	const struct wire_enrollment m = enrolment_answer(e);
	struct reading_page *p = user;

	wire_put_enrollment(&p->row, &m);
	return reading_page_add(p);
}

static err_t
listing_read(struct store *s, struct reading *r, struct reading_page *p)
{
	struct listing_place *at = &r->enrolments;
	struct store_small next = { 0 };
	const struct enrolment_filter filter = {
		.tenant = store_small_bytes(&at->tenant),
		.after = store_small_bytes(&at->after),
		.prefix = store_small_bytes(&at->prefix),
		.state = at->state,
		.format = store_small_bytes(&at->format),
		.since_s = at->since_s,
		.silent_before = at->silent_before,
		.limit = r->limit - p->n,
		.scan = LISTING_SLICE,
	};

	TRY(store_enrolments_page(s, &filter, add_enrolment, p, &next));
	at->after = next;
	r->more = next.len > 0;
	return OK;
}

static void
listing_answer(struct ledger *l, const struct reading *r, struct bytes rows)
{
	const struct wire_enrollment_page m = {
		.request = r->request,
		.next = store_small_bytes(&r->enrolments.after),
		.rows = rows,
	};

	answer_enrollments(l, r->front, &m);
}

const struct reading_kind enrolments_kind = {
	.id = WIRE_ID_ENROLLMENT_LIST,
	.unreadable = "enrolments-unreadable",
	.rows = READINGS_ROWS,
	.slice = LISTING_SLICE,
	.scan = LISTING_SCAN,
	.take = listing_take,
	.read = listing_read,
	.answer = listing_answer,
};
