/*
 * walk.c - see walk.h.
 */
#include "trust/walk.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "trust/pack.h"

#define WHY_MAX 1024 /* bytes of a cause that nobody reads */

/* --- what was walked before ----------------------------------------------- */

/* Digests of a version's text, and of each signature's name and text. */
#define PARTS_MAX (1 + 2 * TRUST_SIGNATURES_MAX)

/* Takes a version to the digest of all before it.  The parts have one size, so their
 * number tells where one ends. */
static void
digest_version(const struct trust_version *v, uint8_t in_out[static HASH_SIZE])
{
	uint8_t parts[1 + PARTS_MAX][HASH_SIZE];
	size_t n = 0;

	memcpy(parts[n++], in_out, HASH_SIZE);
	digest_sha256(v->text, parts[n++]);
	for (size_t i = 0; i < v->n_signatures; i++) {
		digest_sha256(v->signatures[i].name, parts[n++]);
		digest_sha256(v->signatures[i].text, parts[n++]);
	}
	digest_sha256(bytes_of(parts, n * HASH_SIZE), in_out);
}

size_t
trust_walked_versions(const struct trust_walked *walked,
                      const struct trust_chain *chain)
{
	uint8_t digest[HASH_SIZE];

	if (walked->n == 0 || walked->n > chain->n)
		return 0;
	memcpy(digest, walked->genesis, HASH_SIZE);
	for (size_t i = 0; i < walked->n; i++) {
		if (chain->versions[i].n_signatures > TRUST_SIGNATURES_MAX)
			return 0; /* trust_step() refuses it */
		digest_version(&chain->versions[i], digest);
	}
	return memcmp(digest, walked->digest, HASH_SIZE) == 0 ? walked->n : 0;
}

/* --- one after another ---------------------------------------------------- */

struct walk {
	const struct trust_chain *chain;
	const uint8_t *genesis;
	const struct trust_time *time;
	struct buf *why;
	struct bundle *last; /* the newest that was found sound */
	bool waits;
	uint8_t digest[HASH_SIZE]; /* of genesis and all versions up to last */
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
	digest_version(version, w->digest);
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

/* Goes to the version behind those that were walked; *ret_next is its index. */
static enum trust_fault
skip_walked(struct walk *w, const struct trust_walked *walked, size_t *ret_next)
{
	size_t n = 0;

	if (walked->n <= w->time->in_force)
		n = trust_walked_versions(walked, w->chain);
	*ret_next = n;
	memcpy(w->digest, n > 0 ? walked->digest : w->genesis, HASH_SIZE);
	if (n == 0)
		return TRUST_SOUND;
	err_t err =
	        bundle_parse(w->chain->versions[n - 1].text, w->why, &w->last);
	if (err == OK)
		return TRUST_SOUND;
	return err == E_NOMEM ? TRUST_NOMEM : TRUST_TEXT;
}

static enum trust_fault
walk_all(struct walk *w, const struct trust_walked *walked)
{
	size_t i = 0;
	enum trust_fault fault = check_room(w->chain, w->why);

	if (fault == TRUST_SOUND)
		fault = skip_walked(w, walked, &i);
	for (; i < w->chain->n && fault == TRUST_SOUND; i++)
		fault = walk_one(w, i);
	if (fault != TRUST_SOUND)
		return fault;

	fault = check_times(w);
	if (fault != TRUST_SOUND)
		buf_printf(w->why, "version %" PRIu32 ": %s", w->last->version,
		           trust_fault_text(fault));
	return fault;
}

enum trust_fault
trust_walk_on(const struct trust_chain *chain, const struct trust_time *time,
              struct trust_walked *in_out_walked, struct buf *why,
              struct bundle **ret_last)
{
	AUTO(walk_release)
	struct walk w = { .chain = chain,
		          .genesis = in_out_walked->genesis,
		          .time = time,
		          .why = why };
	enum trust_fault fault = walk_all(&w, in_out_walked);

	if (fault != TRUST_SOUND)
		return fault;
	in_out_walked->n = w.last->version;
	memcpy(in_out_walked->digest, w.digest, HASH_SIZE);
	*ret_last = TAKE(w.last);
	return TRUST_SOUND;
}

enum trust_fault
trust_walk(const struct trust_chain *chain,
           const uint8_t genesis[static HASH_SIZE],
           const struct trust_time *time, struct buf *why,
           struct bundle **ret_last)
{
	struct trust_walked walked = { .n = 0 };

	memcpy(walked.genesis, genesis, HASH_SIZE);
	return trust_walk_on(chain, time, &walked, why, ret_last);
}
