/*
 * sign.h - signs a message with an officer's key in a token, for anchorctl.
 *
 * The service's own keys sign only what the key holder composes.  Whoever calls
 * this has the PIN of the key's token; the caller compares the public half with
 * the officer's before, and verifies the signature after.
 *
 * Errors are those of admin.h, with these differences: E_LATCHED also: no key
 * of a kind below.  E_NOT_FOUND: no such token or key.
 */
#ifndef HSM_ADMIN_SIGN_H
#define HSM_ADMIN_SIGN_H

#include "hsm/admin/admin.h"

#define HSM_ADMIN_SIGNATURE 512 /* bytes: RSA of 4096 bits */

/*
 * The key decides how it signs:
 *
 *	P-256, P-384   ECDSA over SHA-256, SHA-384: r || s
 *	Ed25519        the message itself
 *	RSA            PKCS #1 v1.5 over SHA-512
 */
struct hsm_signed {
	size_t len;
	uint8_t bytes[HSM_ADMIN_SIGNATURE];
};

/* One login and one signature.  A key that wants the PIN for each signature
 * (CKA_ALWAYS_AUTHENTICATE, as PIV's key 9C) gets it a second time. */
MUST_CHECK err_t hsm_token_sign(const struct hsm_key_name *name,
                                const struct secret *pin, struct bytes message,
                                struct buf *why, struct hsm_signed *ret_signed);

#endif
