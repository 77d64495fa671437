/*
 * admin.h - what officers do to a token: prepare it, make the service's
 * two keys.  list.h looks at what is there, hsm/audit/audit.h judges it.
 *
 * Only anchorctl and the tests use this; the key holder never does.  Each call
 * loads the module, does one thing and finalises it.  PINs come as secrets.
 *
 * Errors   E_CONFIG: unusable module.  E_NOT_FOUND: no such token, or no free
 *          slot.  E_CONFLICT: it exists already, or two tokens fit.
 *          E_LATCHED: PIN refused or near its last try.  E_DENIED: the token
 *          refuses the call.  E_DEVICE: it failed.  why receives one line.
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

/* "anchord" and SoftHSM: keys of a software token are no evidence. */
#define HSM_SOFTWARE_WARNING "SOFTWARE TOKEN: NOT EVIDENCE"

struct hsm_token {
	char label[33], serial[17], manufacturer[33], model[17];
	bool initialized, user_pin, pin_count_low, pin_final_try, pin_locked;
	bool software; /* it is known to be made of it: hsm/core/software.def */
};

/* Which token: label must be given, serial may be "". */
struct hsm_token_name {
	const char *module, *label, *serial;
};

/* The label and the serial of the token that a pkcs11: URI (token.uri) names.
 * E_CONFIG: it is none. */
struct hsm_uri_token {
	char label[33], serial[17];
};
MUST_CHECK err_t hsm_uri_token(const char *uri, struct buf *why,
                               struct hsm_uri_token *ret_token);

/* Initialises a free slot's token and sets its user PIN.  E_CONFLICT: a token
 * has this label already. */
MUST_CHECK err_t hsm_token_init(const struct hsm_token_name *name,
                                const struct secret *so_pin,
                                const struct secret *pin, struct buf *why,
                                struct hsm_token *ret_token);

/* Changes the security officer's PIN, and logs in by the new one to see that.
 * E_CONFLICT: it is the same.  E_DENIED: of a length that the token does not
 * take; nothing was tried then. */
MUST_CHECK err_t hsm_token_so_pin(const struct hsm_token_name *name,
                                  const struct secret *so_pin,
                                  const struct secret *new_pin, struct buf *why,
                                  struct hsm_token *ret_token);

struct hsm_keygen {
	enum alg alg;      /* RSA: of 3072 bits; in a TPM 2048 */
	const char *label; /* of the signing key */
	struct bytes id;   /* its CKA_ID, 1..64 bytes */
	/* Of the HMAC key, made when missing; "": none is wanted. */
	const char *handle_label;
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

/* E_CONFLICT: a key of this label or id is there already. */
MUST_CHECK err_t hsm_token_keygen(const struct hsm_token_name *name,
                                  const struct secret *pin,
                                  const struct hsm_keygen *wanted,
                                  struct buf *why,
                                  struct hsm_keygen_result *ret_result);

/*
 * The public half of the key that a URI names (token.uri; module is NULL for a
 * TPM's).  pin may be NULL, and mostly is: public objects show without a
 * login, private ones mostly do not.  So only with a PIN is the private half
 * looked for, and signs once.  E_NOT_FOUND: no such token or key.
 */
enum hsm_half {
	HSM_HALF_UNSEEN, /* nobody looked */
	HSM_HALF_MISSING,
	HSM_HALF_OTHER, /* what has its name does not sign for the public half */
	HSM_HALF_THERE, /* in a TPM: it has both halves or none; not used */
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
MUST_CHECK err_t hsm_tpm2_public(const struct hsm_key_name *name,
                                 struct buf *why,
                                 struct hsm_public *ret_public);

/*
 * keygen in a TPM 2.0.  The URI names the TPM and, where it says more, the
 * places (hsm/tpm2/uri.c); the result's URI has all of them, and the name of
 * the parent key, by which the key holder knows this TPM.  The parent is made
 * when missing, as are the handle key and the epoch's counter.  E_CONFLICT:
 * something is where the signing key should go.  The owner's authorisation
 * must be empty.  Everything that is kept or made is used once by the PIN.
 */
struct hsm_tpm2_keygen {
	const char *uri;
	/* 12..32 bytes, 8 of them different, else E_DENIED; and of what is there
	 * already, else E_LATCHED. */
	const struct secret *pin;
	enum alg alg;
	bool beside; /* another token: handle key and counter alone */
	/* An officer has a reason: the TPM counts no wrong proofs (noDA). */
	bool lockout_off;
};
MUST_CHECK err_t hsm_tpm2_keygen(const struct hsm_tpm2_keygen *wanted,
                                 struct buf *why,
                                 struct hsm_keygen_result *ret_result);

#endif
