/*
 * handles.c - handles of devices: those that a front names, and new ones, which a
 * key holder makes for an enrolment.
 */
#include <string.h>

#include "ledger/ledger.h"
#include "ledger/keyholder_select.h"
#include "ledger/lifecycle.h"

err_t
enrolment_named(struct work *w, const struct edge *from, struct bytes tenant,
                struct bytes handle)
{
	if (!tenant_name_valid(tenant) || handle.len > DEVICE_HANDLE_MAX ||
	    !store_small_set(&w->enrolment.tenant, tenant) ||
	    !store_small_set(&w->enrolment.handle, handle))
		return E_MALFORMED;
	w->front = from->index;
	return OK;
}

err_t
enrolment_ask_handle(struct ledger *l, const struct work *w, struct bytes held)
{
	struct wire_handle_derive m = {
		.tenant = store_small_bytes(&w->enrolment.tenant),
	};
	struct pending *p = NULL;

	TRY(pending_add(&l->pendings, PENDING_HANDLE, 0, &p));
	p->held = buf_of(WIRE_PACKET_MAX);
	buf_append(&p->held, held);
	m.request = p->request;
	memcpy(m.identity, w->enrolment.identity, sizeof(m.identity));
	wire_put_handle_derive(&l->packet, &m);
	err_t err = buf_status(&p->held);
	if (err == OK)
		err = pending_wait(p, w->front, w->request);
	if (err == OK)
		err = ledger_keyholders_ask(l, p);
	buf_reset(&l->packet);
	if (err != OK)
		pending_drop(&l->pendings, p);
	return err;
}
