/*
 * governed.c - see governed.h.
 */
#include "supervisor/governed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "trust/walk.h"
#include "trust/words.h"

#include "supervisor/governed_offer.h"
#include "supervisor/governed_seen.h"
#include "supervisor/governed_waiting.h"
#include "supervisor/last_good.h"
#include "supervisor/supervisor.h"

/* --- judgement ------------------------------------------------------------ */

static err_t
check_succession(const struct supervisor *s, const struct trust_chain *chain,
                 struct buf *why)
{
	const struct governed *g = &s->governed;

	if (g->now.version == 0)
		return OK;
	if (!chain_has(chain, &g->now)) {
		buf_printf(why,
		           "trust-rollback: the chain does not have version "
		           "%" PRIu32 " as it is in force",
		           g->now.version);
		return E_CONFLICT;
	}
	return waiting_check(s, chain, why);
}

static enum trust_fault
walk_offer(const struct supervisor *s, const struct trust_chain *chain,
           struct trust_walked *in_out_walked, struct buf *why)
{
	const struct governed *g = &s->governed;
	uint64_t seen_s;

	if (waiting_seen(s, chain, &seen_s) == E_NOMEM)
		return TRUST_NOMEM;
	const struct trust_time time = {
		.now_s = clock_wall_ms() / 1000,
		.in_force = g->now.version ? g->now.version : UINT32_MAX,
		.seen_s = seen_s,
	};
	AUTO(bundle_free) struct bundle *last = NULL;
	AUTO(buf_release) struct buf cause = buf_of(512);

	config_genesis(s->config, in_out_walked->genesis);
	enum trust_fault fault =
	        trust_walk_on(chain, &time, in_out_walked, &cause, &last);
	if (fault != TRUST_SOUND)
		buf_printf(why, "%s: %s", trust_fault_word(fault),
		           buf_str(&cause));
	return fault;
}

/* OK: it may come into force.  E_AGAIN: later. */
static err_t
judge_offer(struct supervisor *s, const struct offer *o,
            struct trust_walked *in_out_walked, struct buf *why)
{
	TRY(check_succession(s, o->chain, why));
	enum trust_fault fault = walk_offer(s, o->chain, in_out_walked, why);
	if (fault == TRUST_WAITS)
		TRY(waiting_note(s, o));
	if (fault == TRUST_WAITS || fault == TRUST_EARLY)
		return E_AGAIN;
	return fault == TRUST_SOUND   ? OK
	       : fault == TRUST_NOMEM ? E_NOMEM
	                              : E_MALFORMED;
}

/* --- start, and later looks ----------------------------------------------- */

/* Puts the chain into force.  On failure nothing has changed. */
static err_t
enforce_chain(struct governed *g, struct offer *o, struct buf *why)
{
	struct bundle *last = NULL;

	TRY(bundle_parse(o->chain->versions[o->chain->n - 1].text, why, &last));
	governed_release(g);
	chain_version(o->chain, (uint32_t)o->chain->n, &g->now);
	g->bundle = last;
	g->expiry = (struct governed_expiry){ 0 };
	g->file = o->file;
	o->file = -1;
	return OK;
}

static void
note_governed_why(struct supervisor *s, const char *why)
{
	struct governed *g = &s->governed;
	bool new = strncmp(g->why, why, sizeof(g->why) - 1) != 0;

	(void)snprintf(g->why, sizeof(g->why), "%s", why);
	if (new &&*why)
		log_event(LOG_ERROR, "trust-refused", LOG_STR("why", g->why));
}

/* Signatures that were added to the same versions change nothing. */
static bool
same_versions(const struct governed *g, const struct trust_chain *chain)
{
	return chain->n == g->now.version && chain_has(chain, &g->now);
}

/* Puts the chain of the previous run into force.  The roles walk it; here only
 * the version matters, from which another must go on.  E_NOT_FOUND: there is
 * none. */
static err_t
take_last_chain(struct supervisor *s, struct buf *why)
{
	AUTO(offer_release) struct offer o = OFFER_NONE;

	TRY(offer_read_stored(s, LAST_GOOD_CHAIN, &o, why));
	TRY(enforce_chain(&s->governed, &o, why));
	s->governed.unwalked = true;
	return OK;
}

/* A role that was handed the chain while the clock was wrong has refused it, and
 * reads it again only when it is handed over again.  True: it is sound now. */
static bool
walk_last_chain(struct supervisor *s, struct buf *why)
{
	struct governed *g = &s->governed;
	AUTO(offer_release) struct offer o = OFFER_NONE;

	if (!g->unwalked ||
	    offer_read_stored(s, LAST_GOOD_CHAIN, &o, why) != OK ||
	    !same_versions(g, o.chain))
		return false;
	g->unwalked = walk_offer(s, o.chain, &g->walked, why) != TRUST_SOUND;
	return !g->unwalked;
}

