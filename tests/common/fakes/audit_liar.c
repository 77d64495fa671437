/*
 * audit_liar.c - see audit_liar.h.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/fakes/audit_liar.h"
#include "tests/common/base/harness.h"

struct audit_lie audit_lie;

/* liar.c's functions, which ours call. */
static CK_FUNCTION_LIST below;
static CK_FUNCTION_LIST *list;

static void
put(unsigned char *field, size_t len, const char *text)
{
	if (!text)
		return;
	memset(field, ' ', len);
	memcpy(field, text, strlen(text));
}

static char link_to_module[64];

static void
remove_link(void)
{
	(void)unlink(link_to_module);
}

static void
make_link(const char *module)
{
	snprintf(link_to_module, sizeof(link_to_module),
	         "/tmp/anchord-vault-%d.so", (int)getpid());
	(void)unlink(link_to_module);
	if (symlink(module, link_to_module) != 0 || atexit(remove_link) != 0)
		abort();
}

static CK_RV
token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = below.C_GetTokenInfo(slot, info);

	info->flags &= ~audit_lie.flags_off;
	put(info->manufacturerID, sizeof(info->manufacturerID),
	    audit_lie.token_maker);
	put(info->model, sizeof(info->model), audit_lie.token_model);
	if (audit_lie.no_serial)
		put(info->serialNumber, sizeof(info->serialNumber), "");
	return rv;
}

static CK_RV
slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	CK_RV rv = below.C_GetSlotInfo(slot, info);

	if (audit_lie.fails[FAIL_SLOT_INFO])
		return CKR_FUNCTION_FAILED;
	info->flags |= audit_lie.slot_flags;
	put(info->slotDescription, sizeof(info->slotDescription),
	    audit_lie.slot_text);
	return rv;
}

static CK_RV
library_info(CK_INFO *info)
{
	CK_RV rv = below.C_GetInfo(info);

	if (audit_lie.fails[FAIL_INFO])
		return CKR_GENERAL_ERROR;
	put(info->manufacturerID, sizeof(info->manufacturerID),
	    audit_lie.library_maker);
	put(info->libraryDescription, sizeof(info->libraryDescription),
	    audit_lie.library_text);
	return rv;
}

static CK_RV
mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	CK_RV rv = below.C_GetMechanismInfo(slot, type, info);

	if (audit_lie.fails[FAIL_MECHANISM_INFO])
		return CKR_DEVICE_ERROR;
	info->flags |= audit_lie.mechanism_flags;
	return rv;
}

static CK_RV
mechanism_list(CK_SLOT_ID slot, CK_MECHANISM_TYPE *types, CK_ULONG *n)
{
	CK_RV rv = below.C_GetMechanismList(slot, types, n);

	if (audit_lie.fails[FAIL_MECHANISM_LIST])
		return CKR_DEVICE_ERROR;
	if (audit_lie.mechanisms)
		*n = audit_lie.mechanisms;
	return rv;
}

static CK_RV
answer_value(CK_ATTRIBUTE *a)
{
	static const uint8_t key[] = { 1, 2, 3, 4 };

	switch (audit_lie.value) {
	case VALUE_GIVEN:
	case VALUE_LEAKED:
		memcpy(a->pValue, key, sizeof(key));
		a->ulValueLen = sizeof(key);
		return audit_lie.value == VALUE_GIVEN ? CKR_OK
		                                      : CKR_ATTRIBUTE_SENSITIVE;
	case VALUE_TOO_SMALL:
		return CKR_BUFFER_TOO_SMALL;
	case VALUE_UNAVAILABLE:
		a->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_OK;
	case VALUE_HONEST:
	case VALUE_ERROR:
		return CKR_FUNCTION_FAILED;
	case VALUE_NOTHING:
		return CKR_OK;
	}
	return CKR_OK;
}

