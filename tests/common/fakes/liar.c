/*
 * liar.c - see liar.h.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"

struct lie lie;

static CK_FUNCTION_LIST *list;
CK_FUNCTION_LIST liar_honest;

static CK_RV
fake_login(CK_SESSION_HANDLE s, CK_USER_TYPE u, CK_UTF8CHAR *pin, CK_ULONG n)
{
	lie.logins++;
	lie.so = u == CKU_SO;
	if (lie.login && !lie.login_judged)
		return lie.login;
	CK_RV rv = liar_honest.C_Login(s, u, pin, n);
	return lie.login ? lie.login : rv;
}

static CK_RV
fake_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = liar_honest.C_GetTokenInfo(slot, info);

	info->flags |= lie.token_flags;
	return rv;
}

static CK_RV
fake_attributes(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *a,
                CK_ULONG n)
{
	if (lie.silent || (lie.mute && n == 1 && a[0].type == lie.mute))
		return CKR_OK;
	if (n == 1 && a[0].type == CKA_VALUE && ++lie.values == lie.value_nth &&
	    lie.value)
		return lie.value;
	if (n > 1 && lie.several)
		return lie.several;
	for (CK_ULONG i = 0; lie.no_such && i < n; i++)
		if (a[i].type == lie.no_such)
			return CKR_ATTRIBUTE_TYPE_INVALID; /* reads no other */
	if (lie.instead.pValue && n == 1 && a[0].type == lie.instead.type &&
	    a[0].ulValueLen >= lie.instead.ulValueLen) {
		a[0].ulValueLen = lie.instead.ulValueLen;
		memcpy(a[0].pValue, lie.instead.pValue, a[0].ulValueLen);
		return CKR_OK;
	}
	CK_ATTRIBUTE *muted = NULL;
	uint8_t before = 0;

	for (CK_ULONG i = 0; lie.mute && i < n; i++)
		if (a[i].type == lie.mute && a[i].pValue) {
			muted = &a[i];
			before = *(uint8_t *)a[i].pValue;
		}
	CK_RV rv = liar_honest.C_GetAttributeValue(s, o, a, n);

	if (muted) /* one of many: left as it was */
		*(uint8_t *)muted->pValue = before;
	for (CK_ULONG i = 0; lie.lie && i < n; i++)
		if (a[i].type == lie.lie && a[i].pValue &&
		    a[i].ulValueLen == sizeof(CK_BBOOL))
			*(CK_BBOOL *)a[i].pValue ^= CK_TRUE;
	return rv;
}

static CK_RV
fake_sign(CK_SESSION_HANDLE s, unsigned char *data, CK_ULONG n,
          unsigned char *out, CK_ULONG *len)
{
	CK_RV rv = liar_honest.C_Sign(s, data, n, out, len);

	if (lie.signs++ < lie.sign_good)
		return rv;
	if (lie.sign)
		return lie.sign;
	if (lie.sign_flip)
		out[3] ^= 0x10;
	*len -= lie.sign_cut;
	return rv;
}

static CK_RV
fake_random(CK_SESSION_HANDLE s, unsigned char *out, CK_ULONG n)
{
	static uint8_t kept[64];

	if (lie.random)
		return lie.random;
	if (lie.random_fill >= 0) {
		memset(out, lie.random_fill, n);
		return CKR_OK;
	}
	CK_RV rv = liar_honest.C_GenerateRandom(s, out, n);
	if (lie.random_again && n <= sizeof(kept) && (kept[0] | kept[1]))
		memcpy(out, kept, n);
	else if (n <= sizeof(kept))
		memcpy(kept, out, n);
	return rv;
}

/* Another life makes the object that this one is about to make, once. */
static void
make_rival(CK_SESSION_HANDLE s, const CK_ATTRIBUTE *a, CK_ULONG n)
{
	CK_ATTRIBUTE copy[8];
	uint8_t value[32];
	CK_OBJECT_HANDLE o;

	lie.rival = false;
	for (CK_ULONG i = 0; i < n && i < ARRAY_LEN(copy); i++) {
		copy[i] = a[i];
		if (a[i].type != CKA_VALUE || a[i].ulValueLen > sizeof(value))
			continue;
		memcpy(value, a[i].pValue, a[i].ulValueLen);
		value[a[i].ulValueLen - 1] ^= 1;
		copy[i].pValue = value;
	}
	CU_ASSERT_EQUAL(liar_honest.C_CreateObject(s, copy, n, &o), CKR_OK);
}

static bool
is_refused(const CK_ATTRIBUTE *a, CK_ULONG n)
{
	for (CK_ULONG i = 0; i < n; i++)
		for (size_t j = 0; j < ARRAY_LEN(lie.refuse); j++)
			if (lie.refuse[j] && a[i].type == lie.refuse[j])
				return true;
	return false;
}

