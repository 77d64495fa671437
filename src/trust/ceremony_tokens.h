/*
 * ceremony_tokens.h - are the tokens of a ceremony afterwards as its plan demands?
 */
#ifndef TRUST_CEREMONY_TOKENS_H
#define TRUST_CEREMONY_TOKENS_H

#include "trust/ceremony.h"
#include "trust/transcript.h"

/* The lines of an inventory with which a token begins. */
#define CEREMONY_SAYS_TOKEN "token '"
#define CEREMONY_SAYS_NO_TOKEN "no token '"

/* The lines of the i-th token of an inventory; empty: there is no such. */
struct bytes ceremony_token_lines(struct bytes inventory, size_t i);

/* What begins the line of a TPM that says who owns it. */
#define CEREMONY_SAYS_OWNERSHIP(owner, lockout, clear) \
	"ownership: owner authorisation " owner        \
	", lockout authorisation " lockout ", TPM2_Clear " clear ";"

/* Of a transcript whose steps are the plan's.  E_DENIED: why has the cause. */
MUST_CHECK err_t ceremony_tokens_judge(const struct ceremony_plan *plan,
                                       const struct transcript *t,
                                       struct buf *why);

#endif
