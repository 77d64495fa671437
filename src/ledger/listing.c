/*
 * listing.c - ENROLLMENT_LIST: a page of a tenant's enrolments.
 *
 * A page looks at a bounded number of rows, whatever the tenant has and whatever
 * the filter lets through, because all redemptions of the round wait meanwhile.
 * A filter by state has an index; one by format may leave a page empty, and the
 * client goes on with the next one.
 */
#include "ledger/ledger.h"
#include "ledger/lifecycle.h"

/* Rows of a page, also for the front; and rows that one looks at.  A row has less
 * than 1100 bytes (8 facts of 103), so a page fits into a packet. */
#define LISTING_PAGE_MAX 100
#define LISTING_SCAN_MAX 1000

/* Pages in one round; further ones are answered "busy".  Bounds memory and
 * time. */
#define LISTING_ROUND_MAX 16

static err_t
read_list(const struct work *w, struct wire_enrollment_list *ret)
{
	return wire_get_enrollment_list(bytes_of(w->packet, w->len), ret);
}

static err_t
list_accept(struct ledger *l, const struct edge *from, struct work *w)
{
	struct wire_enrollment_list m;

	TRY(read_list(w, &m));
	if (m.limit < 1 || m.limit > LISTING_PAGE_MAX)
		return E_MALFORMED;
	w->request = m.request;
	TRY(enrolment_named(w, from, m.tenant, m.after));
	if (l->n_lists >= LISTING_ROUND_MAX) {
		answer_unavailable(l, w->front, w->request,
		                   "the ledger is busy with lists");
		return E_NOT_FOUND;
	}
	l->n_lists++;
	return OK;
}

static err_t
add_page_row(const struct enrolment *e, void *user)
{
	AUTO(buf_release) struct buf row = buf_of(WIRE_PACKET_MAX);
	const struct wire_enrollment m = enrolment_answer(e);
	struct work *w = user;

	wire_put_enrollment(&row, &m);
	TRY(buf_status(&row));
	buf_u32(&w->held, (uint32_t)row.len);
	buf_append(&w->held, buf_bytes(&row));
	return buf_status(&w->held);
}

static err_t
list_run(struct ledger *l, struct redeem_terms *t, struct work *w)
{
	struct wire_enrollment_list m;

	(void)l;
	TRY(read_list(w, &m));
	const struct enrolment_filter filter = {
		.tenant = m.tenant,
		.after = m.after,
		.state = m.device,
		.format = m.format,
		.limit = m.limit,
		.scan = LISTING_SCAN_MAX,
	};
	w->held = buf_of(WIRE_PACKET_MAX);
	return store_enrolments_page(t->store, &filter, add_page_row, w,
	                             &w->enrolment.handle);
}

static void
list_finish(struct ledger *l, struct work *w)
{
	answer_page(l, w);
}

const struct work_kind enrollment_list_kind = {
	.id = WIRE_ID_ENROLLMENT_LIST,
	.accept = list_accept,
	.run = list_run,
	.finish = list_finish,
};
