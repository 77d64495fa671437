/*
 * rotate_int.h - the operations of rotate.h for one type of device.
 */
#ifndef HSM_ADMIN_ROTATE_INT_H
#define HSM_ADMIN_ROTATE_INT_H

#include "hsm/core/backend.h"
#include "hsm/admin/rotate.h"

/* Each as in rotate.h; the URI has this scheme. */
struct hsm_next {
	const char *scheme; /* "pkcs11:" */
	err_t (*place)(const char *uri, struct buf *why,
	               struct hsm_key_place *ret_place);
	err_t (*next)(const struct hsm_key_pinned *old,
	              const struct secret *pin, const struct hsm_keygen *wanted,
	              struct buf *why, struct hsm_keygen_result *ret_result);
	err_t (*prove)(const struct hsm_key_pinned *key,
	               const struct secret *pin, struct buf *why);
	err_t (*destroy)(const struct hsm_key_pinned *key,
	                 const struct secret *pin, struct buf *why);
	err_t (*left)(const struct hsm_key_pinned *key,
	              const struct secret *pin, struct buf *why,
	              struct hsm_key_left *ret_left);
};

extern const struct hsm_next hsm_next_pkcs11;
extern const struct hsm_next hsm_next_tpm2;

#endif