static err_t
start_again(struct supervisor *s, struct buf *why)
{
	struct governed *g = &s->governed;
	err_t err = take_last_chain(s, why);

	if (err == OK || err == E_NOT_FOUND) {
		buf_reset(why);
		err = governed_seen_read(s, why);
	}
	g->unknown = err != OK && err != E_NOT_FOUND;
	return err;
}

void
governed_start(struct supervisor *s)
{
	struct governed *g = &s->governed;
	AUTO(buf_release) struct buf why = buf_of(GOVERNED_WHY_MAX);
	err_t err = start_again(s, &why);

	if (!g->unknown)
		return;
	g->again = true;
	g->again_ms = clock_mono_ms() + GOVERNED_AGAIN_MS;
	if (why.len == 0)
		buf_append_str(&why, err_name(err));
	note_governed_why(s, buf_str(&why));
}

/* Each change of trust is a warning, so that it is not overlooked. */
static void
log_in_force(const struct governed *g)
{
	const struct governed_version *v = &g->now;
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);

	encode_hex(&hex, bytes_of(v->digest, HASH_SIZE));
	log_event(LOG_WARN, "trust-in-force", LOG_U64("version", v->version),
	          LOG_STR("change", bundle_change_word(g->bundle->change)),
	          LOG_STR("digest", buf_str(&hex)));
}

static err_t
adopt_offer(struct supervisor *s, struct offer *o, struct buf *why)
{
	struct trust_walked walked = s->governed.walked;

	TRY(judge_offer(s, o, &walked, why));
	TRY(last_good_write(s, LAST_GOOD_CHAIN, buf_bytes(&o->text), why));
	TRY(enforce_chain(&s->governed, o, why));
	s->governed.walked = walked;
	s->governed.unwalked = false;
	log_in_force(&s->governed);
	return OK;
}

bool
governed_look(struct supervisor *s)
{
	struct governed *g = &s->governed;
	AUTO(offer_release) struct offer o = OFFER_NONE;
	AUTO(buf_release) struct buf why = buf_of(GOVERNED_WHY_MAX);
	AUTO(buf_release) struct buf ignored = buf_of(GOVERNED_WHY_MAX);
	bool begun = !g->unknown;

	if (!begun)
		governed_start(s);
	if (g->unknown)
		return false;
	err_t err = offer_read(s->config->bundle_file, &o, &why);
	bool same = err == OK && same_versions(g, o.chain);

	if (err == OK && !same)
		err = adopt_offer(s, &o, &why);
	bool walked = walk_last_chain(s, why.len ? &ignored : &why);
	/* A full disk may have space again, and a waiting time ends; a bad
	 * file stays bad. */
	g->again =
	        err == E_IO || err == E_NOMEM || err == E_AGAIN || g->unwalked;
	g->again_ms = clock_mono_ms() + GOVERNED_AGAIN_MS;
	if (err != OK && why.len == 0)
		buf_append_str(&why, err_name(err));
	note_governed_why(s, buf_str(&why));
	waiting_look(s);
	return (err == OK && !same) || walked || (!begun && g->now.version > 0);
}

void
governed_clock(struct supervisor *s)
{
	struct governed *g = &s->governed;
	int64_t now_ms = (int64_t)clock_wall_ms() - (int64_t)clock_mono_ms();
	int64_t was_ms = g->clock_ms;

	if (was_ms && now_ms < was_ms + GOVERNED_CLOCK_MS &&
	    now_ms > was_ms - GOVERNED_CLOCK_MS)
		return;
	g->clock_ms = now_ms;
	if (!was_ms || g->now.version == 0)
		return;
	g->unwalked = g->again = true;
	g->again_ms = clock_mono_ms();
}

err_t
governed_check(struct supervisor *s, struct buf *why)
{
	AUTO(offer_release) struct offer o = OFFER_NONE;
	err_t err = take_last_chain(s, why);

	if (err == OK || err == E_NOT_FOUND) {
		buf_reset(why);
		err = governed_seen_read(s, why);
	}
	if (err != E_NOT_FOUND)
		TRY(err);
	buf_reset(why);
	TRY(offer_read(s->config->bundle_file, &o, why));
	if (same_versions(&s->governed, o.chain))
		return OK;
	TRY(check_succession(s, o.chain, why));
	enum trust_fault fault =
	        walk_offer(s, o.chain, &s->governed.walked, why);
	return fault == TRUST_SOUND   ? OK
	       : fault == TRUST_NOMEM ? E_NOMEM
	                              : E_MALFORMED;
}

void
governed_release(struct governed *g)
{
	bundle_free(TAKE(g->bundle));
	close_fd(g->file);
	g->file = -1;
	g->now = (struct governed_version){ 0 };
}
