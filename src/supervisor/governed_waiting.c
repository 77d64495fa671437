/*
 * governed_waiting.c - see governed_waiting.h.
 */
#include "supervisor/governed_waiting.h"

#include "supervisor/governed_offer.h"
#include "supervisor/governed_seen.h"
#include "supervisor/last_good.h"
#include "supervisor/supervisor.h"

/* Reads the chain of the recovery that waits.  E_NOT_FOUND: it is missing or
 * unusable.  E_IO, E_NOMEM: it may be read later. */
static err_t
read_waiting(const struct supervisor *s, struct offer *o)
{
	AUTO(buf_release) struct buf ignored = buf_of(GOVERNED_WHY_MAX);
	err_t err = offer_read_stored(s, LAST_GOOD_WAITING, o, &ignored);

	if (err == E_IO || err == E_NOMEM)
		return err;
	return err == OK && chain_has(o->chain, &s->governed.seen)
	               ? OK
	               : E_NOT_FOUND;
}

/* Is version v of a chain that has it also in the other one? */
static bool
has_same(const struct trust_chain *waiting, const struct trust_chain *chain,
         uint32_t v)
{
	struct governed_version same;

	chain_version(waiting, v, &same);
	return chain_has(chain, &same);
}

/* Does a removal take the place of the recovery, or of a version that came with it?
 * The first version that the recovery's chain does not have decides.  Where that
 * chain is not known, it may be any. */
static err_t
find_removal(const struct supervisor *s, const struct trust_chain *chain,
             bool *ret_removal)
{
	AUTO(offer_release) struct offer waiting = OFFER_NONE;
	const struct governed *g = &s->governed;
	err_t err = read_waiting(s, &waiting);
	bool known = err == OK;
	enum bundle_change change = BUNDLE_ORDINARY;

	if (!known && err != E_NOT_FOUND)
		return err;
	*ret_removal = false;
	if (known && !chain_has(waiting.chain, &g->now))
		return OK; /* it is over */
	for (uint32_t v = g->now.version + 1;
	     v <= chain->n && v <= g->seen.version; v++) {
		if (known && has_same(waiting.chain, chain, v))
			continue;
		TRY(chain_change(chain, v, &change));
		*ret_removal = change == BUNDLE_REMOVAL;
		if (known || *ret_removal)
			return OK;
	}
	return OK;
}

err_t
waiting_check(const struct supervisor *s, const struct trust_chain *chain,
              struct buf *why)
{
	const struct governed *g = &s->governed;
	bool removal;

	if (g->seen.version <= g->now.version || chain_has(chain, &g->seen) ||
	    chain->n == g->now.version)
		return OK;
	TRY(find_removal(s, chain, &removal));
	if (!removal)
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

/* The newest recovery of the chain that is behind the version in force; version 0:
 * there is none. */
static err_t
find_newest(const struct supervisor *s, const struct trust_chain *chain,
            struct governed_version *ret_newest)
{
	enum bundle_change change;

	*ret_newest = (struct governed_version){ 0 };
	for (size_t v = chain->n; v > s->governed.now.version; v--) {
		TRY(chain_change(chain, v, &change));
		if (change != BUNDLE_RECOVERY)
			continue;
		chain_version(chain, (uint32_t)v, ret_newest);
		break;
	}
	return OK;
}

err_t
waiting_note(struct supervisor *s, const struct offer *o)
{
	struct governed_version newest;

	TRY(find_newest(s, o->chain, &newest));
	return newest.version ? note_waiting(s, o, &newest) : OK;
}

err_t
waiting_seen(const struct supervisor *s, const struct trust_chain *chain,
             uint64_t *ret_seen_s)
{
	struct governed_version newest;

	*ret_seen_s = 0;
	TRY(find_newest(s, chain, &newest));
	if (newest.version && governed_seen_is(&s->governed, &newest))
		*ret_seen_s = s->governed.seen_s;
	return OK;
}

/* Where its chain is not known, it may still come; then another look may tell. */
static bool
still_waits(struct supervisor *s)
{
	AUTO(offer_release) struct offer waiting = OFFER_NONE;
	struct governed *g = &s->governed;

	if (g->now.version == 0 || g->seen.version <= g->now.version)
		return false;
	if (read_waiting(s, &waiting) == OK)
		return chain_has(waiting.chain, &g->now);
	g->again = true;
	return true;
}

void
waiting_look(struct supervisor *s)
{
	struct governed *g = &s->governed;

	g->waits_s = still_waits(s) ? g->seen_s : 0;
}