/* The value of a data object, such as the counter, is not private. */
static bool
asks_value(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, const CK_ATTRIBUTE *a,
           CK_ULONG n)
{
	CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE asked = { CKA_CLASS, &class, sizeof(class) };

	return n == 1 && a[0].type == CKA_VALUE &&
	       below.C_GetAttributeValue(s, o, &asked, 1) == CKR_OK &&
	       class != CKO_DATA;
}

static CK_RV
attributes(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *a, CK_ULONG n)
{
	if (audit_lie.fails[FAIL_LABELS] && n == 1 && a[0].type == CKA_LABEL)
		return CKR_DEVICE_ERROR;
	if (audit_lie.value != VALUE_HONEST && asks_value(s, o, a, n))
		return answer_value(a);
	CK_RV rv = below.C_GetAttributeValue(s, o, a, n);
	if (audit_lie.number && n == 1 && a[0].type == audit_lie.number &&
	    a[0].ulValueLen == sizeof(CK_ULONG))
		memcpy(a[0].pValue, &audit_lie.number_is, sizeof(CK_ULONG));
	return rv;
}

static CK_RV
wrap_key(CK_SESSION_HANDLE s, CK_MECHANISM *by, CK_OBJECT_HANDLE with,
         CK_OBJECT_HANDLE key, unsigned char *out, CK_ULONG *len)
{
	if (audit_lie.wraps_by && by->mechanism == audit_lie.wraps_by)
		return CKR_OK;
	return audit_lie.wrap ? audit_lie.wrap
	                      : below.C_WrapKey(s, by, with, key, out, len);
}

static CK_RV
generate_key(CK_SESSION_HANDLE s, CK_MECHANISM *by, CK_ATTRIBUTE *a, CK_ULONG n,
             CK_OBJECT_HANDLE *o)
{
	return audit_lie.keygen ? audit_lie.keygen
	                        : below.C_GenerateKey(s, by, a, n, o);
}

static CK_RV
random_bytes(CK_SESSION_HANDLE s, unsigned char *out, CK_ULONG n)
{
	uint8_t other[64];

	if (audit_lie.random_silent)
		return CKR_OK;
	CK_RV rv = below.C_GenerateRandom(s, out, n);
	if (audit_lie.random_skewed && n <= sizeof(other)) {
		(void)below.C_GenerateRandom(s, other, n);
		for (CK_ULONG i = 0; i < n; i++)
			out[i] &= other[i];
	}
	return rv;
}

static CK_RV
sign(CK_SESSION_HANDLE s, unsigned char *data, CK_ULONG n, unsigned char *out,
     CK_ULONG *len)
{
	static uint8_t count;
	CK_RV rv = below.C_Sign(s, data, n, out, len);

	if (*len == HASH_SIZE && audit_lie.mac_constant)
		memset(out, 0x55, HASH_SIZE);
	if (*len == HASH_SIZE && audit_lie.mac_fickle)
		out[0] = ++count;
	return rv;
}

static CK_RV
find_init(CK_SESSION_HANDLE s, CK_ATTRIBUTE *wanted, CK_ULONG n)
{
	const CK_OBJECT_CLASS secret = CKO_SECRET_KEY;

	if (audit_lie.fails[FAIL_SECRET_KEYS] && n == 1 &&
	    wanted[0].type == CKA_CLASS &&
	    memcmp(wanted[0].pValue, &secret, sizeof(secret)) == 0)
		return CKR_DEVICE_ERROR;
	return below.C_FindObjectsInit(s, wanted, n);
}

static CK_RV
find_objects(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *o, CK_ULONG room,
             CK_ULONG *n)
{
	CK_RV rv = below.C_FindObjects(s, o, room, n);

	for (CK_ULONG i = *n; audit_lie.same_object_for_ever && *n && i < room;
	     i++)
		o[i] = o[0];
	if (audit_lie.same_object_for_ever && *n)
		*n = room;
	return rv;
}

