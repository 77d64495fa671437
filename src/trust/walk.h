/*
 * walk.h - may the last version of a chain be in force?
 *
 * All versions are walked from the first one on, by the rules of chain.h.  A
 * service that gets one version more each time need not verify all signatures
 * again: what it has found sound stays so, since nothing but the bytes decides
 * whether one version may follow another.
 */
#ifndef TRUST_WALK_H
#define TRUST_WALK_H

#include "trust/chain.h"

/*
 * What the caller knows of time and of its own past.  Whoever wrote a text could
 * have dated it as he liked, so neither waiting nor applying in time is judged by
 * the texts alone.
 *
 *	now_s     the trusted time.
 *	in_force  the last version that came into force here (the token's head).
 *	          The chain up to it is history, and the caller compares its
 *	          digest.  0: none yet.  UINT32_MAX: not known; then waiting and
 *	          apply_before are not judged, as for an auditor.
 *	seen_s    when the service first saw the newest recovery behind in_force;
 *	          0: now.  Earlier ones were seen no later.  What follows a
 *	          recovery that waits, waits with it.
 */
struct trust_time {
	uint64_t now_s;
	uint32_t in_force;
	uint64_t seen_s;
};

/* Do its times let a version be the last one of a chain at now_s?  applied_s is
 * when it was put into force; 0: earlier, and in time.  TRUST_EARLY,
 * TRUST_EXPIRED, TRUST_LATE or TRUST_SOUND. */
enum trust_fault trust_judge_times(const struct bundle *b, uint64_t now_s,
                                   uint64_t applied_s);

/* The whole chain.  *ret_last, which the caller frees, is its last bundle.
 * TRUST_WAITS: all is sound but the time; the chain without the recovery and
 * what follows it is in force meanwhile, and another version in the recovery's
 * place ends it. */
enum trust_fault trust_walk(const struct trust_chain *chain,
                            const uint8_t genesis[static HASH_SIZE],
                            const struct trust_time *time, struct buf *why,
                            struct bundle **ret_last);

/*
 * From where a caller walks: the genesis digest, which he sets, and how far a chain
 * was found sound before.  `digest` covers genesis and the first n versions with all
 * their signatures, so a chain that has other bytes there, or begins with another
 * genesis, is walked from its beginning.
 */
struct trust_walked {
	uint8_t genesis[HASH_SIZE];
	uint32_t n; /* 0: nothing yet */
	uint8_t digest[HASH_SIZE];
};

/* With how many versions that need no second look does the chain begin?  walked->n
 * or 0. */
size_t trust_walked_versions(const struct trust_walked *walked,
                             const struct trust_chain *chain);

/* As trust_walk(), and says the same of every chain; but looks only at what comes
 * behind the versions that were walked.  Those must be in force, because only then
 * no recovery among them waits: otherwise the whole chain is walked.  If it is
 * sound, all of it is noted in *in_out_walked. */
enum trust_fault trust_walk_on(const struct trust_chain *chain,
                               const struct trust_time *time,
                               struct trust_walked *in_out_walked,
                               struct buf *why, struct bundle **ret_last);

#endif
