/*
 * token_store.h - a configured token as storage of trust: the certificates that a
 * trust bundle names, the digest of bundle 1, head and counter (hsm/core/trust.h).
 *
 * A PKCS#11 token has all four, unless a TPM beside it (token.companion_tpm) has
 * head and counter.  A TPM has head and counter alone.
 */
#ifndef ANCHORCTL_TOKEN_STORE_H
#define ANCHORCTL_TOKEN_STORE_H

#include "hsm/admin/rotate.h"
#include "hsm/admin/trust.h"
#include "provisioning/anchorctl/trust_chain_file.h"
#include "provisioning/anchorctl/verb_token.h"

/* A certificate in the token. */
struct stored_certificate {
	uint8_t sha256[HASH_SIZE];
	bool well; /* by the security officer alone, and not destroyable */
	bool once; /* an earlier version of the bundle named it */
	const char *software; /* software_root_why(); NULL: not known as one */
};

struct token_store {
	const struct config_token *of;
	bool stores;   /* certificates and genesis: a TPM does not */
	bool by_owner; /* head and counter are a TPM's, and its owner's */
	struct hsm_key_place place;
	struct hsm_token_name store;   /* of certificates and genesis */
	struct hsm_token_name numbers; /* of head and counter */

	/* As it was read. */
	size_t n, n_found, n_unread;
	struct stored_certificate certificates[HSM_TRUST_CERTIFICATES_MAX];
	size_t n_genesis;
	uint8_t genesis[HSM_TRUST_GENESIS_MAX][HASH_SIZE];
	struct hsm_trust_place where; /* head and counter are */
	bool has_head, has_counter;
	struct hsm_trust_head head;
	uint64_t counter;
};

/* Takes the names from the configuration, whose texts are borrowed.  VERB_GOOD;
 * otherwise the exit status (the message was printed). */
int token_store_find(const struct cli *cli, const struct config_token *of,
                     struct token_store *ret_store);

/* Reads all that the token and the TPM beside it have; pin is the user's.  Errors
 * are those of hsm/admin/trust.h. */
MUST_CHECK err_t token_store_read(struct token_store *s,
                                  const struct secret *pin, struct buf *why);

/* NULL: it has not. */
struct stored_certificate *
token_store_certificate(struct token_store *s,
                        const uint8_t sha256[static HASH_SIZE]);
bool token_store_has_genesis(const struct token_store *s,
                             const uint8_t digest[static HASH_SIZE]);

/* Its row in the bundle; NULL: the bundle does not name the token. */
const struct trust_device *token_store_row(const struct token_store *s,
                                           const struct bundle *b);

/* Does the row name this head and counter? */
bool token_store_is_named(const struct token_store *s,
                          const struct trust_device *row);

/* What a token should have. */
struct trust_target {
	const struct bundle *bundle;    /* the version to come, or in force */
	const struct chain_file *chain; /* those before it; perhaps it, too */
	uint8_t genesis[HASH_SIZE];     /* trust.genesis_sha256 */
};

/* Is the head one of this chain?  One that is beyond it, or has another digest, is
 * not: the chain was rolled back, or is another one. */
bool token_store_head_fits(const struct token_store *s,
                           const struct trust_target *target);

/* The i-th certificate that a bundle names, an anchor before what is below it;
 * NULL behind the last.  *ret_anchor is the anchor that it belongs to. */
const struct trust_certificate *
trust_named_at(const struct bundle *b, size_t i,
               const struct trust_anchor **ret_anchor);
bool trust_names(const struct bundle *b,
                 const uint8_t sha256[static HASH_SIZE]);

#endif
