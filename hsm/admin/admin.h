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
 *          refuses the call, or its kind has no such verb.  E_DEVICE: it
 *          failed.  why receives the cause.
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

/* Who may administer a TPM (TPM 2.0 Part 2, TPMA_PERMANENT and
 * TPMA_STARTUP_CLEAR), and its dictionary-attack protection. */
struct hsm_ownership {
	bool known; /* false: not a TPM, or not read */
	bool owner_set, lockout_set, clear_disabled;
	bool platform_enabled; /* by its firmware, until the next restart */
	uint32_t max_tries, recovery_s, lockout_recovery_s;
};

struct hsm_token {
	char label[33], serial[17], manufacturer[33], model[17];
	bool initialized, user_pin, pin_count_low, pin_final_try, pin_locked;
	bool software; /* matches hsm/core/software.def */
	struct hsm_ownership ownership;
};

/* The token of a module by its label, which is required, and its serial, which
 * may be ""; or a device without a module (a TPM) by its URI. */
struct hsm_token_name {
	const char *module, *label, *serial;
	const char *uri; /* NULL: module and label name the token */
};

/* True if devices of this URI (token.uri) are used through a module. */
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
 * In a token of a module label, id and handle_label are used.
 *
 * In a TPM 2.0 they are ignored.  The name's URI names the TPM and optionally
 * the places (hsm/tpm2/uri.c); the result's URI names all places and the parent
 * key's name, by which the key holder recognises this TPM.  Parent, handle key
 * and counter are created if missing, by the TPM's owner.  Every object that is
 * created or reused is used once with the PIN: 12 to 32 bytes, at least 8 of
 * them different.  E_DENIED: the PIN is weaker, or the owner's value is another.
 * E_LATCHED: an existing object has another PIN.
 */
struct hsm_keygen {
	enum alg alg;      /* RSA has 3072 bits; in a TPM 2048 */
	const char *label; /* of the signing key */
	struct bytes id;   /* its CKA_ID, 1..64 bytes */
	/* Label of the HMAC key, created if missing; "": no HMAC key. */
	const char *handle_label;
	/* In a TPM only, otherwise E_DENIED. */
	bool companion; /* companion TPM: handle key and counter */
	/* An officer's reason exists to make the objects noDA. */
	bool lockout_off;
	/* Authorisation value of its owner; NULL: empty. */
	const struct secret *owner;
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

/* E_CONFLICT: a key with this label or id exists. */
MUST_CHECK err_t hsm_token_keygen(const struct hsm_token_name *name,
                                  const struct secret *pin,
                                  const struct hsm_keygen *wanted,
                                  struct buf *why,
                                  struct hsm_keygen_result *ret_result);

/*
 * Reads the public half of the key that a URI (token.uri) names; module is NULL
 * for a TPM.  pin may be NULL: most tokens show public objects without a login,
 * but not private ones.  The private half is therefore searched, and makes one
 * signature, only with a PIN.  E_NOT_FOUND: no such token or key.
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
