/*
 * admin.h - shared by the files of this directory; see hsm/admin/admin.h.
 */
#ifndef HSM_PKCS11_ADMIN_ADMIN_H
#define HSM_PKCS11_ADMIN_ADMIN_H

#include "hsm/admin/list.h"
#include "hsm/admin/rotate.h"
#include "hsm/admin/sign.h"
#include "hsm/pkcs11/int.h"

/* The functions of the struct hsm_admin in table.c; see hsm/admin/int.h. */
MUST_CHECK err_t p11_token_init(const struct hsm_token_name *name,
                                const struct secret *so_pin,
                                const struct secret *pin, struct buf *why,
                                struct hsm_token *ret_token);
MUST_CHECK err_t p11_token_so_pin(const struct hsm_token_name *name,
                                  const struct secret *so_pin,
                                  const struct secret *new_pin, struct buf *why,
                                  struct hsm_token *ret_token);
MUST_CHECK err_t p11_token_list(const struct hsm_token_name *name,
                                const struct secret *pin,
                                const struct hsm_list_ops *ops,
                                struct buf *why);
MUST_CHECK err_t p11_token_keygen(const struct hsm_token_name *name,
                                  const struct secret *pin,
                                  const struct hsm_keygen *wanted,
                                  struct buf *why,
                                  struct hsm_keygen_result *ret_result);
MUST_CHECK err_t p11_key_public(const struct hsm_key_name *name,
                                const struct secret *pin, struct buf *why,
                                struct hsm_public *ret_public);
MUST_CHECK err_t p11_officer_sign(const struct hsm_key_name *name,
                                  const struct secret *pin,
                                  struct bytes message, struct buf *why,
                                  struct hsm_signed *ret_signed);
MUST_CHECK err_t p11_key_place(const char *uri, struct buf *why,
                               struct hsm_key_place *ret_place);
MUST_CHECK err_t p11_key_next(const struct hsm_key_pinned *old,
                              const struct secret *pin,
                              const struct hsm_keygen *wanted, struct buf *why,
                              struct hsm_keygen_result *ret_result);
MUST_CHECK err_t p11_key_prove(const struct hsm_key_pinned *key,
                               const struct secret *pin, struct buf *why);
MUST_CHECK err_t p11_key_left(const struct hsm_key_pinned *key,
                              const struct secret *pin, struct buf *why,
                              struct hsm_key_left *ret_left);
MUST_CHECK err_t p11_key_destroy(const struct hsm_key_pinned *key,
                                 const struct secret *pin, struct buf *why);

void p11_token_facts(const CK_TOKEN_INFO *info, struct hsm_token *ret_token);

/* Loads the module and finds the token.  Opens no session. */
MUST_CHECK err_t p11_admin_open(const struct hsm_token_name *name,
                                struct buf *why, CK_TOKEN_INFO *ret_info,
                                struct p11 **ret_p11);

/* The slot of this token.  E_NOT_FOUND: no slot matches. */
MUST_CHECK err_t p11_admin_find_slot(struct p11 *p11, const char *label,
                                     const char *serial,
                                     CK_TOKEN_INFO *ret_info);

/* Opens a session and logs in the token's user. */
MUST_CHECK err_t p11_admin_login(struct p11 *p11, const CK_TOKEN_INFO *info,
                                 const struct secret *pin);
/* Logs in within the session that is open. */
MUST_CHECK err_t p11_admin_login_here(struct p11 *p11,
                                      const CK_TOKEN_INFO *info,
                                      const struct secret *pin);

/* so_pin.c: logs in the security officer within the open session, unless one
 * more wrong PIN would lock the SO PIN. */
MUST_CHECK err_t p11_admin_login_so(struct p11 *p11, const CK_TOKEN_INFO *info,
                                    const struct secret *so_pin);

/* keygen.c: creates the keys in the open token.  out->token is set. */
MUST_CHECK err_t p11_keygen(struct p11 *p11, const struct hsm_keygen *wanted,
                            struct hsm_keygen_result *out);

/* judge.c: E_LATCHED if the key holder would refuse this key or it does not
 * sign.  The token's user must be logged in. */
MUST_CHECK err_t p11_judge(struct p11 *p11, const struct p11_uri *uri,
                           const uint8_t *spki_sha256);

/* The word for a key's type; "other": it has none. */
const char *p11_type_name(CK_KEY_TYPE type);

/* Reads the attributes of one object. */
MUST_CHECK err_t p11_read_object(struct p11 *p11, CK_OBJECT_HANDLE object,
                                 struct hsm_object *out);

/* Appends the cause in p11 to why and returns err. */
err_t p11_tell(const struct p11 *p11, struct buf *why, err_t err);

/* public.c */
/* Finds the only object that is this half of the URI's key (find.h).
 * E_NOT_FOUND; E_CONFLICT: there are several. */
MUST_CHECK err_t p11_find_half(struct p11 *p11, const struct p11_uri *uri,
                               CK_OBJECT_CLASS class,
                               CK_OBJECT_HANDLE *ret_object);

#endif