static bool crowded; /* the search that is under way */

static CK_RV
fake_find_init(CK_SESSION_HANDLE s, CK_ATTRIBUTE *a, CK_ULONG n)
{
	for (CK_ULONG i = 0; lie.no_such && i < n; i++)
		if (a[i].type == lie.no_such)
			return CKR_ATTRIBUTE_TYPE_INVALID;
	crowded = lie.crowd.pValue != NULL;
	for (CK_ULONG i = 0; i < n; i++)
		crowded &= a[i].type != CKA_ID;
	return crowded ? liar_honest.C_FindObjectsInit(s, &lie.crowd, 1)
	               : liar_honest.C_FindObjectsInit(s, a, n);
}

static CK_RV
fake_find(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *o, CK_ULONG max, CK_ULONG *got)
{
	CK_RV rv = liar_honest.C_FindObjects(s, o, max, got);

	for (; crowded && *got > 0 && *got < max; ++*got)
		o[*got] = o[0];
	return rv;
}

/* Says that it made the object, and gives another. */
static CK_RV
fake_create(CK_SESSION_HANDLE s, CK_ATTRIBUTE *a, CK_ULONG n,
            CK_OBJECT_HANDLE *o)
{
	CK_ATTRIBUTE label = p11_in(CKA_LABEL, "anchord-epoch", 13);
	CK_ULONG found = 0;

	lie.creates++;
	if (lie.so && lie.so_create)
		return lie.so_create;
	if (is_refused(a, n))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (lie.rival)
		make_rival(s, a, n);
	if (!lie.keep_old)
		return liar_honest.C_CreateObject(s, a, n, o);
	liar_honest.C_FindObjectsInit(s, &label, 1);
	liar_honest.C_FindObjects(s, o, 1, &found);
	return liar_honest.C_FindObjectsFinal(s);
}

static CK_RV
fake_destroy(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o)
{
	if (lie.die)
		(void)kill(getpid(), SIGKILL);
	return lie.destroy ? lie.destroy : liar_honest.C_DestroyObject(s, o);
}

static CK_RV
fake_set_pin(CK_SESSION_HANDLE s, CK_UTF8CHAR *old, CK_ULONG n_old,
             CK_UTF8CHAR *new, CK_ULONG n_new)
{
	CK_RV rv = lie.keep_pin
	                   ? CKR_OK
	                   : liar_honest.C_SetPIN(s, old, n_old, new, n_new);

	return lie.set_pin ? lie.set_pin : rv;
}

static CK_RV
fake_mechanism(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	if (lie.no_mechanism && type == lie.no_mechanism)
		return CKR_MECHANISM_INVALID;
	return liar_honest.C_GetMechanismInfo(slot, type, info);
}

void
liar_honest_again(const char *module)
{
	memset(&lie, 0, sizeof(lie));
	lie.random_fill = -1;
	if (list)
		return;
	void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
	union {
		void *symbol;
		CK_C_GetFunctionList call;
	} get = { .symbol = dlsym(library, "C_GetFunctionList") };
	get.call(&list);
	liar_honest = *list;
	list->C_Login = fake_login;
	list->C_GetTokenInfo = fake_token_info;
	list->C_GetAttributeValue = fake_attributes;
	list->C_Sign = fake_sign;
	list->C_GenerateRandom = fake_random;
	list->C_FindObjectsInit = fake_find_init;
	list->C_FindObjects = fake_find;
	list->C_CreateObject = fake_create;
	list->C_DestroyObject = fake_destroy;
	list->C_SetPIN = fake_set_pin;
	list->C_GetMechanismInfo = fake_mechanism;
}

char liar_why[256];

static err_t
guard(void *arg)
{
	lie.guards++;
	return arg ? E_IO : OK;
}

static void
guard_ended(void *arg, err_t outcome)
{
	(void)arg;
	lie.outcome = outcome;
}

struct hsm_options
liar_options(const struct softtoken *t)
{
	return (struct hsm_options){ .module = t->module,
		                     .uri = t->uri,
		                     .handle_label = "anchord-handle",
		                     .spki_sha256 = t->public_sha256,

		                     .login_begins = guard,
		                     .login_ended = guard_ended };
}

err_t
liar_open_with(const struct hsm_options *options, const struct secret *pin,
               struct hsm **ret_hsm)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(liar_why) - 1);
	err_t err = hsm_open(options, pin, &why, ret_hsm);

	snprintf(liar_why, sizeof(liar_why), "%s", buf_str(&why));
	if (err != OK) /* a failure always says why */
		CU_ASSERT_TRUE(liar_why[0] != '\0');
	return err;
}

