/*
 * trust_signatures.h - who must sign a proposal, who has, and whether it may be
 * applied.
 */
#ifndef ANCHORCTL_TRUST_SIGNATURES_H
#define ANCHORCTL_TRUST_SIGNATURES_H

#include "provisioning/anchorctl/trust_proposal.h"

/* Whether these are the recovery keys. */
static inline bool
quorum_is_recovery(const struct trust_quorum *quorum)
{
	return quorum->fault == TRUST_QUORUM_RECOVERY;
}

/* Writes the name of the file for the signature of a row of quorums[i]. */
void trust_signature_file(const struct trust_quorum *quorums, size_t i,
                          const struct officer *row,
                          char ret_name[static PROPOSAL_NAME_SIZE]);

/* The row with this name and key, and its file; NULL: there is none. */
const struct officer *
trust_signature_officer(const struct trust_quorum *quorums, size_t n,
                        const char *name, const struct ssh_key *key,
                        char ret_file[static PROPOSAL_NAME_SIZE]);

/* Whether a signature says that it is by this officer's key; it is not
 * verified. */
bool trust_signature_names(const struct officer *row, struct bytes signature);

/* Whether the signature counts for this officer; otherwise why has the cause.
 * E_DENIED: it does not. */
MUST_CHECK err_t trust_signature_check(const struct officer *row,
                                       const struct bundle *next,
                                       struct bytes text,
                                       struct bytes signature, struct buf *why);

/* Whether the signature in the file of that name counts for one of the sets; an
 * officer's rows in them may differ.  E_NOT_FOUND: no officer who signs this has
 * that name.  E_DENIED: it does not; why has the cause. */
MUST_CHECK err_t proposal_judge_signature(const struct proposal *p,
                                          const struct bundle *before,
                                          const char *name,
                                          struct bytes signature,
                                          struct buf *why);

/* The proposal's signatures as trust_step() takes them. */
struct trust_version proposal_version(const struct proposal *p);

/*
 * May this version follow the chain now?  All that `trust apply` looks at:
 *
 * - the text is sound;
 * - its times fit as trust_walk() judges them: it is not issued in the future,
 *   and apply_before is not over;
 * - every signature that is there counts: one that does not is not passed over,
 *   since it is of another text, and somebody put it there;
 * - trust_step().
 *
 * chain may be another one than the proposal's own.  False: why has the cause.
 */
bool proposal_acceptable(const struct proposal *p,
                         const struct chain_file *chain, struct buf *why);

#endif
