/*
 * init.c - initialises a free slot's token with a label and PINs.
 */
#include <string.h>

#include "hsm/core/software.h"
#include "hsm/pkcs11/admin/admin.h"

void
p11_token_facts(const CK_TOKEN_INFO *info, struct hsm_token *ret_token)
{
	struct hsm_token out = {
		.initialized = info->flags & CKF_TOKEN_INITIALIZED,
		.user_pin = info->flags & CKF_USER_PIN_INITIALIZED,
		.pin_count_low = info->flags & CKF_USER_PIN_COUNT_LOW,
		.pin_final_try = info->flags & CKF_USER_PIN_FINAL_TRY,
		.pin_locked = info->flags & CKF_USER_PIN_LOCKED,
	};

	p11_text(info->label, sizeof(info->label), out.label);
	p11_text(info->serialNumber, sizeof(info->serialNumber), out.serial);
	p11_text(info->manufacturerID, sizeof(info->manufacturerID),
	         out.manufacturer);
	p11_text(info->model, sizeof(info->model), out.model);
	const struct hsm_marks marks = {
		.kind = MARKS_P11,
		.text = { [MARK_TOKEN_MAKER] = out.manufacturer,
		          [MARK_TOKEN_MODEL] = out.model },
	};
	out.software = hsm_software(&marks, NULL) != NULL;
	*ret_token = out;
}

err_t
p11_tell(const struct p11 *p11, struct buf *why, err_t err)
{
	if (err != OK)
		buf_append_str(why, p11->why);
	return err;
}

err_t
p11_admin_find_slot(struct p11 *p11, const char *label, const char *serial,
                    CK_TOKEN_INFO *ret_info)
{
	err_t err = p11_find_slot(p11, label, serial, ret_info);

	return err == E_DEVICE && p11->rv == CKR_OK ? E_NOT_FOUND : err;
}

err_t
p11_admin_open(const struct hsm_token_name *name, struct buf *why,
               CK_TOKEN_INFO *ret_info, struct p11 **ret_p11)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	const struct hsm_options options = { .module = name->module };

	TRY(p11_load(&options, why, &p11));
	err_t err =
	        p11_admin_find_slot(p11, name->label, name->serial, ret_info);
	TRY(p11_tell(p11, why, err == E_LATCHED ? E_CONFLICT : err));
	*ret_p11 = TAKE(p11);
	return OK;
}

/* Appends what the token says of the tries that are left.  PKCS#11 has no number
 * of them, only flags, and a token may set none. */
static err_t
tell_tries_left(struct p11 *p11, err_t err)
{
	static const struct {
		CK_FLAGS flag;
		const char *text;
	} said[] = {
		{ CKF_USER_PIN_LOCKED, "the user PIN is locked now" },
		{ CKF_USER_PIN_FINAL_TRY,
		  "one more wrong PIN would lock the token" },
		{ CKF_USER_PIN_COUNT_LOW, "the token has counted it" },
		{ 0, "the token does not say how many tries are left" },
	};
	const CK_RV rv = p11->rv;
	CK_TOKEN_INFO now = { .flags = 0 };
	size_t i = 0;

	if (P11_CALL(p11, C_GetTokenInfo, p11->slot, &now) != OK)
		now.flags = 0;
	while (said[i].flag && !(now.flags & said[i].flag))
		i++;
	p11_fail(p11, err, "the PIN is wrong (C_Login: %s); %s",
	         p11_rv_name(rv), said[i].text);
	p11->rv = rv;
	return err;
}

err_t
p11_admin_login_here(struct p11 *p11, const CK_TOKEN_INFO *info,
                     const struct secret *pin)
{
	/* An officer is present and decides. */
	const struct hsm_options no_guard = { .login_permitted = true };

	err_t err = p11_login(p11, info, &no_guard, pin);
	bool wrong = err != OK && p11->rv == CKR_PIN_INCORRECT;

	return wrong ? tell_tries_left(p11, err) : err;
}

err_t
p11_admin_login(struct p11 *p11, const CK_TOKEN_INFO *info,
                const struct secret *pin)
{
	TRY(p11_open_session(p11));
	return p11_admin_login_here(p11, info, pin);
}

/* The first slot with an uninitialised token; E_CONFLICT: the label is
 * taken. */
static err_t
find_free(struct p11 *p11, const char *label)
{
	CK_SLOT_ID slots[P11_SLOTS_MAX];
	CK_ULONG n = 0;
	bool found = false;

	TRY(p11_slots(p11, CK_TRUE, slots, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		CK_TOKEN_INFO info;
		char text[P11_TOKEN_LABEL + 1];

		TRY(P11_CALL(p11, C_GetTokenInfo, slots[i], &info));
		p11_text(info.label, P11_TOKEN_LABEL, text);
		if (!(info.flags & CKF_TOKEN_INITIALIZED)) {
			p11->slot = found ? p11->slot : slots[i];
			found = true;
		} else if (strcmp(text, label) == 0) {
			return p11_fail(p11, E_CONFLICT,
			                "a token '%s' exists already", label);
		}
	}
	return found ? OK : p11_fail(p11, E_NOT_FOUND, "no free slot");
}

static err_t
set_user_pin(struct p11 *p11, struct bytes so_pin, struct bytes pin)
{
	TRY(p11_open_session(p11));
	TRY(P11_CALL(p11, C_Login, p11->session, CKU_SO, p11_unconst(so_pin),
	             so_pin.len));
	return P11_CALL(p11, C_InitPIN, p11->session, p11_unconst(pin),
	                pin.len);
}

static err_t
init_free_slot(struct p11 *p11, const char *label, struct bytes so_pin,
               struct bytes pin)
{
	unsigned char padded[P11_TOKEN_LABEL];
	CK_TOKEN_INFO info;

	if (strlen(label) == 0 || strlen(label) > sizeof(padded))
		return p11_fail(p11, E_DENIED,
		                "a token's label needs 1 to %zu bytes",
		                sizeof(padded));
	TRY(find_free(p11, label));
	memset(padded, ' ', sizeof(padded));
	memcpy(padded, label, strlen(label));
	TRY(P11_CALL(p11, C_InitToken, p11->slot, p11_unconst(so_pin),
	             so_pin.len, padded));
	/* Initialising can move the token to another slot. */
	TRY(p11_find_slot(p11, label, "", &info));
	return set_user_pin(p11, so_pin, pin);
}

err_t
p11_token_init(const struct hsm_token_name *name, const struct secret *so_pin,
               const struct secret *pin, struct buf *why,
               struct hsm_token *ret_token)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	CK_TOKEN_INFO info;

	const struct hsm_options options = { .module = name->module };

	TRY(p11_load(&options, why, &p11));
	err_t err = init_free_slot(p11, name->label, secret_bytes(so_pin),
	                           secret_bytes(pin));
	if (err == OK)
		err = p11_find_slot(p11, name->label, "", &info);
	if (err == OK && !(info.flags & CKF_USER_PIN_INITIALIZED))
		err = p11_fail(p11, E_DEVICE,
		               "the token reports no user PIN after C_InitPIN");
	TRY(p11_tell(p11, why, err));
	p11_token_facts(&info, ret_token);
	return OK;
}
