/*
 * stops.c - emergency stops of releases: RELEASE_STOP.
 *
 * A stop is a row of the store that no message removes.  It is answered after the
 * commit, and every redemption after that reads it, also of challenges that were
 * issued before.  Only a rollout file that names its id ends it.
 *
 * Stopping again what is stopped answers with the stop in force, so a repeated
 * request, and a flood of them, adds no rows.  What a file lifts that waits to
 * come into force, or may lift that is not in force any more, is stopped anew: a
 * stop that was answered is ended only by a file that was signed after it.
 */
#include <string.h>
#include <sys/random.h>

#include "base/encode.h"
#include "base/log.h"
#include "eligibility/eligibility.h"

#include "ledger/ledger.h"

static err_t
read_stop(const struct work *w, struct wire_release_stop *ret)
{
	return wire_get_release_stop(bytes_of(w->packet, w->len), ret);
}

static err_t
stop_accept(struct ledger *l, const struct edge *from, struct work *w)
{
	struct wire_release_stop m;

	(void)l;
	TRY(read_stop(w, &m));
	if (!release_name_valid(m.release) || m.note.len > STORE_SMALL_MAX)
		return E_MALFORMED;
	w->front = from->index;
	w->request = m.request;
	return OK;
}

/* A client's name may be longer than a row keeps; the log has more of it. */
static struct bytes
shorten_name(struct bytes who)
{
	return bytes_of(who.data,
	                who.len < STORE_SMALL_MAX ? who.len : STORE_SMALL_MAX);
}

/* True if the stop is in force, and no file that is known ends it.  While a file
 * must be in force and none is, nobody knows what it lifts when it is back; so
 * only a stop of meanwhile counts. */
static bool
is_stop_held(const struct rollout_file *f, const struct stop *s)
{
	const struct bytes release = store_small_bytes(&s->release);

	return !rollout_lifts(f->in_force, release, s->id) &&
	       !rollout_lifts(f->next, release, s->id) &&
	       (rollout_file_ready(f) || s->stopped_ms >= f->away_ms);
}

static err_t
stop_run(struct ledger *l, struct redeem_terms *t, struct work *w)
{
	struct wire_release_stop m;
	store_id ids[STORE_STOPS_MAX];
	size_t n = 0;

	TRY(read_stop(w, &m));
	TRY(store_stops(t->store, m.release, ids, &n));
	if (!rollout_file_ready(&l->rollout) && l->rollout.away_ms == 0)
		l->rollout.away_ms = t->now_ms;
	for (size_t i = 0; i < n; i++) {
		TRY(store_stop(t->store, ids[i], &w->stop));
		if (is_stop_held(&l->rollout, &w->stop))
			return OK;
	}
	w->stop = (struct stop){ .stopped_ms = t->now_ms };
	if (getrandom(w->stop.id, sizeof(w->stop.id), 0) !=
	            (ssize_t)sizeof(w->stop.id) ||
	    !store_small_set(&w->stop.release, m.release) ||
	    !store_small_set(&w->stop.who, shorten_name(m.who)) ||
	    !store_small_set(&w->stop.reason, m.note))
		return E_IO;
	TRY(store_stop_add(t->store, &w->stop));
	w->recorded = true;
	return OK;
}

/* The audit line; none may be missing, so it has no limit of its own. */
static void
log_stop(const struct stop *s)
{
	AUTO(buf_release) struct buf id = buf_of(HEX_LEN(sizeof(s->id)) + 1);

	encode_hex(&id, bytes_of(s->id, sizeof(s->id)));
	const struct log_field fields[] = {
		LOG_BYTES("release", store_small_bytes(&s->release)),
		LOG_STR("stop", buf_str(&id)),
		LOG_BYTES("client", store_small_bytes(&s->who)),
		LOG_BYTES("why", store_small_bytes(&s->reason)),
		LOG_LAST_,
	};

	log_fields_paid(LOG_WARN, "release-stopped", fields);
}

static void
stop_finish(struct ledger *l, struct work *w)
{
	struct wire_release_stopped m = {
		.request = w->request,
		.release = store_small_bytes(&w->stop.release),
		.stopped_ms = w->stop.stopped_ms,
		.fresh = w->recorded ? WIRE_FLAG_YES : WIRE_FLAG_NO,
	};

	memcpy(m.stop, w->stop.id, sizeof(m.stop));
	if (w->recorded)
		log_stop(&w->stop);
	answer_stopped(l, w->front, &m);
}

const struct work_kind release_stop_kind = {
	.id = WIRE_ID_RELEASE_STOP,
	.accept = stop_accept,
	.run = stop_run,
	.finish = stop_finish,
};
