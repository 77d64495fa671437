/*
 * token.c - the token, its slot, its module and its PIN state, as they report
 * it.
 */
#include <stdio.h>
#include <string.h>

#include "hsm/core/software.h"
#include "hsm/pkcs11/audit/audit.h"

#define TOKEN_ERROR_STATE (1UL << 24) /* CKF_ERROR_STATE, PKCS#11 v2.40 */

/* Flags that are findings when they are set (set is true) or clear. */
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

/* p11_login() would refuse in these states; the audit continues without a
 * login. */
bool
p11_audit_may_log_in(const struct audit *a)
{
	const CK_FLAGS never = CKF_USER_PIN_LOCKED | CKF_USER_PIN_FINAL_TRY |
	                       CKF_USER_PIN_TO_BE_CHANGED;

	return !(a->info.flags & never) &&
	       (a->info.flags & CKF_USER_PIN_INITIALIZED);
}

static void
copy_version(CK_VERSION v, unsigned out[2])
{
	out[0] = v.major;
	out[1] = v.minor;
}

/* The token's name may differ from that of the module that implements it. */
static void
look_for_marks(const struct audit *a, struct audit_token *out)
{
	const struct hsm_marks marks = {
		.kind = MARKS_P11,
		.text = { [MARK_TOKEN_MAKER] = out->token.manufacturer,
		          [MARK_TOKEN_MODEL] = out->token.model,
		          [MARK_LIBRARY_MAKER] = out->library_maker,
		          [MARK_LIBRARY] = out->library,
		          [MARK_SLOT] = out->slot,
		          [MARK_MODULE] = a->module },
	};
	AUTO(buf_release) struct buf by = buf_of(4 * AUDIT_DETAIL_MAX);
	const char *known = hsm_software(&marks, &by);

	out->token.software = known != NULL;
	snprintf(out->known, sizeof(out->known), "%s", known ? known : "");
	snprintf(out->known_by, sizeof(out->known_by), "%s", buf_str(&by));
}

/* Reads slot and module information; what they do not report stays blank. */
static void
read_facts(struct audit *a, struct audit_token *out,
           struct audit_failure failed[static 2], char why[2][HSM_WHY_MAX])
{
	CK_SLOT_INFO slot = { .flags = 0 };
	CK_INFO library = { .flags = 0 };

	failed[0].err = P11_CALL(a->p11, C_GetSlotInfo, a->p11->slot, &slot);
	snprintf(why[0], HSM_WHY_MAX, "%s", a->p11->why);
	if (failed[0].err != OK)
		slot = (CK_SLOT_INFO){ .flags = 0 };
	failed[1].err = P11_CALL(a->p11, C_GetInfo, &library);
	snprintf(why[1], HSM_WHY_MAX, "%s", a->p11->why);
	if (failed[1].err != OK)
		library = (CK_INFO){ .flags = 0 };
	p11_text(library.libraryDescription, sizeof(library.libraryDescription),
	         out->library);
	p11_text(library.manufacturerID, sizeof(library.manufacturerID),
	         out->library_maker);
	p11_text(slot.slotDescription, sizeof(slot.slotDescription), out->slot);
	copy_version(library.libraryVersion, out->library_version);
	out->hardware_slot = slot.flags & CKF_HW_SLOT;
}

/* True if another token of the module has the same label. */
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

static err_t
judge_token_facts(struct audit *a, const struct audit_token *token)
{
	if (token->token.software)
		hsm_audit_found(a->ops, AUDIT_SOFTWARE_TOKEN, NULL,
		                "%s, by its %s", token->known, token->known_by);
	if (!token->hardware_slot)
		hsm_audit_found(a->ops, AUDIT_SLOT_NOT_HARDWARE, NULL, "%s",
		                token->slot);
	if (!*token->token.serial)
		hsm_audit_found(a->ops, AUDIT_TOKEN_NO_SERIAL, NULL, "%s", "");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (((a->info.flags & flags[i].flag) != 0) == flags[i].set)
			hsm_audit_found(a->ops, flags[i].code, NULL, "%s", "");
	return p11_audit_step(a, "searching for twins", look_for_twin(a), NULL);
}

err_t
p11_audit_token(struct audit *a)
{
	static const char *const doing[] = { "the slot", "the module" };
	struct audit_token token = { .pin_min = a->info.ulMinPinLen,
		                     .pin_max = a->info.ulMaxPinLen,
		                     .logged_in = a->logged_in };
	char why[2][HSM_WHY_MAX];
	struct audit_failure failed[2] = { { OK, why[0], NULL },
		                           { OK, why[1], NULL } };

	p11_token_facts(&a->info, &token.token);
	copy_version(a->info.hardwareVersion, token.hardware);
	copy_version(a->info.firmwareVersion, token.firmware);
	read_facts(a, &token, failed, why);
	look_for_marks(a, &token);
	a->ops->token(a->ops->arg, &token);
	for (size_t i = 0; i < ARRAY_LEN(failed); i++)
		TRY(hsm_audit_failed(&a->failures, a->ops, doing[i],
		                     &failed[i]));
	return judge_token_facts(a, &token);
}
