/*
 * lifecycle.c - see lifecycle.h; and the messages that change or delete an
 * enrolment.
 */
#include "ledger/lifecycle.h"

#include "base/log.h"

#include "ledger/ledger.h"

enum wire_device_state
lifecycle_next(enum wire_device_order order, enum wire_device_state from)
{
	static const struct {
		enum wire_device_order order;
		enum wire_device_state from, to;
	} rows[] = {
#define TRANSITION(o, f, t) \
	{ WIRE_ORDER_##o, WIRE_DEVICE_##f, WIRE_DEVICE_##t },
#include "ledger/transitions.def"
#undef TRANSITION
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].order == order && rows[i].from == from)
			return rows[i].to;
	return WIRE_DEVICE_UNKNOWN;
}

bool
lifecycle_deletable(enum wire_device_state state)
{
	return state == WIRE_DEVICE_ACTIVE || state == WIRE_DEVICE_PENDING;
}

#define CLIENT_SHOWN 256 /* bytes of a client's name in a line of the log */

/* The audit line of a change.  Its number is limited by the clients' quotas, and
 * none may be missing, so it has no limit of its own. */
static void
log_change(const struct work *w, const char *event, struct bytes client,
           const char *to)
{
	const struct enrolment *e = &w->enrolment;
	char device[STORE_LOGGED_SIZE];

	store_name_logged(store_small_bytes(&e->tenant),
	                  store_small_bytes(&e->handle), device);
	if (client.len > CLIENT_SHOWN)
		client.len = CLIENT_SHOWN;
	const struct log_field fields[] = {
		LOG_BYTES("client", client),
		LOG_BYTES("tenant", store_small_bytes(&e->tenant)),
		LOG_STR("device", device),
		LOG_STR("from", wire_device_state_name(w->before)),
		LOG_STR("to", to),
		LOG_LAST_,
	};

	log_fields_paid(LOG_INFO, event, fields);
}

/* --- ENROLLMENT_CHANGE ---------------------------------------------------- */

static err_t
read_change(const struct work *w, struct wire_enrollment_change *ret)
{
	return wire_get_enrollment_change(bytes_of(w->packet, w->len), ret);
}

static err_t
change_accept(struct ledger *l, const struct edge *from, struct work *w)
{
	struct wire_enrollment_change m;

	(void)l;
	TRY(read_change(w, &m));
	if (m.note.len > STORE_SMALL_MAX)
		return E_MALFORMED;
	w->request = m.request;
	return enrolment_named(w, from, m.tenant, m.handle);
}

static err_t
change_run(struct ledger *l, struct redeem_terms *t, struct work *w)
{
	struct enrolment *e = &w->enrolment;
	struct wire_enrollment_change m;

	TRY(read_change(w, &m));
	TRY(enrollment_get_kind.run(l, t, w));
	if (w->state == WIRE_ENROLMENT_NOT_FOUND)
		return OK;
	enum wire_device_state next = lifecycle_next(m.order, e->state);
	w->before = e->state;
	if (next == WIRE_DEVICE_UNKNOWN) {
		w->state = WIRE_ENROLMENT_REFUSED;
		return OK;
	}
	if (next == e->state)
		return OK;
	e->state = next;
	e->changed_ms = t->now_ms;
	return store_small_set(&e->note, m.note)
	               ? store_enrolment_change(t->store, e)
	               : E_BUG;
}

static void
change_finish(struct ledger *l, struct work *w)
{
	struct wire_enrollment_change m;

	if (w->state == WIRE_ENROLMENT_EXISTING &&
	    w->before != w->enrolment.state && read_change(w, &m) == OK)
		log_change(w, "enrolment-changed", m.client,
		           wire_device_state_name(w->enrolment.state));
	answer_enrolment(l, w);
}

const struct work_kind enrollment_change_kind = {
	.id = WIRE_ID_ENROLLMENT_CHANGE,
	.accept = change_accept,
	.run = change_run,
	.finish = change_finish,
};

/* --- ENROLLMENT_DELETE ---------------------------------------------------- */

static err_t
delete_accept(struct ledger *l, const struct edge *from, struct work *w)
{
	struct wire_enrollment_delete m;

	(void)l;
	TRY(wire_get_enrollment_delete(bytes_of(w->packet, w->len), &m));
	w->request = m.request;
	return enrolment_named(w, from, m.tenant, m.handle);
}

static err_t
delete_run(struct ledger *l, struct redeem_terms *t, struct work *w)
{
	struct wire_enrollment_delete m;
	bool deleted = false;

	TRY(wire_get_enrollment_delete(bytes_of(w->packet, w->len), &m));
	TRY(enrollment_get_kind.run(l, t, w));
	if (w->state == WIRE_ENROLMENT_NOT_FOUND)
		return OK;
	w->before = w->enrolment.state;
	if (!m.officer && !lifecycle_deletable(w->before)) {
		w->state = WIRE_ENROLMENT_REFUSED;
		return OK;
	}
	TRY(store_enrolment_delete(
	        t->store, store_small_bytes(&w->enrolment.tenant),
	        store_small_bytes(&w->enrolment.handle), &deleted));
	w->state = deleted ? WIRE_ENROLMENT_DELETED : WIRE_ENROLMENT_NOT_FOUND;
	return OK;
}

static void
delete_finish(struct ledger *l, struct work *w)
{
	struct wire_enrollment_delete m;

	if (w->state == WIRE_ENROLMENT_DELETED &&
	    wire_get_enrollment_delete(bytes_of(w->packet, w->len), &m) == OK)
		log_change(w, "enrolment-deleted", m.client, "deleted");
	answer_enrolment(l, w);
}

const struct work_kind enrollment_delete_kind = {
	.id = WIRE_ID_ENROLLMENT_DELETE,
	.accept = delete_accept,
	.run = delete_run,
	.finish = delete_finish,
};
