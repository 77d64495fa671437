/*
 * admin.h - officers' operations on a token: initialising it and creating the
 * service's keys.  list.h lists its objects, hsm/audit/audit.h audits it.
 *
 * Only anchorctl and the tests use this, never the key holder.  Each function
 * loads the module, performs one operation and finalises the module.
 *
 * Errors   E_CONFIG: unusable module.  E_NOT_FOUND: no such token, or no free
 *          slot.  E_CONFLICT: it exists already, or two tokens match.
 *          E_LATCHED: PIN refused or near its last try.  E_DENIED: the token
 *          refuses the call, or its kind has no such verb.  E_DEVICE: it failed.  why receives one line.
 */
#ifndef HSM_ADMIN_ADMIN_H
#define HSM_ADMIN_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/alg.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

struct secret;

#define HSM_TEXT_MAX 160   /* bytes of a name with its NUL */
#define HSM_ADMIN_SPKI 600 /* bytes of a SubjectPublicKeyInfo */

/* Printed for a software token such as SoftHSM, whose keys prove nothing. */
#define HSM_SOFTWARE_WARNING "SOFTWARE TOKEN: NOT EVIDENCE"

struct hsm_token {
	char label[33], serial[17], manufacturer[33], model[17];
	bool initialized, user_pin, pin_count_low, pin_final_try, pin_locked;
	bool software; /* matches hsm/core/software.def */
};

/* Which token: of a module, by its label, which must be given, and its serial,
 * which may be ""; or, where there is no module (a TPM), by its URI. */
struct hsm_token_name {
	const char *module, *label, *serial;
	const char *uri; /* NULL: module and label say */
};

/* Has the device of this URI (token.uri) a module? */
bool hsm_by_module(const char *uri);

/* Initialises the token in a free slot and sets its user PIN.  E_CONFLICT: a
 * token with this label exists. */
MUST_CHECK err_t hsm_token_init(const struct hsm_token_name *name,
                                const struct secret *so_pin,
                                const struct secret *pin, struct buf *why,
                                struct hsm_token *ret_token);

/* Changes the security officer's PIN and checks it by a login with the new
 * one.  E_CONFLICT: the PINs are equal.  E_DENIED: the token does not accept a
 * PIN of this length; nothing was tried. */
MUST_CHECK err_t hsm_token_so_pin(const struct hsm_token_name *name,
                                  const struct secret *so_pin,
                                  const struct secret *new_pin, struct buf *why,
                                  struct hsm_token *ret_token);

/*
 * In a token of a module: label, id and handle_label are asked for.
 *
 * In a TPM 2.0 they mean nothing: the name's URI says, where it says more than
 * the TPM, the places (hsm/tpm2/uri.c); the result's URI has all of them, and the
 * name of the parent key, by which the key holder knows this TPM.  The parent is
 * made when missing, as are the handle key and the epoch's counter.  The owner's
 * authorisation must be empty.  Everything that is kept or made is used once by
 * the PIN: 12..32 bytes, 8 of them different, else E_DENIED; and that of what is
 * there already, else E_LATCHED.
 */
struct hsm_keygen {
	enum alg alg;      /* RSA has 3072 bits; in a TPM 2048 */
	const char *label; /* of the signing key */
	struct bytes id;   /* its CKA_ID, 1..64 bytes */
	/* Label of the HMAC key, created if missing; "": no HMAC key. */
	const char *handle_label;
	/* Only in a TPM, else E_DENIED. */
	bool beside; /* another token: handle key and counter alone */
	/* An officer has a reason: the TPM counts no wrong proofs (noDA). */
	bool lockout_off;
};

struct hsm_keygen_result {
	struct hsm_token token;
	bool handle_made, handle_checked;
	uint8_t handle_check[HASH_SIZE]; /* token.handle_check, if checked */
	char uri[512];                   /* for token.uri */
	enum alg alg;
	size_t spki_len;
	uint8_t spki[HSM_ADMIN_SPKI];
};

/* E_CONFLICT: a key of this label or id, or at this place, is there already. */
MUST_CHECK err_t hsm_token_keygen(const struct hsm_token_name *name,
                                  const struct secret *pin,
                                  const struct hsm_keygen *wanted,
                                  struct buf *why,
                                  struct hsm_keygen_result *ret_result);

/*
 * The public half of the key that a URI names (token.uri; module is NULL where
 * there is none).  pin may be NULL, and mostly is: public objects show without a
 * login, private ones mostly do not.  So only with a PIN is the private half
 * looked for, and signs once.  E_NOT_FOUND: no such token or key.
 */
enum hsm_half {
	HSM_HALF_UNSEEN, /* not searched */
	HSM_HALF_MISSING,
	HSM_HALF_OTHER, /* does not belong to the public half */
	HSM_HALF_THERE, /* in a TPM, which has both or none; not used */
	HSM_HALF_SIGNS,
};
struct hsm_public {
	enum alg alg;
	enum hsm_half private_half;
	size_t spki_len;
	uint8_t spki[HSM_ADMIN_SPKI];
};
struct hsm_key_name {
	const char *module, *uri;
};
MUST_CHECK err_t hsm_token_public(const struct hsm_key_name *name,
                                  const struct secret *pin, struct buf *why,
                                  struct hsm_public *ret_public);

#endif
