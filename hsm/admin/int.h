/*
 * int.h - the operations of officers and auditors on one kind of device.
 *
 * Each kind has one struct hsm_admin and a row in admin.c.  A member implements
 * the function of admin.h, attest.h, list.h, ownership.h, rotate.h, sign.h,
 * trust.h, hsm/audit/audit.h or hsm/audit/strays.h with its name.  A member is NULL when this kind of
 * device does not support the operation; HSM_ADMIN_DO then refuses it.
 */
#ifndef HSM_ADMIN_INT_H
#define HSM_ADMIN_INT_H

#include "hsm/admin/attest.h"
#include "hsm/admin/list.h"
#include "hsm/admin/ownership.h"
#include "hsm/admin/rotate.h"
#include "hsm/admin/sign.h"
#include "hsm/admin/trust.h"
#include "hsm/core/backend.h"

struct audit_ops;
struct hsm_audited;
struct hsm_strays_ops;

struct hsm_admin {
	const struct hsm_backend *backend; /* has the scheme of the URIs */
	/* true: named by module, label and serial; false: by a URI. */
	bool by_module;

	err_t (*init)(const struct hsm_token_name *name,
	              const struct secret *so_pin, const struct secret *pin,
	              struct buf *why, struct hsm_token *ret_token);
	err_t (*so_pin)(const struct hsm_token_name *name,
	                const struct secret *so_pin,
	                const struct secret *new_pin, struct buf *why,
	                struct hsm_token *ret_token);
	err_t (*own)(const struct hsm_token_name *name,
	             const struct hsm_ownership_wanted *wanted, struct buf *why,
	             struct hsm_token *ret_token);
	err_t (*attest)(const struct hsm_token_name *name,
	                const struct secret *pin,
	                const uint8_t nonce[static HASH_SIZE],
	                const struct hsm_attest_ops *ops, struct buf *why);
	err_t (*list)(const struct hsm_token_name *name,
	              const struct secret *pin, const struct hsm_list_ops *ops,
	              struct buf *why);
	err_t (*keygen)(const struct hsm_token_name *name,
	                const struct secret *pin,
	                const struct hsm_keygen *wanted, struct buf *why,
	                struct hsm_keygen_result *ret_result);
	err_t (*public)(const struct hsm_key_name *name,
	                const struct secret *pin, struct buf *why,
	                struct hsm_public *ret_public);
	err_t (*sign)(const struct hsm_key_name *name, const struct secret *pin,
	              struct bytes message, struct buf *why,
	              struct hsm_signed *ret_signed);
	err_t (*strays)(const struct hsm_token_name *name,
	                const struct secret *pin, bool remove,
	                const struct hsm_strays_ops *ops, struct buf *why);

	err_t (*audit)(const struct hsm_audited *asked,
	               const struct secret *pin, const struct audit_ops *ops,
	               struct buf *why);
	const char *(*mechanism_name)(
	        uint64_t type); /* "": unknown, or of another kind */

	err_t (*place)(const char *uri, struct buf *why,
	               struct hsm_key_place *ret_place);
	err_t (*next)(const struct hsm_key_pinned *old,
	              const struct secret *pin, const struct hsm_keygen *wanted,
	              struct buf *why, struct hsm_keygen_result *ret_result);
	err_t (*prove)(const struct hsm_key_pinned *key,
	               const struct secret *pin, struct buf *why);
	err_t (*left)(const struct hsm_key_pinned *key,
	              const struct secret *pin, struct buf *why,
	              struct hsm_key_left *ret_left);
	err_t (*destroy)(const struct hsm_key_pinned *key,
	                 const struct secret *pin, struct buf *why);

	err_t (*trust)(const struct hsm_token_name *name,
	               const struct secret *pin,
	               const struct hsm_token_trust_ops *ops, struct buf *why);
	err_t (*put_certificate)(const struct hsm_token_name *name,
	                         const struct hsm_trust_officer *who,
	                         struct bytes der, struct buf *why,
	                         struct hsm_trust_put *ret_put);
	err_t (*put_genesis)(const struct hsm_token_name *name,
	                     const struct hsm_trust_officer *who,
	                     const uint8_t digest[static HASH_SIZE],
	                     struct buf *why, struct hsm_trust_put *ret_put);
	err_t (*remove_certificate)(const struct hsm_token_name *name,
	                            const struct hsm_trust_officer *who,
	                            const uint8_t digest[static HASH_SIZE],
	                            struct buf *why);
	err_t (*remove_genesis)(const struct hsm_token_name *name,
	                        const struct hsm_trust_officer *who,
	                        const uint8_t digest[static HASH_SIZE],
	                        struct buf *why);
	err_t (*move_head)(const struct hsm_token_name *name,
	                   const struct hsm_trust_officer *who,
	                   const struct hsm_trust_head *head, struct buf *why);
	err_t (*raise_counter)(const struct hsm_token_name *name,
	                       const struct hsm_trust_officer *who,
	                       uint64_t value, struct buf *why,
	                       uint64_t *ret_value);
};

extern const struct hsm_admin hsm_admin_pkcs11;
extern const struct hsm_admin hsm_admin_tpm2;

/* Finds the kind of a URI or of a token's name.  E_CONFIG: there is none. */
MUST_CHECK err_t hsm_admin_find(const char *uri, struct buf *why,
                                const struct hsm_admin **ret_kind);
MUST_CHECK err_t hsm_admin_named(const struct hsm_token_name *name,
                                 struct buf *why,
                                 const struct hsm_admin **ret_kind);

/* The i-th kind; NULL after the last. */
const struct hsm_admin *hsm_admin_at(size_t i);

/* Calls the operation of a kind.  E_DENIED: the kind does not support it, and
 * why says so. */
#define HSM_ADMIN_DO(kind, verb, why, ...)        \
	((kind)->verb ? (kind)->verb(__VA_ARGS__) \
	              : hsm_admin_lacks((kind), #verb, (why)))
err_t hsm_admin_lacks(const struct hsm_admin *kind, const char *verb,
                      struct buf *why);

#endif
