/*
 * ledger.c - handles messages, edges and ticks.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "proc/config.h"
#include "base/log.h"

#include "ledger/ledger.h"
#include "ledger/keyholder_select.h"

static const struct work_kind *const kinds[] = {
	&verdict_kind,
	&enroll_kind,
	&handle_made_kind,
	&enrollment_get_kind,
	&enrollment_delete_kind,
	&enrollment_change_kind,
	&release_stop_kind,
	&preregister_kind,
	&preregistration_delete_kind,
};

static void
show_status(struct ledger *l)
{
	const char *why = store_manager_why(&l->store_manager);

	bool ready = !*why && !*ledger_keyholders_why(l) &&
	             rollout_file_ready(&l->rollout);
	if (!*why) /* reported also while another token serves */
		why = keys_why(&l->keys);
	if (!*why) /* and while the file before is in force */
		why = l->rollout.why;
	if (!*why)
		why = l->rollout.alarm;
	role_status(l->role, ready, why);
}

static void
on_checking(void *user)
{
	struct ledger *l = user;

	role_working(l->role, "the database is being checked");
}

static err_t
on_prepare(struct role *r)
{
	struct ledger *l = role_user(r);
	const struct config *c = role_config(r);

	l->role = r;
	l->result_ttl_s = c->result_ttl_s;
	l->ttl_max_s = c->ttl_max_s;
	/* The fronts' requests end at the same deadline. */
	l->answer_for = c->deadline_ms;
	l->works_end = &l->works;
	ledger_keyholders_init(l);
	keys_pin(&l->keys, r);
	rollout_file_init(&l->rollout, r, &l->keys.in_force);
	l->packet = buf_of(WIRE_PACKET_MAX);
	l->readings.page_us = READINGS_PAGE_US;
	l->retention.keep_s = c->retention_days * UINT64_C(86400);
	TRY(pendings_init(&l->pendings));
	TRY(silence_init(l));
	store_manager_init(&l->store_manager, c->ledger_directory);
	l->store_manager.checking = on_checking;
	l->store_manager.user = l;
	store_manager_try(&l->store_manager);
	(void)store_manager_ready(&l->store_manager);
	show_status(l);
	return OK;
}

/* --- edges ---------------------------------------------------------------- */

static void
front_down(struct ledger *l, uint16_t front)
{
	for (struct work *w = l->works; w; w = w->next)
		if (w->front == front)
			w->front = WORK_NO_FRONT;
	pendings_forget(&l->pendings, front);
	readings_forget(l, front);
}

static void
on_ledger_edge_up(struct role *r, struct edge *e)
{
	struct ledger *l = role_user(r);

	if (e->peer == WIRE_ROLE_VERIFIER)
		ledger_trust_tell(l, e);
	if (e->peer == WIRE_ROLE_FRONT)
		silence_front_up(l, e);
	if (e->peer == WIRE_ROLE_KEYHOLDER)
		ledger_trust_keyholder_up(l, e);
}

static void
on_ledger_edge_down(struct role *r, struct edge *e)
{
	struct ledger *l = role_user(r);

	if (e->peer == WIRE_ROLE_FRONT)
		front_down(l, e->index);
	if (e->peer == WIRE_ROLE_KEYHOLDER) {
		keys_over(&l->keys, e->index);
		l->tidy = true; /* stores the end of its life at once */
		ledger_keyholders_down(l, e);
	}
}

/* --- messages ------------------------------------------------------------- */

static err_t
on_key_held(struct ledger *l, const struct edge *from, struct bytes packet)
{
	struct wire_key_held m;

	TRY(wire_get_key_held(packet, &m));
	return ledger_keyholders_key_held(l, from, &m);
}

static err_t
on_unavailable(struct ledger *l, const struct edge *from, struct bytes packet)
{
	struct wire_unavailable m;

	TRY(wire_get_unavailable(packet, &m));
	if (from->peer != WIRE_ROLE_KEYHOLDER)
		return E_MALFORMED; /* requests go to key holders only */
	struct pending *p = pending_find(&l->pendings, m.request);
	if (p && p->jwt.len == 0 && p->keyholder == from->index)
		answer_pending_lost(l, p, "the key holder cannot sign now");
	return OK;
}

struct direct_row {
	uint16_t id;
	err_t (*take)(struct ledger *l, const struct edge *from,
	              struct bytes packet);
};

