/*
 * chain.c - walks all versions of the trust bundle, oldest first.
 */
#include "trust/chain.h"

#include <inttypes.h>

#include "base/clock.h"
#include "trust/pack.h"

#define WHY_MAX 1024 /* bytes of a cause that nobody reads */

struct walk {
	const struct trust_chain *chain;
	const uint8_t *genesis;
	const struct trust_time *time;
	struct buf *why;
	struct bundle *last; /* the newest that was found sound */
	bool waits;
};

static void
walk_release(struct walk *w)
{
	bundle_free(w->last);
}
DEFINE_AUTO_REF(struct walk, walk_release);

static uint64_t
recovery_seen(const struct walk *w)
{
	return w->time->seen_s ? w->time->seen_s : w->time->now_s;
}

/* Each has waited at least since the newest was seen.  A clock that went back
 * has waited for nothing. */
static void
note_recovery(struct walk *w, const struct bundle *next)
{
	uint64_t wait_s = (uint64_t)w->last->recovery_wait_days * DAY_S;
	uint64_t now_s = w->time->now_s, seen_s = recovery_seen(w);

	if (next->version <= w->time->in_force)
		return;
	if (now_s < seen_s || now_s - seen_s < wait_s)
		w->waits = true;
}

static enum trust_fault
walk_one(struct walk *w, size_t i)
{
	const struct trust_version *version = &w->chain->versions[i];
	AUTO(bundle_free) struct bundle *next = NULL;
	size_t before = w->why->len;

	buf_printf(w->why, "version %zu: ", i + 1);
	err_t err = bundle_parse(version->text, w->why, &next);
	if (err != OK)
		return err == E_NOMEM ? TRUST_NOMEM : TRUST_TEXT;
	enum trust_fault fault =
	        trust_step(w->last, next, version, w->genesis, w->why);
	if (fault != TRUST_SOUND)
		return fault;
	w->why->len = before;

	if (w->last && next->change == BUNDLE_RECOVERY)
		note_recovery(w, next);
	bundle_free(w->last);
	w->last = TAKE(next);
	return TRUST_SOUND;
}

enum trust_fault
trust_judge_times(const struct bundle *b, uint64_t now_s, uint64_t applied_s)
{
	if (b->issued_s > now_s)
		return TRUST_EARLY;
	if (b->expires_s <= now_s)
		return TRUST_EXPIRED;
	if (b->apply_before_s <= applied_s)
		return TRUST_LATE;
	return TRUST_SOUND;
}

/* A recovery is applied when the service sees it and in force once it has
 * waited. */
static enum trust_fault
check_times(const struct walk *w)
{
	const struct bundle *last = w->last;
	const struct trust_time *time = w->time;
	uint64_t applied_s = last->change == BUNDLE_RECOVERY ? recovery_seen(w)
	                                                     : time->now_s;

	if (last->version <= time->in_force)
		applied_s = 0;
	enum trust_fault fault =
	        trust_judge_times(last, time->now_s, applied_s);
	if (fault != TRUST_SOUND)
		return fault;
	return w->waits ? TRUST_WAITS : TRUST_SOUND;
}

/* By the numbers of versions and bytes alone, before anything is verified. */
static enum trust_fault
check_room(const struct trust_chain *chain, struct buf *why)
{
	AUTO(buf_release) struct buf cause = buf_of(WHY_MAX);
	AUTO(bundle_free) struct bundle *last = NULL;
	size_t n = chain->n;

	if (n == 0 || n > TRUST_VERSIONS_MAX) {
		enum trust_fault fault = n == 0 ? TRUST_EMPTY : TRUST_LONG;

		buf_append_str(why, trust_fault_text(fault));
		return fault;
	}
	err_t err = bundle_parse(chain->versions[n - 1].text, &cause, &last);
	if (err == E_NOMEM)
		return TRUST_NOMEM;
	/* What is no bundle is refused by walk_one(). */
	if (err != OK || last->change != BUNDLE_REMOVAL ||
	    trust_pack_takes_removal(chain, why))
		return TRUST_SOUND;
	return TRUST_LONG;
}

enum trust_fault
trust_walk(const struct trust_chain *chain,
           const uint8_t genesis[static HASH_SIZE],
           const struct trust_time *time, struct buf *why,
           struct bundle **ret_last)
{
	AUTO(walk_release)
	struct walk w = { chain, genesis, time, why, NULL, false };
	enum trust_fault fault = check_room(chain, why);

	for (size_t i = 0; i < chain->n && fault == TRUST_SOUND; i++)
		fault = walk_one(&w, i);
	if (fault != TRUST_SOUND)
		return fault;

	fault = check_times(&w);
	if (fault != TRUST_SOUND) {
		buf_printf(why, "version %" PRIu32 ": %s", w.last->version,
		           trust_fault_text(fault));
		return fault;
	}
	*ret_last = TAKE(w.last);
	return TRUST_SOUND;
}
