/*
 * governed_waiting.c - see governed_waiting.h.
 */
#include "supervisor/governed_waiting.h"

#include "supervisor/governed_offer.h"
#include "supervisor/governed_seen.h"
#include "supervisor/last_good.h"
#include "supervisor/supervisor.h"

/* Reads the chain of the recovery that waits.  False: it is missing or unusable. */
static bool
read_waiting(const struct supervisor *s, struct offer *o)
{
	AUTO(buf_release) struct buf ignored = buf_of(GOVERNED_WHY_MAX);

	return offer_read_stored(s, LAST_GOOD_WAITING, o, &ignored) == OK &&
	       chain_has(o->chain, &s->governed.seen);
}

/* The first version in which a chain without the recovery differs from the chain
 * of the recovery; 0: it only ends before, or the recovery is over, because another
 * version than its own came into force.  Where that chain is not known, all may
 * differ. */
static uint32_t
first_other(const struct supervisor *s, const struct trust_chain *chain)
{
	AUTO(offer_release) struct offer waiting = OFFER_NONE;
	const struct governed *g = &s->governed;
	struct governed_version same;
	uint32_t v = g->now.version + 1;

	if (!read_waiting(s, &waiting))
		return v;
	if (!chain_has(waiting.chain, &g->now))
		return 0;
	for (; v <= chain->n && v <= g->seen.version; v++) {
		chain_version(waiting.chain, v, &same);
		if (!chain_has(chain, &same))
			return v;
	}
	return 0;
}

err_t
waiting_check(const struct supervisor *s, const struct trust_chain *chain,
              struct buf *why)
{
	const struct governed *g = &s->governed;
	enum bundle_change change;

	if (g->seen.version <= g->now.version || chain_has(chain, &g->seen) ||
	    chain->n == g->now.version)
		return OK;
	uint32_t other = first_other(s, chain);
	if (other == 0)
		return OK;
	TRY(chain_change(chain, other, &change));
	if (change != BUNDLE_REMOVAL)
		return OK;
	buf_append_str(why, "trust-waits: while a recovery waits, no removal "
	                    "takes its place");
	return E_CONFLICT;
}

/* Stores the chain first: only with it a removal can be told from one that is in
 * the chain of the recovery, too. */
static err_t
note_waiting(struct supervisor *s, const struct offer *o,
             const struct governed_version *recovery)
{
	AUTO(buf_release) struct buf why = buf_of(GOVERNED_WHY_MAX);

	if (governed_seen_is(&s->governed, recovery))
		return OK;
	TRY(last_good_write(s, LAST_GOOD_WAITING, buf_bytes(&o->text), &why));
	return governed_seen_note(s, recovery);
}

err_t
waiting_note(struct supervisor *s, const struct offer *o)
{
	for (size_t v = o->chain->n; v > s->governed.now.version; v--) {
		struct governed_version newest;
		enum bundle_change change;

		TRY(chain_change(o->chain, v, &change));
		if (change != BUNDLE_RECOVERY)
			continue;
		chain_version(o->chain, (uint32_t)v, &newest);
		return note_waiting(s, o, &newest);
	}
	return OK;
}

/* Where its chain is not known, it may still come. */
static bool
still_waits(const struct supervisor *s)
{
	AUTO(offer_release) struct offer waiting = OFFER_NONE;
	const struct governed *g = &s->governed;

	if (g->now.version == 0 || g->seen.version <= g->now.version)
		return false;
	return !read_waiting(s, &waiting) || chain_has(waiting.chain, &g->now);
}

void
waiting_look(struct supervisor *s)
{
	struct governed *g = &s->governed;

	g->waits_s = still_waits(s) ? g->seen_s : 0;
}
