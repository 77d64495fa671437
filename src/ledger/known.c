/*
 * known.c - the list of devices that a tenant knows before they enrol:
 * PREREGISTER, PREREGISTRATION_DELETE; known_list.c has PREREGISTRATION_LIST.
 *
 * Who may order what is decided in the front.  A batch is one transaction: all of
 * its entries are there, or none.
 */
#include <string.h>

#include "base/log.h"

#include "ledger/ledger.h"
#include "ledger/store/preregistrations.h"

/* Entries of a batch, as in the front.  An entry has less than 200 bytes in a
 * packet, so they fit into one. */
#define KNOWN_BATCH_MAX 1000

/* Batches in one round; further ones are answered "busy".  Redemptions wait for
 * them: a batch is some milliseconds of inserts. */
#define KNOWN_ROUND_MAX 4

#define KNOWN_LABEL_MAX 64        /* bytes, as in the front */
#define KNOWN_DEVICES_MAX 1000000 /* that may enrol by one entry */
#define CLIENT_SHOWN 256 /* bytes of a client's name in a line of the log */

static struct bytes
known_packet(const struct work *w)
{
	return bytes_of(w->packet, w->len);
}

static void
log_known(const char *event, struct bytes client, struct bytes tenant,
          uint64_t n)
{
	if (client.len > CLIENT_SHOWN)
		client.len = CLIENT_SHOWN;
	const struct log_field fields[] = {
		LOG_BYTES("client", client),
		LOG_BYTES("tenant", tenant),
		LOG_U64("entries", n),
		LOG_LAST_,
	};

	log_fields_paid(LOG_INFO, event, fields);
}

/* --- PREREGISTER ----------------------------------------------------------- */

/* What a front may say of an entry: not that a device is enrolled by it. */
static bool
is_entry(const struct wire_known *m)
{
	return m->devices >= 1 && m->devices <= KNOWN_DEVICES_MAX &&
	       (m->kind != WIRE_PREREGISTRATION_KEY || m->devices == 1) &&
	       m->enrolled == 0 && m->added_s == 0 && m->handle.len == 0 &&
	       m->label.len <= KNOWN_LABEL_MAX &&
	       m->expires_s <= INT64_MAX / 1000;
}

static err_t
next_entry(struct reader *in, struct wire_known *ret)
{
	TRY(wire_get_known(reader_take(in, reader_u32(in)), ret));
	return is_entry(ret) ? OK : E_MALFORMED;
}

static err_t
preregister_accept(struct ledger *l, const struct edge *from, struct work *w)
{
	struct wire_preregister m;
	struct wire_known entry;
	size_t n = 0;

	TRY(wire_get_preregister(known_packet(w), &m));
	if (!tenant_name_valid(m.tenant))
		return E_MALFORMED;
	struct reader in = reader_of(m.entries);
	for (; in.left > 0; n++)
		TRY(next_entry(&in, &entry));
	if (n < 1 || n > KNOWN_BATCH_MAX)
		return E_MALFORMED;
	w->front = from->index;
	w->request = m.request;
	if (l->n_known < KNOWN_ROUND_MAX) {
		l->n_known++;
		return OK;
	}
	answer_unavailable(l, w->front, w->request,
	                   "the ledger is busy with lists");
	return E_NOT_FOUND;
}

static err_t
add_entry(const struct redeem_terms *t, struct bytes tenant,
          const struct wire_known *m, struct work *w)
{
	struct known_device k = { .name = { .kind = m->kind },
		                  .devices = m->devices,
		                  .added_s = t->now_ms / 1000,
		                  .expires_s = m->expires_s };
	bool added = false;

	memcpy(k.name.digest, m->digest, HASH_SIZE);
	if (!store_small_set(&k.label, m->label))
		return E_BUG;
	TRY(store_known_add(t->store, tenant, &k, &added));
	if (added)
		w->known.added++;
	else
		w->known.known++;
	return OK;
}

static err_t
preregister_run(struct ledger *l, struct redeem_terms *t, struct work *w)
{
	struct wire_preregister m;
	struct wire_known entry;

	(void)l;
	TRY(wire_get_preregister(known_packet(w), &m));
	struct reader in = reader_of(m.entries);
	while (in.left > 0) {
		TRY(next_entry(&in, &entry));
		TRY(add_entry(t, m.tenant, &entry, w));
	}
	return OK;
}

static void
preregister_finish(struct ledger *l, struct work *w)
{
	const struct wire_preregistered answer = {
		.request = w->request,
		.added = w->known.added,
		.known = w->known.known,
	};
	struct wire_preregister m;

	if (answer.added > 0 && wire_get_preregister(known_packet(w), &m) == OK)
		log_known("devices-preregistered", m.client, m.tenant,
		          answer.added);
	wire_put_preregistered(&l->packet, &answer);
	answer_packet(l, w->front);
}

const struct work_kind preregister_kind = {
	.id = WIRE_ID_PREREGISTER,
	.accept = preregister_accept,
	.run = preregister_run,
	.finish = preregister_finish,
};

/* --- PREREGISTRATION_DELETE ------------------------------------------------- */

static err_t
delete_accept(struct ledger *l, const struct edge *from, struct work *w)
{
	struct wire_preregistration_delete m;

	(void)l;
	TRY(wire_get_preregistration_delete(known_packet(w), &m));
	if (!tenant_name_valid(m.tenant))
		return E_MALFORMED;
	w->front = from->index;
	w->request = m.request;
	return OK;
}

static err_t
delete_run(struct ledger *l, struct redeem_terms *t, struct work *w)
{
	struct wire_preregistration_delete m;
	struct known_name name;

	(void)l;
	TRY(wire_get_preregistration_delete(known_packet(w), &m));
	name.kind = m.kind;
	memcpy(name.digest, m.digest, HASH_SIZE);
	return store_known_delete(t->store, m.tenant, &name, &w->recorded);
}

static void
delete_finish(struct ledger *l, struct work *w)
{
	const struct wire_preregistration_deleted answer = {
		.request = w->request,
		.found = w->recorded ? WIRE_FLAG_YES : WIRE_FLAG_NO,
	};
	struct wire_preregistration_delete m;

	if (w->recorded &&
	    wire_get_preregistration_delete(known_packet(w), &m) == OK)
		log_known("preregistration-deleted", m.client, m.tenant, 1);
	wire_put_preregistration_deleted(&l->packet, &answer);
	answer_packet(l, w->front);
}

const struct work_kind preregistration_delete_kind = {
	.id = WIRE_ID_PREREGISTRATION_DELETE,
	.accept = delete_accept,
	.run = delete_run,
	.finish = delete_finish,
};
