/*
 * session.c - finds the token, opens a session, and logs in once.
 *
 * A token is selected by label and serial, never by slot, because slot numbers
 * change.  Tokens count wrong PINs and lock, so a process tries the PIN at most
 * once; and not at all when the token reports that the next failure is the
 * last, or that there was a failure and no officer has permitted a login since.
 */
#include <stdio.h>
#include <string.h>

#include "hsm/pkcs11/int.h"

void
p11_text(const unsigned char *field, size_t len, char *ret_text)
{
	size_t n = strnlen((const char *)field, len);

	while (n > 0 && field[n - 1] == ' ')
		n--;
	memcpy(ret_text, field, n);
	ret_text[n] = '\0';
}

err_t
p11_slots(struct p11 *p11, CK_BBOOL with_token,
          CK_SLOT_ID slots[static P11_SLOTS_MAX], CK_ULONG *ret_n)
{
	CK_ULONG n = P11_SLOTS_MAX;

	TRY(P11_CALL(p11, C_GetSlotList, with_token, slots, &n));
	if (n > P11_SLOTS_MAX)
		return p11_fail(p11, E_DEVICE, "more than %d slots",
		                P11_SLOTS_MAX);
	*ret_n = n;
	return OK;
}

static bool
token_is(const CK_TOKEN_INFO *info, const char *label, const char *serial)
{
	char text[P11_TOKEN_LABEL + 1];
	char number[P11_TOKEN_SERIAL + 1];

	p11_text(info->label, P11_TOKEN_LABEL, text);
	p11_text(info->serialNumber, P11_TOKEN_SERIAL, number);
	return (info->flags & CKF_TOKEN_INITIALIZED) &&
	       strcmp(text, label) == 0 &&
	       (!*serial || strcmp(number, serial) == 0);
}

err_t
p11_find_slot(struct p11 *p11, const char *label, const char *serial,
              CK_TOKEN_INFO *ret_info)
{
	CK_SLOT_ID slots[P11_SLOTS_MAX];
	CK_ULONG n = 0;
	CK_ULONG matches = 0;
	CK_TOKEN_INFO info;

	TRY(p11_slots(p11, CK_TRUE, slots, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		/* An error of one reader (card removed) does not stop the
		 * search. */
		if (P11_CALL(p11, C_GetTokenInfo, slots[i], &info) != OK ||
		    !token_is(&info, label, serial))
			continue;
		matches++;
		p11->slot = slots[i];
		*ret_info = info;
	}
	if (matches == 0)
		return p11_fail(p11, E_DEVICE, "no token '%s'%s%s", label,
		                *serial ? " with serial " : "", serial);
	if (matches > 1)
		return p11_fail(p11, E_LATCHED, "%lu tokens '%s'", matches,
		                label);
	return OK;
}

err_t
p11_open_session(struct p11 *p11)
{
	return P11_CALL(p11, C_OpenSession, p11->slot,
	                CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
	                &p11->session);
}

/* Checks the PIN flags in CK_TOKEN_INFO before the login. */
static err_t
check_pin_state(struct p11 *p11, CK_FLAGS flags,
                const struct hsm_options *options)
{
	static const struct {
		CK_FLAGS flag;
		const char *text;
	} refused[] = {
		{ CKF_USER_PIN_LOCKED, "the user PIN is locked" },
		{ CKF_USER_PIN_FINAL_TRY,
		  "one more wrong PIN would lock the token; log in by hand "
		  "once" },
		{ CKF_USER_PIN_TO_BE_CHANGED, "the PIN must be changed" },
	};
	bool low = flags & CKF_USER_PIN_COUNT_LOW;

	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (flags & refused[i].flag)
			return p11_fail(p11, E_LATCHED, "login not tried: %s",
			                refused[i].text);
	if (!(flags & CKF_USER_PIN_INITIALIZED))
		return p11_fail(p11, E_LATCHED, "the token has no user PIN");
	if (low && options->login_doubtful)
		return p11_fail(p11, E_LATCHED,
		                "login not tried: an earlier one was "
		                "interrupted, and a wrong PIN was counted");
	if (low && !options->login_permitted)
		return p11_fail(p11, E_LATCHED,
		                "login not tried: a wrong PIN was counted "
		                "since the last correct one; 'anchorctl token "
		                "unlatch' permits one try");
	return OK;
}

err_t
p11_login(struct p11 *p11, const CK_TOKEN_INFO *info,
          const struct hsm_options *options, const struct secret *pin)
{
	struct bytes bytes = pin ? secret_bytes(pin) : bytes_of(NULL, 0);

	TRY(check_pin_state(p11, info->flags, options));
	if (!pin && !(info->flags & CKF_PROTECTED_AUTHENTICATION_PATH))
		return p11_fail(p11, E_LATCHED, "no PIN was given");

	err_t err = options->login_begins
	                    ? options->login_begins(options->login_arg)
	                    : OK;
	if (err != OK)
		return p11_fail(p11, err, "login not tried: no latch was set");

	err = P11_CALL(p11, C_Login, p11->session, CKU_USER, p11_unconst(bytes),
	               bytes.len);
	/* Unless C_Login returned before the PIN was checked, a wrong PIN may
	 * have been counted, and only an officer may allow a second attempt. */
	if (err != OK && !p11_rv_before_pin(p11->rv))
		err = E_LATCHED;
	if (options->login_ended)
		options->login_ended(options->login_arg, err);
	return err;
}
