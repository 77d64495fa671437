/*
 * so_pin.c - changes the security officer's (SO) PIN, because everybody can
 * read a factory PIN in the vendor's manual.
 *
 * A token with a locked SO PIN cannot be administered any more.  Therefore all
 * other conditions are checked first, and the old PIN is tried once.
 */
#include "hsm/pkcs11/admin/admin.h"
#include "base/secret.h"

/* CKF_SO_PIN_TO_BE_CHANGED is accepted, because this operation changes the
 * PIN. */
static err_t
check_state(struct p11 *p11, CK_FLAGS flags)
{
	if (flags & CKF_SO_PIN_LOCKED)
		return p11_fail(p11, E_LATCHED, "the SO PIN is locked");
	if (flags & CKF_SO_PIN_FINAL_TRY)
		return p11_fail(p11, E_LATCHED,
		                "SO PIN not tried: one more wrong one would "
		                "lock it for ever");
	return OK;
}

static err_t
check_new(struct p11 *p11, const CK_TOKEN_INFO *info, struct bytes old,
          struct bytes new)
{
	if (bytes_equal(old, new))
		return p11_fail(p11, E_CONFLICT,
		                "the new SO PIN equals the old one");
	if (new.len < info->ulMinPinLen ||
	    (info->ulMaxPinLen && new.len > info->ulMaxPinLen))
		return p11_fail(p11, E_DENIED,
		                "a PIN of this token needs %lu to %lu bytes",
		                info->ulMinPinLen, info->ulMaxPinLen);
	return OK;
}

static err_t
login_as_officer(struct p11 *p11, struct bytes pin)
{
	return P11_CALL(p11, C_Login, p11->session, CKU_SO, p11_unconst(pin),
	                pin.len);
}

err_t
p11_admin_login_so(struct p11 *p11, const CK_TOKEN_INFO *info,
                   const struct secret *so_pin)
{
	TRY(check_state(p11, info->flags));
	return login_as_officer(p11, secret_bytes(so_pin));
}

static err_t
change_so_pin(struct p11 *p11, const CK_TOKEN_INFO *info, struct bytes old,
              struct bytes new)
{
	TRY(check_state(p11, info->flags));
	TRY(check_new(p11, info, old, new));
	TRY(p11_open_session(p11));
	TRY(login_as_officer(p11, old));
	err_t err = P11_CALL(p11, C_SetPIN, p11->session, p11_unconst(old),
	                     old.len, p11_unconst(new), new.len);
	if (err == E_DEVICE)
		return p11_fail(p11, err,
		                "the token did not report whether it changed "
		                "the SO PIN (%s); either the old or the new "
		                "one is valid",
		                p11_rv_name(p11->rv));
	TRY(err);
	if (P11_CALL(p11, C_Logout, p11->session) != OK)
		return p11_fail(p11, E_DEVICE,
		                "the token reports that the SO PIN is changed, "
		                "but the new one could not be tried (%s)",
		                p11_rv_name(p11->rv));
	if (login_as_officer(p11, new) != OK)
		return p11_fail(p11, E_DEVICE,
		                "the token reports that the SO PIN is changed, "
		                "but does not accept the new one (%s)",
		                p11_rv_name(p11->rv));
	return OK;
}

err_t
p11_token_so_pin(const struct hsm_token_name *name, const struct secret *so_pin,
                 const struct secret *new_pin, struct buf *why,
                 struct hsm_token *ret_token)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	CK_TOKEN_INFO info;

	TRY(p11_admin_open(name, why, &info, &p11));
	TRY(p11_tell(p11, why,
	             change_so_pin(p11, &info, secret_bytes(so_pin),
	                           secret_bytes(new_pin))));
	p11_token_facts(&info, ret_token);
	return OK;
}