err_t
liar_open(const struct softtoken *t, struct hsm **ret_hsm)
{
	struct hsm_options options = liar_options(t);

	return liar_open_with(&options, t->pin, ret_hsm);
}

void
liar_refused(const struct softtoken *t, err_t wanted, const char *what)
{
	struct hsm *hsm = NULL;
	err_t err = liar_open(t, &hsm);

	if (err != wanted)
		printf("  %s: %s (%s)\n", what, err_name(err), liar_why);
	CU_ASSERT_EQUAL(err, wanted);
	CU_ASSERT_PTR_NULL(hsm);
	hsm_close(hsm);
}

struct p11 *
liar_visit(const struct softtoken *t)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct p11 *p11 = NULL;
	CK_TOKEN_INFO info;

	CU_ASSERT_EQUAL_FATAL(
	        p11_load(&(struct hsm_options){ .module = t->module }, &why,
	                 &p11),
	        OK);
	CU_ASSERT_EQUAL_FATAL(p11_find_slot(p11, SOFTTOKEN_LABEL, "", &info),
	                      OK);
	CU_ASSERT_EQUAL_FATAL(p11_open_session(p11), OK);
	return p11;
}

struct p11 *
liar_meddle(const struct softtoken *t)
{
	struct p11 *p11 = liar_visit(t);

	CU_ASSERT_EQUAL_FATAL(
	        liar_honest.C_Login(p11->session, CKU_USER,
	                            p11_unconst(bytes_of_str(SOFTTOKEN_PIN)),
	                            strlen(SOFTTOKEN_PIN)),
	        CKR_OK);
	return p11;
}

const CK_BBOOL liar_yes = CK_TRUE;
const CK_BBOOL liar_no = CK_FALSE;
const uint8_t liar_id_1[1] = { 1 };
const uint8_t liar_id_2[1] = { 2 };
const uint8_t liar_p256[10] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
	                        0xce, 0x3d, 0x03, 0x01, 0x07 };

void
liar_add_pair(const struct softtoken *t, const char *label, struct bytes id,
              bool extractable)
{
	liar_add_pair_with(
	        t, label, id,
	        p11_in(CKA_EXTRACTABLE, extractable ? &liar_yes : &liar_no, 1));
}

void
liar_add_pair_with(const struct softtoken *t, const char *label,
                   struct bytes id, CK_ATTRIBUTE more)
{
	struct p11 *p11 = liar_meddle(t);
	CK_MECHANISM keygen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public[] = {
		p11_in(CKA_LABEL, label, strlen(label)),
		p11_in(CKA_ID, id.data, id.len),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_EC_PARAMS, liar_p256, sizeof(liar_p256)),
	};
	CK_ATTRIBUTE private[] = {
		p11_in(CKA_LABEL, label, strlen(label)),
		p11_in(CKA_ID, id.data, id.len),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_yes, 1),
		p11_in(CKA_SENSITIVE, &liar_yes, 1),
		p11_in(CKA_SIGN, &liar_yes, 1),
		p11_in(CKA_DERIVE, &liar_no, 1),
		p11_in(CKA_UNWRAP, &liar_no, 1),
		p11_in(CKA_DECRYPT, &liar_no, 1),
		more,
	};
	CK_OBJECT_HANDLE a;
	CK_OBJECT_HANDLE b;

	CU_ASSERT_EQUAL(
	        liar_honest.C_GenerateKeyPair(p11->session, &keygen, public,
	                                      ARRAY_LEN(public), private,
	                                      ARRAY_LEN(private), &a, &b),
	        CKR_OK);
	p11_unload(p11);
}

void
liar_add_object(const struct softtoken *t, CK_ATTRIBUTE *object, CK_ULONG n)
{
	struct p11 *p11 = liar_meddle(t);
	CK_OBJECT_HANDLE handle;

	CU_ASSERT_EQUAL(
	        liar_honest.C_CreateObject(p11->session, object, n, &handle),
	        CKR_OK);
	p11_unload(p11);
}

/* Removes every object of a class and label. */
void
liar_drop_objects(const struct softtoken *t, CK_OBJECT_CLASS class,
                  const char *label)
{
	struct p11 *p11 = liar_meddle(t);
	CK_ATTRIBUTE wanted[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_LABEL, label, strlen(label)),
	};
	CK_OBJECT_HANDLE found[8];
	CK_ULONG n = ARRAY_LEN(found);

	CU_ASSERT_EQUAL(p11_find(p11, wanted, 2, found, &n), OK);
	CU_ASSERT_TRUE(n > 0);
	for (CK_ULONG i = 0; i < n; i++)
		CU_ASSERT_EQUAL(
		        liar_honest.C_DestroyObject(p11->session, found[i]),
		        CKR_OK);
	p11_unload(p11);
}
