/*
 * handles.c - requests the handle of a device from a key holder, for enrolment.
 */
#include <string.h>

#include "ledger/ledger.h"
#include "ledger/keyholder_select.h"

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
