/*
 * chain.h - the versions of the trust bundle from the first on, and the rules
 * by which one follows another.
 *
 * They are the rules of TUF's root role (TUF 1.0.34 section 5.3): version n+1
 * names the SHA-256 of version n's text and is signed by the thresholds of both
 * versions.  All versions are kept and walked; only the last one must not have
 * expired and be applied in time: one that was late comes into force with the
 * version that follows it, since nobody can tell it from one that was in time.
 *
 * A signature is a detached SSH signature over the text, in the namespace
 * TRUST_NAMESPACE.  It counts for an officer of a version if it verifies with
 * that officer's key and the signed bundle was not issued after the officer's
 * `until`.  Officers are counted by their keys, each once.  A signature that
 * does not verify, or is nobody's, does not count; a malformed one is a fault.
 *
 *	version 1   its digest is the genesis digest; signed by its threshold.
 *	ordinary    signed by the thresholds of n and of n+1.  At most
 *	            min(k-1, max(s-k, 1)) officers are new and as many are gone:
 *	            k is the threshold of version n, and s are those of its
 *	            officers who still sign when n+1 is issued.  An officer with
 *	            another name or key is gone and new; one whose `until` is
 *	            over is not there.  Keys follow those before by the rules of
 *	            crypto/pins/follow.h, at the time when n+1 was issued; a
 *	            token is configured if n+1 has a device for it.
 *	            revocations_from does not go back.
 *	removal     signed by removal_threshold officers of n.  It is version n
 *	            without at least one whole row of anchors or keys; besides,
 *	            only version, previous, change, issued and apply_before
 *	            differ.  The text must still be a bundle, so the last key
 *	            stays, and of a token's keys the newest goes only with all
 *	            others (an `until` may not become longer).
 *	recovery    signed by the threshold of n's recovery set.  Only officers,
 *	            threshold, removal_threshold and expires (to at most 366
 *	            days after issued) differ, besides the five as above; the
 *	            officers may all be new.  It comes into force wait_days (of
 *	            n) after the service saw it first, and until then another
 *	            version n+1 takes its place.  No removal does where it was
 *	            seen (supervisor/governed.h), since one officer could end
 *	            every recovery by it; two chains do not show that.
 *
 * In version 1 and after an ordinary change and a recovery more officers still
 * sign than must.  issued never goes back from one version to the next.
 */
#ifndef TRUST_CHAIN_H
#define TRUST_CHAIN_H

#include "trust/bundle.h"

#define TRUST_NAMESPACE "trust-bundle@anchord"
#define TRUST_VERSIONS_MAX 1024 /* of a chain */
#define TRUST_SIGNATURES_MAX 32 /* of a version */

/* Why a chain is refused: a stable word each, for /readyz and the log. */
enum trust_fault {
#define FAULT(code, word, text) TRUST_##code,
#include "trust/fault.def"
	TRUST_FAULTS
};
const char *trust_fault_word(enum trust_fault fault);
const char *trust_fault_text(enum trust_fault fault);

struct trust_signature {
	struct bytes name; /* of its file; proves nothing */
	struct bytes text; /* armoured */
};

/* One version as it was read; the bytes are borrowed. */
struct trust_version {
	struct bytes text;
	size_t n_signatures;
	struct trust_signature signatures[TRUST_SIGNATURES_MAX];
};

/* A chain, oldest version first; pack.h reads one. */
struct trust_chain {
	size_t n;
	struct trust_version *versions;
};

/* One step: may `next`, which bundle_parse() made of signed_next->text, follow
 * `before`?  before is NULL for version 1, which must have the genesis digest.
 * TRUST_SOUND if it may; otherwise why has the particulars.  Does not look at
 * expiry or waiting time. */
enum trust_fault trust_step(const struct bundle *before,
                            const struct bundle *next,
                            const struct trust_version *signed_next,
                            const uint8_t genesis[static HASH_SIZE],
                            struct buf *why);

/* A set of officers, of whom so many must sign a version. */
struct trust_quorum {
	const struct officer_set *set;
	uint32_t needed;
	uint32_t version;       /* whose officers these are */
	enum trust_fault fault; /* if fewer signed */
};
#define TRUST_QUORUMS_MAX 2
/* The sets that must sign next, in the order in which they are asked; returns how
 * many there are.  before is NULL for version 1. */
size_t trust_quorums(const struct bundle *before, const struct bundle *next,
                     struct trust_quorum ret_quorums[static TRUST_QUORUMS_MAX]);

/* How many officers of the set signed, and how many are needed; for `anchorctl
 * trust review`.  Malformed signatures do not count. */
struct trust_count {
	size_t signers;
	uint32_t threshold;
	bool by[TRUST_OFFICERS_MAX]; /* rows of the set that signed */
};
void trust_count(const struct officer_set *set, const struct bundle *next,
                 const struct trust_version *signed_next,
                 struct trust_count *ret_count);

#endif