/* Messages that need no transaction. */
static const struct direct_row direct[] = {
	{ WIRE_ID_KEY_HELD, on_key_held },
	{ WIRE_ID_KEY_LOST, ledger_keyholders_key_lost },
	{ WIRE_ID_KEY_SILENT, ledger_keyholders_silent },
	{ WIRE_ID_RESULT_SIGNED, verdict_signed },
	{ WIRE_ID_TRUST_CERTIFICATE, ledger_trust_certificate },
	{ WIRE_ID_UNAVAILABLE, on_unavailable },
};

static err_t
queue_work(struct ledger *l, const struct work_kind *kind,
           const struct edge *from, struct bytes packet)
{
	AUTO(ledger_work_free)
	struct work *w = calloc(1, sizeof(*w) + packet.len);
	if (!w) { /* the front's deadline will answer */
		log_event(LOG_ERROR, "message-dropped", LOG_ERR(E_NOMEM));
		return OK;
	}
	w->kind = kind;
	w->len = packet.len;
	memcpy(w->packet, packet.data, packet.len);

	err_t err = kind->accept(l, from, w);
	if (err == E_NOT_FOUND)
		return OK;
	TRY(err);
	if (l->n_works >= WORKS_MAX) {
		answer_unavailable(l, w->front, w->request,
		                   "the ledger is busy");
		return OK;
	}
	*l->works_end = w;
	l->works_end = &w->next;
	l->n_works++;
	w = NULL; /* owned by the queue now */
	return OK;
}

static err_t
on_message(struct role *r, struct edge *from, struct bytes packet)
{
	struct ledger *l = role_user(r);
	uint16_t id = wire_packet_id(packet);

	if (from->peer == WIRE_ROLE_KEYHOLDER)
		ledger_keyholders_heard(l, from);
	for (size_t i = 0; i < ARRAY_LEN(direct); i++)
		if (direct[i].id == id)
			return direct[i].take(l, from, packet);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i]->id == id)
			return queue_work(l, kinds[i], from, packet);
	err_t err = readings_ask(l, from, packet);
	return err == E_NOT_FOUND ? E_MALFORMED : err;
}

/* --- rounds and ticks ----------------------------------------------------- */

static void
on_round(struct role *r)
{
	struct ledger *l = role_user(r);

	group_commit_run(l);
	readings_turn(l);
	retention_turn(l);
	show_status(l);
}

static void
give_up_late(struct ledger *l)
{
	uint64_t now = clock_mono_ms();

	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &l->pendings.rows[i];
		if (p->kind != PENDING_FREE && p->jwt.len == 0 &&
		    now - p->started_at >= l->answer_for)
			answer_pending_lost(l, p,
			                    "the key holder did not answer");
	}
}

static void
on_tick(struct role *r)
{
	struct ledger *l = role_user(r);

	store_manager_try(&l->store_manager);
	if (l->store_manager.locked_out) {
		log_event(LOG_WARN, "start-me-anew",
		          LOG_STR("why", store_manager_why(&l->store_manager)));
		exit(ROLE_EXIT_PART);
	}
	ledger_keyholders_veto(l);
	ledger_keyholders_turn(l);
	ledger_keyholders_give_up(l);
	give_up_late(l);
	ledger_trust_tick(l);
	rollout_file_look(&l->rollout, clock_wall_ms() / 1000);
	l->tidy = true; /* done by the next round */
}

static void
on_ledger_file_changed(struct role *r, const char *name)
{
	struct ledger *l = role_user(r);

	if (strcmp(name, ROLLOUT_FILE) == 0)
		rollout_file_read(&l->rollout, r, &l->keys.in_force);
	if (!in_force_file(name))
		return;
	keys_pin(&l->keys, r);
	rollout_file_follow(&l->rollout, &l->keys.in_force);
	ledger_trust_follow(l);
	ledger_keyholders_pinned(l);
}

const struct role_ops ledger_ops = {
	.name = "ledger",
	.role = WIRE_ROLE_LEDGER,
	.prepare = on_prepare,
	.file_changed = on_ledger_file_changed,
	.edge_up = on_ledger_edge_up,
	.edge_down = on_ledger_edge_down,
	.message = on_message,
	.round = on_round,
	.tick = on_tick,
};

void
ledger_release(struct ledger *l)
{
	while (l->works) {
		struct work *w = l->works;
		l->works = w->next;
		ledger_work_free(w);
	}
	pendings_release(&l->pendings);
	silence_release(&l->silence);
	keys_release(&l->keys);
	ledger_trust_release(&l->trust);
	rollout_file_release(&l->rollout);
	store_manager_release(&l->store_manager);
	buf_release(&l->packet);
}
