/*
 * trust.h - shared by the trust files of this directory; see hsm/admin/trust.h.
 */
#ifndef HSM_PKCS11_ADMIN_TRUST_H
#define HSM_PKCS11_ADMIN_TRUST_H

#include "hsm/admin/trust.h"
#include "hsm/pkcs11/admin/admin.h"
#include "hsm/pkcs11/trust.h"

/* What table.c makes a struct hsm_admin of. */
MUST_CHECK err_t p11_token_trust(const struct hsm_token_name *name,
                                 const struct secret *pin,
                                 const struct hsm_token_trust_ops *ops,
                                 struct buf *why);
MUST_CHECK err_t p11_put_certificate(const struct hsm_token_name *name,
                                     const struct hsm_trust_officer *who,
                                     struct bytes der, struct buf *why,
                                     struct hsm_trust_put *ret_put);
MUST_CHECK err_t p11_put_genesis(const struct hsm_token_name *name,
                                 const struct hsm_trust_officer *who,
                                 const uint8_t digest[static HASH_SIZE],
                                 struct buf *why,
                                 struct hsm_trust_put *ret_put);
MUST_CHECK err_t p11_remove_certificate(const struct hsm_token_name *name,
                                        const struct hsm_trust_officer *who,
                                        const uint8_t digest[static HASH_SIZE],
                                        struct buf *why);
MUST_CHECK err_t p11_remove_genesis(const struct hsm_token_name *name,
                                    const struct hsm_trust_officer *who,
                                    const uint8_t digest[static HASH_SIZE],
                                    struct buf *why);
MUST_CHECK err_t p11_move_head(const struct hsm_token_name *name,
                               const struct hsm_trust_officer *who,
                               const struct hsm_trust_head *head,
                               struct buf *why);
MUST_CHECK err_t p11_raise_counter(const struct hsm_token_name *name,
                                   const struct hsm_trust_officer *who,
                                   uint64_t value, struct buf *why,
                                   uint64_t *ret_value);

/* trust_put.c: an open token with somebody logged in.  The caller sets who. */
struct p11_desk {
	struct p11 *p11;
	CK_TOKEN_INFO info;
	const struct hsm_trust_officer *who;
	bool so; /* the security officer is, otherwise the user */
};
MUST_CHECK err_t p11_desk_open(const struct hsm_token_name *name,
                               struct buf *why, struct p11_desk *d);
void p11_desk_release(struct p11_desk *d);
DEFINE_AUTO_REF(struct p11_desk, p11_desk_release);

/* Genesis objects of this digest. */
MUST_CHECK err_t p11_find_genesis(struct p11 *p11,
                                  const uint8_t digest[static HASH_SIZE],
                                  CK_OBJECT_HANDLE *found, CK_ULONG *in_out_n);

#endif
