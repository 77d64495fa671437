/*
 * rotate.h - what officers do to the token of a service that runs: make the
 * key that follows the one in use, and destroy one that is retired.
 *
 * Each call opens the device, logs in once, does one thing and leaves; the key
 * holder's session is another and does not notice.  A TPM must be reached
 * through a resource manager (/dev/tpmrm0) for that, else it has one user; and
 * its owner's authorisation must be empty.  Errors are those of admin.h, but
 * E_DEVICE for a token that is not there; E_CONFIG also: a malformed URI.
 */
#ifndef HSM_ADMIN_ROTATE_H
#define HSM_ADMIN_ROTATE_H

#include "hsm/admin/admin.h"

#define HSM_ID_TEXT_MAX 129 /* a CKA_ID in hex, and a NUL */

/* Where a key's URI leads, for people and for a search.  In a TPM the label is
 * a handle or a path, and there is no serial and no id. */
struct hsm_key_place {
	bool tpm;
	char token[33], serial[17];
	char label[HSM_TEXT_MAX];
	char id[HSM_ID_TEXT_MAX];
};
MUST_CHECK err_t hsm_key_place(const char *uri, struct buf *why,
                               struct hsm_key_place *ret_place);

/* A key of a token and what its public half must be; module is NULL, or not
 * looked at, for a TPM's. */
struct hsm_key_pinned {
	const char *module, *uri;
	const uint8_t *spki_sha256;
	bool lockout_off; /* as in struct hsm_options */
};

/*
 * Makes a key beside `old`, which must be there and locked in as the key holder
 * wants it.  wanted->alg ALG_COUNT: the old key's; wanted->handle_label is "".
 * A TPM's next key is at the first free handle of a range of ours; label and id
 * mean nothing there.  E_LATCHED: the old key is not what it should be.
 * E_LIMIT: no handle is free.
 */
MUST_CHECK err_t hsm_key_rotate(const struct hsm_key_pinned *old,
                                const struct secret *pin,
                                const struct hsm_keygen *wanted,
                                struct buf *why,
                                struct hsm_keygen_result *ret_result);

/* Is that key in the device, locked in, and does it sign?  What goes with it may be
 * the last that could.  E_LATCHED: it is missing, loose, another, or does not.
 * A TPM's is loaded and compared; it signs by a PIN that only the key holder has. */
MUST_CHECK err_t hsm_key_prove(const struct hsm_key_pinned *key,
                               const struct secret *pin, struct buf *why);

/* What of that key is at its place now; a private half is anybody's. */
struct hsm_key_left {
	bool private_half, public_half;
};
MUST_CHECK err_t hsm_key_left(const struct hsm_key_pinned *key,
                              const struct secret *pin, struct buf *why,
                              struct hsm_key_left *ret_left);

/* Destroys both halves of a key, when the public one is as pinned.  What is
 * left of a key that was half destroyed goes, too.  In a TPM pin may be NULL: the
 * owner takes a key away.  Of a key in a file the file is removed; a copy of it
 * can still be loaded.  E_NOT_FOUND: nothing is there.  E_DENIED: another key
 * is.  E_IO: the file cannot be removed. */
MUST_CHECK err_t hsm_key_destroy(const struct hsm_key_pinned *key,
                                 const struct secret *pin, struct buf *why);

#endif