void
audit_liar_again(const char *module)
{
	memset(&audit_lie, 0, sizeof(audit_lie));
	if (list)
		return;
	make_link(module);
	void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
	union {
		void *symbol;
		CK_C_GetFunctionList call;
	} get = { .symbol = dlsym(library, "C_GetFunctionList") };
	get.call(&list);
	below = *list;
	list->C_GetTokenInfo = token_info;
	list->C_GetSlotInfo = slot_info;
	list->C_GetInfo = library_info;
	list->C_GetMechanismInfo = mechanism_info;
	list->C_GetMechanismList = mechanism_list;
	list->C_GetAttributeValue = attributes;
	list->C_WrapKey = wrap_key;
	list->C_GenerateKey = generate_key;
	list->C_GenerateRandom = random_bytes;
	list->C_Sign = sign;
	list->C_FindObjectsInit = find_init;
	list->C_FindObjects = find_objects;
}

/* --- one audit ------------------------------------------------------------ */

static void
on_token(void *arg, const struct audit_token *token)
{
	struct audit_seen *seen = arg;

	seen->token = *token;
	seen->tokens++;
}

static void
on_mechanism(void *arg, const struct audit_mechanism *mechanism)
{
	struct audit_seen *seen = arg;

	(void)mechanism;
	seen->mechanisms++;
}

static void
on_key(void *arg, const struct audit_key *key)
{
	struct audit_seen *seen = arg;

	(void)key;
	seen->keys++;
}

static void
on_finding(void *arg, enum audit_code code, const struct audit_key *key,
           const char *detail)
{
	struct audit_seen *seen = arg;

	(void)key;
	(void)detail;
	CU_ASSERT_EQUAL(seen->tokens, 1); /* the token came first */
	seen->found[code]++;
}

struct audit_seen
audit_liar_run(const struct softtoken *t, const char *serial, bool login)
{
	AUTO(buf_release) struct buf why = buf_of(255);
	struct audit_seen seen = { .err = OK };
	const struct audit_ops ops = { on_token, on_mechanism, on_key,
		                       on_finding, &seen };
	const char *module = *link_to_module ? link_to_module : t->module;
	const struct hsm_audited asked = {
		.name.module = audit_lie.module ? audit_lie.module : module,
		.name.label = SOFTTOKEN_LABEL,
		.name.serial = serial,
	};

	seen.err = hsm_token_audit(&asked, login ? t->pin : NULL, &ops, &why);
	snprintf(seen.why, sizeof(seen.why), "%s", buf_str(&why));
	return seen;
}

/* What every SoftHSM token shows: it is software, and honest about it. */
static bool
is_usual(enum audit_code code)
{
	return code == AUDIT_SOFTWARE_TOKEN ||
	       code == AUDIT_SLOT_NOT_HARDWARE ||
	       code == AUDIT_MECHANISM_WEAK ||
	       code == AUDIT_MECHANISM_NOT_HARDWARE ||
	       code == AUDIT_KEY_MECHANISMS_OPEN;
}

void
audit_liar_expect(const struct softtoken *t, const char *what,
                  const enum audit_code *codes)
{
	const struct audit_seen seen = audit_liar_run(t, "", true);
	bool wanted[AUDIT_CODES + 1] = { false };

	for (size_t i = 0; codes[i] != AUDIT_CODES; i++)
		wanted[codes[i]] = true;
	if (seen.err != OK)
		printf("  %s: %s (%s)\n", what, err_name(seen.err), seen.why);
	CU_ASSERT_EQUAL(seen.err, OK);
	for (unsigned i = 0; i < AUDIT_CODES; i++) {
		if (is_usual(i) || (seen.found[i] > 0) == wanted[i])
			continue;
		printf("  %s: %s%s\n", what, wanted[i] ? "no " : "",
		       hsm_audit_row(i)->code);
		CU_FAIL("another finding than expected");
	}
}
