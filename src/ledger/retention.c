/*
 * retention.c - see retention.h.
 */
#include "ledger/retention.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ledger/ledger.h"

/* --- the clock ------------------------------------------------------------- */

/* How far the ledger's time went beyond what has passed. */
static uint64_t
time_jump(const struct retention *r, const struct store_manager *sm,
          uint64_t mono_ms)
{
	uint64_t from = r->mono_ms ? r->time_ms : sm->opened_ms;
	uint64_t passed = mono_ms - (r->mono_ms ? r->mono_ms : sm->opened_at);
	uint64_t now = sm->marks.time_ms;

	return now > from + passed ? now - from - passed : 0;
}

static bool
is_calm(struct retention *r, const struct store_manager *sm, uint64_t mono_ms)
{
	uint64_t jump = time_jump(r, sm, mono_ms);

	r->time_ms = sm->marks.time_ms;
	r->mono_ms = mono_ms;
	if (jump > RETENTION_JUMP_MS) {
		r->calm_at = mono_ms + RETENTION_CALM_MS;
		log_event(LOG_WARN, "retention-waits",
		          LOG_STR("why", "the time went on by more than a day "
		                         "at once"));
	}
	return mono_ms >= r->calm_at;
}

/* --- one step -------------------------------------------------------------- */

/* The ledger's time less the retention. */
static uint64_t
kept_from_s(const struct ledger *l)
{
	uint64_t now_s = l->store_manager.marks.time_ms / 1000;
	uint64_t keep_s = l->retention.keep_s;

	return now_s > keep_s ? now_s - keep_s : 0;
}

/* A file that waits to come into force counts, too. */
static bool
is_release_gone(const struct rollout_file *f, struct bytes release)
{
	return !rollout_has(f->in_force, release) &&
	       !rollout_has(f->next, release);
}

static err_t
sweep_release(struct ledger *l, const struct permit_release *of,
              uint64_t *ret_n)
{
	struct store *s = l->store_manager.store;
	uint64_t now_s = l->store_manager.marks.time_ms / 1000;
	uint64_t since_s = 0;

	*ret_n = 0;
	if (!is_release_gone(&l->rollout, store_small_bytes(&of->release)))
		return store_gone_not(s, of);
	TRY(store_gone(s, of, now_s, &since_s));
	if (since_s > kept_from_s(l))
		return OK;
	return store_permits_delete(s, of, kept_from_s(l), RETENTION_STEP,
	                            ret_n);
}

/* The permits of one release; *ret_more: there are others. */
static err_t
sweep_permits(struct ledger *l, bool *ret_more)
{
	struct retention *r = &l->retention;
	struct permit_release of;
	uint64_t n = 0;
	err_t err = store_permit_release(l->store_manager.store, &r->at, &of);

	if (err == E_NOT_FOUND) {
		r->at = (struct permit_release){ 0 };
		return OK;
	}
	TRY(err);
	TRY(sweep_release(l, &of, &n));
	if (n < RETENTION_STEP)
		r->at = of;
	*ret_more = true;
	return OK;
}

/* One stop; *ret_more: there are others. */
static err_t
sweep_stops(struct ledger *l, bool *ret_more)
{
	struct retention *r = &l->retention;
	struct store *s = l->store_manager.store;
	struct stop stop;
	err_t err = store_stop_signed(s, r->stop, kept_from_s(l) * 1000, &stop);

	if (err == E_NOT_FOUND) {
		memset(r->stop, 0, sizeof(r->stop));
		return OK;
	}
	TRY(err);
	memcpy(r->stop, stop.id, sizeof(r->stop));
	*ret_more = true;
	return rollout_lifts(l->rollout.in_force,
	                     store_small_bytes(&stop.release), stop.id)
	               ? store_stop_unsign(s, stop.id)
	               : OK;
}

/* What ends by its own time; *ret_more: there is more of it. */
static err_t
sweep_old(struct ledger *l, bool *ret_more)
{
	struct store *s = l->store_manager.store;
	uint64_t n = 0, known_n = 0;

	TRY(store_outcomes_delete(s, kept_from_s(l) * 1000, RETENTION_STEP,
	                          &n));
	TRY(store_known_end(s, kept_from_s(l), RETENTION_STEP - n, &known_n));
	*ret_more = n + known_n == RETENTION_STEP;
	return OK;
}

static err_t
sweep_step(struct ledger *l, bool *ret_more)
{
	struct store *s = l->store_manager.store;

	TRY(store_begin(s));
	TRY(sweep_old(l, ret_more));
	/* While a file must be in force and none is, nobody knows what it has. */
	if (!*ret_more && rollout_file_ready(&l->rollout)) {
		TRY(sweep_permits(l, ret_more));
		TRY(sweep_stops(l, ret_more));
	}
	return store_commit(s);
}

void
retention_turn(struct ledger *l)
{
	struct retention *r = &l->retention;
	struct store_manager *sm = &l->store_manager;
	uint64_t now = clock_mono_ms();
	bool more = false;

	if (r->keep_s == 0 || now < r->next_at || !store_manager_ready(sm))
		return;
	r->next_at = now + RETENTION_TICK_MS;
	if (!is_calm(r, sm, now))
		return;
	role_flush(l->role); /* what was decided waits for no step */
	if (sweep_step(l, &more) != OK)
		store_manager_fail(sm, "retention");
	else if (!more)
		r->next_at = now + RETENTION_IDLE_MS;
}
