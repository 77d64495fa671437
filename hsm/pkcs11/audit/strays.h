/*
 * strays.h - finds stray objects in an open token, for anchorctl's verb and for
 * the audit; see hsm/audit/strays.h.
 */
#ifndef HSM_PKCS11_AUDIT_STRAYS_H
#define HSM_PKCS11_AUDIT_STRAYS_H

#include "hsm/audit/strays.h"
#include "hsm/pkcs11/admin/admin.h"

/* All objects of the token; strays are marked. */
struct p11_kept {
	CK_OBJECT_HANDLE handle;
	bool stray;
	struct hsm_stray what;
};
struct p11_strays {
	size_t n;
	struct p11_kept *kept;
};

/* A member of struct hsm_admin. */
MUST_CHECK err_t p11_token_strays(const struct hsm_token_name *name,
                                  const struct secret *pin, bool remove,
                                  const struct hsm_strays_ops *ops,
                                  struct buf *why);

/* Reads and judges all objects; the session must be logged in.  The caller
 * releases the result. */
MUST_CHECK err_t p11_strays_find(struct p11 *p11,
                                 struct p11_strays *ret_strays);
void p11_strays_release(struct p11_strays *s);
DEFINE_AUTO_REF(struct p11_strays, p11_strays_release);

#endif
