/*
 * ceremony_judge.h - does a transcript show the ceremony that was planned?
 *
 * The first entry's output has what the ceremony began with, then the inventory
 * of the plan's tokens; the last entry's output is the inventory again:
 *
 *	| plan 58a1...                     SHA-256 of the plan
 *	| ceremony first-provisioning
 *	| program anchorctl 1.0 (commit 1234)
 *	| rehearsal false
 *	| present security-officer = Ada Example
 *	| value token = anchord
 *	| token 'anchord' ...
 *	| object public-key ec 'sign' id 01: token !private kid vF2k... sha256 7b...
 *
 * So a verifier needs no site: plan and values make all words that follow.
 */
#ifndef TRUST_CEREMONY_JUDGE_H
#define TRUST_CEREMONY_JUDGE_H

#include "crypto/alg.h"
#include "trust/ceremony.h"
#include "trust/ceremony_attest.h"
#include "trust/ssh_key.h"
#include "trust/transcript.h"

/* What a ceremony began with. */
struct ceremony_begin {
	const struct ceremony_plan *plan;
	const struct ceremony_site *site;
	struct bytes program;
	bool rehearsal;
};

#define CEREMONY_DOES_BEGIN "begin"
#define CEREMONY_DOES_END "end"

/* Appends the lines of the first entry, without the inventory. */
void ceremony_put_begin(struct buf *output, const struct ceremony_begin *begin);

/* The step that comes next: 1 at the beginning, n_steps + 1 when only the end is
 * missing, n_steps + 2 behind the end.  E_DENIED: the entries are not those of
 * this plan and these values in its order; why has the cause. */
MUST_CHECK err_t ceremony_next_step(const struct transcript *t,
                                    const struct ceremony_begin *begin,
                                    struct buf *why, uint32_t *ret_step);

/* One who signed: a role of the plan. */
struct ceremony_signer {
	const char *role;
	struct ssh_key key;     /* as the verifier knows it */
	struct bytes signature; /* armoured; empty: has not signed */
};

struct ceremony_evidence {
	struct bytes plan, transcript;
	bool rehearsal; /* what is expected */
	size_t n_signers;
	const struct ceremony_signer *signers;
	const struct certifier *attest; /* judges attestations */
};

struct ceremony_found {
	char name[CEREMONY_NAME_SIZE];
	uint8_t plan[HASH_SIZE];
	size_t entries,
	        failed; /* attempts that failed, before they succeeded */
	uint64_t from_s, to_s;
	struct ceremony_attested attested[CEREMONY_TOKENS_MAX];
};

/*
 * Judges all of it:
 *
 * - the plan is one, the transcript's chain is whole, and it is of this plan;
 * - it is a rehearsal or none, as expected;
 * - its people are those of the plan, its values all that the plan needs;
 * - each step is there, in order, by exactly its words; what failed was done
 *   again; the last entry ends it; time never goes back;
 * - each role signed the whole text, by a key of its own;
 * - keys that `token keygen` printed are there afterwards; none is new, unless
 *   `token keygen` or `token rotate` says that it made it, or `pins show` that it is
 *   pinned; no private key that may sign is new without its public half; none is
 *   gone, or if the plan says that keys go: all are;
 * - a TPM whose ownership the plan says to be taken has both authorisations set
 *   afterwards, and TPM2_Clear disabled;
 * - what a TPM must attest by the plan is attested, over this transcript;
 * - the key of the role CEREMONY_HSM is in the tokens afterwards.
 *
 * E_DENIED, E_MALFORMED: why has the cause.  E_NOMEM.
 */
MUST_CHECK err_t ceremony_judge(const struct ceremony_evidence *evidence,
                                struct buf *why,
                                struct ceremony_found *ret_found);

#endif
