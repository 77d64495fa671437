/*
 * trust.h - officers' operations on the trust objects of a token;
 * hsm/core/trust.h says what they are, and that a device decides nothing.
 *
 * Each function opens the device, performs one operation and closes it, in a
 * session separate from the key holder's.  All may be repeated after an
 * interruption.  Errors are those of admin.h, with these differences: E_LIMIT,
 * E_MALFORMED: not a certificate that may be stored.
 */
#ifndef HSM_ADMIN_TRUST_H
#define HSM_ADMIN_TRUST_H

#include "hsm/admin/admin.h"
#include "hsm/core/trust.h"

/* Who acts.  A TPM has no security officer: its owner's authorisation value is in
 * so_pin, NULL for an empty one, and pin is ignored. */
struct hsm_trust_officer {
	const struct secret *so_pin; /* NULL: not present */
	const struct secret *pin;    /* of the user; NULL: not present */
};

/* Reads everything without changing it.  token() is called first.  Without a PIN a
 * token shows neither head nor counter. */
struct hsm_token_trust_ops {
	void (*token)(void *arg, const struct hsm_token *token);
	struct hsm_trust_ops read; /* its arg is token()'s, too */
};
MUST_CHECK err_t hsm_token_trust(const struct hsm_token_name *name,
                                 const struct secret *pin,
                                 const struct hsm_token_trust_ops *ops,
                                 struct buf *why);

/* What became of an object that was to be made. */
struct hsm_trust_put {
	bool there; /* it was already, protected as well as can be */
	bool by_so; /* the security officer made it, otherwise the user */
	struct hsm_trust_said said; /* by the token, of what it has now */
	size_t others; /* genesis objects of other digests, 64 at most */
};

/*
 * Makes a certificate in the token: by the security officer with CKA_TRUSTED, not
 * CKA_MODIFIABLE and not CKA_DESTROYABLE, without those of the three that the
 * token refuses, and by the user if it lets no security officer make any; the
 * result says which.  An equal certificate that is protected less is destroyed
 * afterwards.  E_DEVICE: the token did not keep what it was given.
 */
MUST_CHECK err_t hsm_trust_put_certificate(const struct hsm_token_name *name,
                                           const struct hsm_trust_officer *who,
                                           struct bytes der, struct buf *why,
                                           struct hsm_trust_put *ret_put);

/*
 * Makes the genesis object in the same way.  One of another digest is left alone,
 * and counted (others).  A token does not say who made a data object: if another one
 * prevented ours, a visitor without a PIN could keep every officer from storing it.
 * It is destroyed only by its digest (hsm_trust_remove_genesis()), because it may be
 * the genesis of another chain, or this call the mistake.  What counts is the digest
 * in the configuration.
 */
MUST_CHECK err_t hsm_trust_put_genesis(const struct hsm_token_name *name,
                                       const struct hsm_trust_officer *who,
                                       const uint8_t digest[static HASH_SIZE],
                                       struct buf *why,
                                       struct hsm_trust_put *ret_put);

/* Destroys the certificates of this digest.  E_NOT_FOUND: there is none.
 * E_LIMIT: it was not found, neither by its digest as CKA_ID nor among the first
 * certificates of the token, which has more.  E_DENIED: the token keeps one
 * (CKA_DESTROYABLE false), for as long as it is not initialised; the bundle no
 * longer names it, so it does not count. */
MUST_CHECK err_t hsm_trust_remove_certificate(
        const struct hsm_token_name *name, const struct hsm_trust_officer *who,
        const uint8_t digest[static HASH_SIZE], struct buf *why);

/* Destroys the genesis objects of this digest, made by a visitor or by mistake.
 * E_NOT_FOUND, E_DENIED as above. */
MUST_CHECK err_t hsm_trust_remove_genesis(
        const struct hsm_token_name *name, const struct hsm_trust_officer *who,
        const uint8_t digest[static HASH_SIZE], struct buf *why);

/* Makes this the head: the new object before the old one is destroyed, so that an
 * interruption leaves two, of which the higher counts.  The same head again
 * destroys what is left of that.  E_CONFLICT: it would go back, the same version
 * has another digest, or the version is 0.  E_LATCHED: who->pin is missing,
 * which a token needs, because its user makes head and counter, unless it asks for
 * the PIN itself. */
MUST_CHECK err_t hsm_trust_move_head(const struct hsm_token_name *name,
                                     const struct hsm_trust_officer *who,
                                     const struct hsm_trust_head *head,
                                     struct buf *why);

/* For a kind of device: why this must not follow that, as words for people; NULL:
 * it may, or is the same. */
const char *hsm_trust_head_conflict(const struct hsm_trust_head *last,
                                    const struct hsm_trust_head *next);

/* Raises the counter to this value, in the same way.  0: makes it if it is missing,
 * and changes nothing otherwise; a TPM's begins above all that it ever had.
 * E_CONFLICT: it would go back.  E_LIMIT: more than HSM_TRUST_RAISE_MAX steps of a
 * TPM.  E_LATCHED: as above.  ret_value is the value that it has now. */
#define HSM_TRUST_RAISE_MAX 256
MUST_CHECK err_t hsm_trust_raise_counter(const struct hsm_token_name *name,
                                         const struct hsm_trust_officer *who,
                                         uint64_t value, struct buf *why,
                                         uint64_t *ret_value);

#endif
