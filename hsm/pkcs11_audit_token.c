/*
 * pkcs11_audit_token.c - the token, its slot, its module and its PINs, as they
 * describe themselves.
 */
#include <stdio.h>
#include <string.h>

#include "pkcs11_audit.h"

#define TOKEN_ERROR_STATE (1UL << 24) /* CKF_ERROR_STATE, PKCS#11 v2.40 */

/* Flags that are findings, by being set or by being not. */
static const struct flag {
	CK_FLAGS flag;
	bool set;
	enum audit_code code;
} flags[] = {
	{ CKF_LOGIN_REQUIRED, false, AUDIT_TOKEN_NO_LOGIN },
	{ CKF_WRITE_PROTECTED, true, AUDIT_TOKEN_WRITE_PROTECTED },
	{ TOKEN_ERROR_STATE, true, AUDIT_TOKEN_ERROR_STATE },
	{ CKF_USER_PIN_INITIALIZED, false, AUDIT_PIN_MISSING },
	{ CKF_USER_PIN_LOCKED, true, AUDIT_PIN_LOCKED },
	{ CKF_USER_PIN_FINAL_TRY, true, AUDIT_PIN_FINAL_TRY },
	{ CKF_USER_PIN_COUNT_LOW, true, AUDIT_PIN_COUNT_LOW },
	{ CKF_USER_PIN_TO_BE_CHANGED, true, AUDIT_PIN_TO_BE_CHANGED },
	{ CKF_SO_PIN_LOCKED, true, AUDIT_SO_PIN_LOCKED },
	{ CKF_SO_PIN_FINAL_TRY, true, AUDIT_SO_PIN_FINAL_TRY },
	{ CKF_SO_PIN_COUNT_LOW, true, AUDIT_SO_PIN_COUNT_LOW },
	{ CKF_SO_PIN_TO_BE_CHANGED, true, AUDIT_SO_PIN_TO_BE_CHANGED },
	{ CKF_RNG, false, AUDIT_RANDOM_MISSING },
};

/* p11_login() would refuse these, and an audit goes on without. */
bool
p11_audit_may_log_in(const struct audit *a)
{
	const CK_FLAGS never = CKF_USER_PIN_LOCKED | CKF_USER_PIN_FINAL_TRY |
	                       CKF_USER_PIN_TO_BE_CHANGED;

	return !(a->info.flags & never) &&
	       (a->info.flags & CKF_USER_PIN_INITIALIZED);
}

static void
version(CK_VERSION v, unsigned out[2])
{
	out[0] = v.major;
	out[1] = v.minor;
}

err_t
p11_audit_facts(struct audit *a, struct audit_token *ret_token)
{
	struct audit_token out = { .pin_min = a->info.ulMinPinLen,
		                   .pin_max = a->info.ulMaxPinLen };
	CK_SLOT_INFO slot;
	CK_INFO library;

	TRY(P11_CALL(a->p11, C_GetSlotInfo, a->p11->slot, &slot));
	TRY(P11_CALL(a->p11, C_GetInfo, &library));
	p11_token_facts(&a->info, &out.token);
	p11_text(library.libraryDescription, sizeof(library.libraryDescription),
	         out.library);
	p11_text(library.manufacturerID, sizeof(library.manufacturerID),
	         out.library_maker);
	p11_text(slot.slotDescription, sizeof(slot.slotDescription), out.slot);
	version(library.libraryVersion, out.library_version);
	version(a->info.hardwareVersion, out.hardware);
	version(a->info.firmwareVersion, out.firmware);
	/* A token may have another name than the module that plays it. */
	out.token.software = out.token.software ||
	                     strstr(out.library, "SoftHSM") != NULL ||
	                     strstr(out.library_maker, "SoftHSM") != NULL ||
	                     strstr(out.slot, "SoftHSM") != NULL;
	out.hardware_slot = slot.flags & CKF_HW_SLOT;
	*ret_token = out;
	return OK;
}

/* Whether another token of the module has our label. */
static err_t
look_for_twin(struct audit *a)
{
	CK_SLOT_ID slots[P11_SLOTS_MAX];
	CK_ULONG n = 0;
	CK_TOKEN_INFO info;

	TRY(p11_slots(a->p11, CK_TRUE, slots, &n));
	for (CK_ULONG i = 0; i < n; i++)
		if (slots[i] != a->p11->slot &&
		    P11_CALL(a->p11, C_GetTokenInfo, slots[i], &info) == OK &&
		    memcmp(info.label, a->info.label, sizeof(info.label)) == 0)
			hsm_audit_found(a->ops, AUDIT_TOKEN_TWIN, NULL,
			                "serial %.16s",
			                (const char *)info.serialNumber);
	return OK;
}

err_t
p11_audit_token(struct audit *a, const struct audit_token *token)
{
	a->ops->token(a->ops->arg, token);
	if (token->token.software)
		hsm_audit_found(a->ops, AUDIT_SOFTWARE_TOKEN, NULL, "%s, %s",
		                token->token.manufacturer, token->library);
	if (!token->hardware_slot)
		hsm_audit_found(a->ops, AUDIT_SLOT_NOT_HARDWARE, NULL, "%s",
		                token->slot);
	if (!*token->token.serial)
		hsm_audit_found(a->ops, AUDIT_TOKEN_NO_SERIAL, NULL, "%s", "");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (((a->info.flags & flags[i].flag) != 0) == flags[i].set)
			hsm_audit_found(a->ops, flags[i].code, NULL, "%s", "");
	return look_for_twin(a);
}
