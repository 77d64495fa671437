/*
 * trust_apply_tokens.h - what `trust apply` does to the tokens of a configuration.
 *
 * The order is such that an interruption leaves the version before or the new one
 * loadable, and that the same again finishes it:
 *
 *	1  apply_tokens_open(), apply_tokens_judge()   nothing is written
 *	2  apply_tokens_store()   certificates that are named and lack; genesis
 *	3  (the chain file; from here on the service may take the new version)
 *	4  apply_tokens_move()    head, then counter
 *	5  apply_tokens_clean()   certificates that are named no longer
 */
#ifndef ANCHORCTL_TRUST_APPLY_TOKENS_H
#define ANCHORCTL_TRUST_APPLY_TOKENS_H

#include "provisioning/anchorctl/token_store.h"
#include "provisioning/anchorctl/trust_supply.h"

struct apply_token {
	struct token_store store;            /* has pointers into itself */
	struct secret *pin, *so_pin, *owner; /* NULL: not given */
};

struct apply_tokens {
	const struct cli *cli;
	struct config *config; /* NULL: no tokens */
	size_t n;
	struct apply_token all[CONFIG_TOKENS_MAX];
	struct trust_supply supply;
	const struct proposal *proposal; /* brings certificates */
	struct trust_target target;      /* set by the caller before judge() */
	bool old;      /* the target was applied earlier: the service may have
	               * refused it since */
	bool recovers; /* a recovery is behind a token's head */
	bool held;     /* the target waits for the service; see move() */
	struct bundle
	        *reached; /* held: an earlier version of the chain, which is
	                         * in force; NULL: none */
	bool told; /* by the chain that the service keeps, which could be read */
	json_t *steps;
};

void apply_tokens_release(struct apply_tokens *t);
DEFINE_AUTO_REF(struct apply_tokens, apply_tokens_release);

/* Who moves head and counter: the owner of a TPM, whose authorisation takes the
 * place of the security officer's PIN, or the user of a token. */
struct hsm_trust_officer apply_token_officer(const struct apply_token *token);

/* Each returns VERB_GOOD, or the exit status (the message was printed). */

/* Reads the configuration (--config, --name), the PINs, and the tokens. */
int apply_tokens_open(struct apply_tokens *t);

/* What would make a token unusable with the target, or the target with a token:
 * another genesis, a head or counter that is beyond it, no row of this token, a
 * certificate that nobody has at hand. */
int apply_tokens_judge(struct apply_tokens *t);

int apply_tokens_store(struct apply_tokens *t);

/*
 * A head that is beyond the bundle in force stops the service, so head and counter
 * do not move before the target is in force.  A service that had a chain before
 * keeps the one in force (TRUST_KEPT_FILE): head and counter wait until that has the
 * target, which the service may refuse as late, or have no space to keep.  Where
 * there is no such file, a recovery waits, and so does a version that was applied
 * earlier and whose apply_before is over.  Where it cannot be read, each waits but
 * version 1.  Then t->held is true, and they move to the newest version before it
 * that is in force.  --in-force says it of the proposal's version, and of no later
 * one in the chain.
 */
int apply_tokens_move(struct apply_tokens *t);

/* Removes what earlier versions of this bundle named and the target does not;
 * other certificates are none of ours. */
int apply_tokens_clean(struct apply_tokens *t);

#endif
