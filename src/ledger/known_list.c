/*
 * known_list.c - PREREGISTRATION_LIST: a page of the devices that a tenant knows
 * before they enrol (readings.h).
 *
 * Nothing is filtered and the rows of a tenant lie side by side, so a page is one
 * slice, and only the last one is short.
 */
#include <string.h>

#include "ledger/ledger.h"
#include "ledger/readings.h"

/* As in the front.  An entry has less than 200 bytes in a packet. */
#define KNOWN_PAGE_MAX 500

_Static_assert(KNOWN_PAGE_MAX * 200 + 64 < WIRE_PACKET_MAX,
               "a page fits into a packet");

static err_t
known_take(struct bytes packet, struct reading *ret)
{
	struct wire_preregistration_list m;
	struct known_place *p = &ret->known;

	TRY(wire_get_preregistration_list(packet, &m));
	if (!tenant_name_valid(m.tenant) ||
	    !store_small_set(&p->tenant, m.tenant))
		return E_MALFORMED;
	p->after_kind = m.after_kind;
	memcpy(p->after, m.after, sizeof(p->after));
	ret->request = m.request;
	ret->limit = m.limit;
	return OK;
}

/* A page, and where its reading goes on. */
struct known_rows {
	struct reading_page *page;
	struct known_place *at;
};

static err_t
add_known(const struct known_device *k, void *user)
{
	struct wire_known m = {
		.kind = k->name.kind,
		.devices = (uint32_t)k->devices,
		.enrolled = (uint32_t)k->enrolled,
		.added_s = k->added_s,
		.expires_s = k->expires_s,
		.label = store_small_bytes(&k->label),
		.handle = store_small_bytes(&k->handle),
	};
	struct known_rows *rows = user;

	memcpy(m.digest, k->name.digest, HASH_SIZE);
	rows->at->after_kind = (uint16_t)k->name.kind;
	memcpy(rows->at->after, k->name.digest, HASH_SIZE);
	wire_put_known(&rows->page->row, &m);
	return reading_page_add(rows->page);
}

static err_t
known_read(struct store *s, struct reading *r, struct reading_page *p)
{
	struct known_rows rows = { .page = p, .at = &r->known };
	struct known_page page = {
		.tenant = store_small_bytes(&r->known.tenant),
		.after_kind = r->known.after_kind,
		.limit = r->limit - p->n,
		.fn = add_known,
		.user = &rows,
	};

	memcpy(page.after, r->known.after, HASH_SIZE);
	return store_known_page(s, &page, &r->more);
}

static void
known_answer(struct ledger *l, const struct reading *r, struct bytes rows)
{
	struct wire_preregistration_page m = { .request = r->request,
		                               .entries = rows };

	if (r->more) {
		m.next_kind = r->known.after_kind;
		memcpy(m.next, r->known.after, HASH_SIZE);
	}
	answer_preregistrations(l, r->front, &m);
}

const struct reading_kind preregistrations_kind = {
	.id = WIRE_ID_PREREGISTRATION_LIST,
	.unreadable = "preregistrations-unreadable",
	.rows = KNOWN_PAGE_MAX,
	.slice = KNOWN_PAGE_MAX,
	.scan = KNOWN_PAGE_MAX,
	.take = known_take,
	.read = known_read,
	.answer = known_answer,
};
