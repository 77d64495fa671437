/*
 * int.h - what officers and auditors do to one kind of device: a row in admin.c.
 *
 * They reach a kind of device through this table alone.  Each member is the
 * function of admin.h, list.h, rotate.h, sign.h, trust.h, hsm/audit/audit.h or
 * hsm/audit/strays.h that has its name; NULL: this kind has no such verb, and
 * HSM_ADMIN_DO says so.
 */
#ifndef HSM_ADMIN_INT_H
#define HSM_ADMIN_INT_H

#include "hsm/admin/list.h"
#include "hsm/admin/rotate.h"
#include "hsm/admin/sign.h"
#include "hsm/admin/trust.h"
#include "hsm/core/backend.h"

struct audit_ops;
struct hsm_audited;
struct hsm_strays_ops;

struct hsm_admin {
	const struct hsm_backend *backend; /* its scheme is the kind's */
	/* Named by a module, a label and a serial; else by a URI. */
	bool by_module;

	err_t (*init)(const struct hsm_token_name *name,
	              const struct secret *so_pin, const struct secret *pin,
	              struct buf *why, struct hsm_token *ret_token);
	err_t (*so_pin)(const struct hsm_token_name *name,
	                const struct secret *so_pin,
	                const struct secret *new_pin, struct buf *why,
	                struct hsm_token *ret_token);
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
	        uint64_t type); /* "": none of this kind */

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

/* The kind that a URI means, or a name.  E_CONFIG: none. */
MUST_CHECK err_t hsm_admin_find(const char *uri, struct buf *why,
                                const struct hsm_admin **ret_kind);
MUST_CHECK err_t hsm_admin_named(const struct hsm_token_name *name,
                                 struct buf *why,
                                 const struct hsm_admin **ret_kind);

/* All kinds, one after another; NULL behind the last. */
const struct hsm_admin *hsm_admin_at(size_t i);

/* The verb of a kind, or the one refusal of a kind that has it not: E_DENIED. */
#define HSM_ADMIN_DO(kind, verb, why, ...)        \
	((kind)->verb ? (kind)->verb(__VA_ARGS__) \
	              : hsm_admin_lacks((kind), #verb, (why)))
err_t hsm_admin_lacks(const struct hsm_admin *kind, const char *verb,
                      struct buf *why);

#endif
