/*
 * chain_int.h - the parts of a step, for the files of this directory.
 *
 *	signers.c  who signed a version
 *	derive.c   what a removal and a recovery may change
 *	follow.c   what an ordinary version may not change
 *	step.c     one version after another
 *	walk.c     all versions
 */
#ifndef TRUST_CHAIN_INT_H
#define TRUST_CHAIN_INT_H

#include "trust/chain.h"

/* The keys whose signatures over one version verify. */
struct signers {
	size_t n, refused; /* refused: well-formed, and do not verify */
	uint8_t ids[TRUST_SIGNATURES_MAX][HASH_SIZE]; /* ssh_key.id */
};

/* E_MALFORMED: a signature is; why says which.  E_NOMEM. */
MUST_CHECK err_t signers_of(const struct trust_version *version,
                            struct buf *why, struct signers *ret_signers);

/* Counts the officers of a set whose keys are among the signers, for a version
 * that was issued then.  E_NOMEM. */
MUST_CHECK err_t signers_count(const struct signers *signers,
                               const struct officer_set *set, uint64_t issued_s,
                               struct trust_count *ret_count);

/* Is the text of next that of before with what such a change may change?
 * E_DENIED: it is not; why says so.  E_NOMEM. */
MUST_CHECK err_t derive_removal(const struct bundle *before,
                                const struct bundle *next, struct bytes text,
                                struct buf *why);
MUST_CHECK err_t derive_recovery(const struct bundle *before,
                                 const struct bundle *next, struct bytes text,
                                 struct buf *why);

/* Do the keys follow those before by the rules of crypto/pins/follow.h?  Is the
 * oldest revocation list that may be used no older than before?  E_CONFLICT: no;
 * why says so. */
MUST_CHECK err_t follow_keys(const struct bundle *before,
                             const struct bundle *next, struct buf *why);
MUST_CHECK err_t follow_revocations(const struct bundle *before,
                                    const struct bundle *next, struct buf *why);

/* Does each head and counter, whatever its token is called, have a base that is not
 * lower than before?  base + version is what the counter is raised to, so with a
 * lower one the versions before could come back into force.  E_CONFLICT. */
MUST_CHECK err_t follow_devices(const struct bundle *before,
                                const struct bundle *next, struct buf *why);

#endif
