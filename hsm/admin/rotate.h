/*
 * rotate.h - officers' operations on the token of a running service: creating
 * the successor of the signing key, and destroying a retired key.
 *
 * Each function opens the device, logs in once, performs one operation and
 * closes it, in a session separate from the key holder's.  A TPM must therefore
 * be reached through a resource manager (/dev/tpmrm0), since it otherwise has a
 * single user; its owner makes and evicts keys.  Errors are those of admin.h,
 * with these differences: E_DEVICE: the token is absent; E_CONFIG also:
 * malformed URI.
 */
#ifndef HSM_ADMIN_ROTATE_H
#define HSM_ADMIN_ROTATE_H

#include "hsm/admin/admin.h"

#define HSM_ID_TEXT_MAX 129 /* a CKA_ID in hex, and a NUL */

/* The parts of a key's URI, for display and search.  In a TPM label is a handle
 * or a path, and serial and id are empty. */
struct hsm_key_place {
	const char *scheme; /* of the kind of device: "pkcs11:" */
	bool by_handle;     /* keys have handles, no label and id of ours */
	bool in_file;       /* the key itself is kept in a file */
	bool by_owner;      /* hsm_key_prove() and _destroy() need no PIN */
	char token[33], serial[17];
	char label[HSM_TEXT_MAX];
	char id[HSM_ID_TEXT_MAX];
};
MUST_CHECK err_t hsm_key_place(const char *uri, struct buf *why,
                               struct hsm_key_place *ret_place);

/* A key and its pinned public half; module is NULL or ignored for a TPM. */
struct hsm_key_pinned {
	const char *module, *uri;
	const uint8_t *spki_sha256;
	bool lockout_off; /* as in struct hsm_options */
	/* In a TPM, of its owner, who evicts the key; NULL: empty. */
	const struct secret *owner;
};

/*
 * Creates a key in the device of `old`, which must exist and satisfy the key
 * holder's rules.  wanted->alg ALG_COUNT: the algorithm of the old key;
 * wanted->handle_label is "".  In a TPM the new key gets the first free handle
 * from T2_NEXT_FIRST to T2_NEXT_LAST, and label and id are ignored.  E_LATCHED:
 * the old key does not satisfy the rules.  E_LIMIT: no free handle.
 */
MUST_CHECK err_t hsm_key_rotate(const struct hsm_key_pinned *old,
                                const struct secret *pin,
                                const struct hsm_keygen *wanted,
                                struct buf *why,
                                struct hsm_keygen_result *ret_result);

/* Checks that the key exists, satisfies the rules and signs, before another key
 * is destroyed.  E_LATCHED: it is missing, could leave the device, is another
 * key, or does not sign.  A TPM's key is only loaded and compared, because only
 * the key holder has the PIN to sign with it. */
MUST_CHECK err_t hsm_key_prove(const struct hsm_key_pinned *key,
                               const struct secret *pin, struct buf *why);

/* The halves of a key that still exist; a private half is not compared. */
struct hsm_key_left {
	bool private_half, public_half;
};
MUST_CHECK err_t hsm_key_left(const struct hsm_key_pinned *key,
                              const struct secret *pin, struct buf *why,
                              struct hsm_key_left *ret_left);

/* Destroys both halves of a key if the public one is as pinned, or the remains
 * of a key that was destroyed in part.  In a TPM pin may be NULL, since the
 * owner evicts the key.  For a key in a file the file is removed; a copy of it
 * can still be loaded.  E_NOT_FOUND: no such key.  E_DENIED: another key is
 * there.  E_IO: the file cannot be removed. */
MUST_CHECK err_t hsm_key_destroy(const struct hsm_key_pinned *key,
                                 const struct secret *pin, struct buf *why);

#endif
