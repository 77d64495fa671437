/*
 * test_hsm.c - what hsm.h promises, on a real SoftHSM and on one that lies.
 *
 * SoftHSM's own function list is the seam: a test puts its function into it and
 * the module then gives the answers of a failing or hostile device.  Every row
 * of a fault table has its name, and each check in hsm/ has a test here that
 * fails without it (tests/mutations/hsm.txt).
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../hsm/pkcs11_int.h"
#include "../common/harness.h"
#include "../common/softtoken.h"
#include "digest.h"
#include "hsm.h"
#include "keyring.h"

/* --- the lying module ----------------------------------------------------- */

static struct {
	unsigned logins, signs, guards;
	CK_FLAGS token_flags;      /* added to what the token says */
	CK_ATTRIBUTE_TYPE lie;     /* this attribute reads inverted */
	bool silent;               /* attributes: OK, and nothing written */
	CK_ATTRIBUTE_TYPE mute;    /* the same for this one alone */
	CK_RV login, sign, random; /* answered in place of a call */
	size_t sign_cut;           /* bytes too few */
	bool sign_flip;            /* one bit wrong */
	unsigned sign_good;        /* signatures before the lie begins */
	int random_fill;           /* -1: real; else this byte */
	bool random_again;         /* the same draw each time */
	bool keep_old;             /* C_CreateObject: OK, nothing done */
	CK_RV destroy;             /* answered by C_DestroyObject */
	CK_MECHANISM_TYPE no_mechanism;
} lie;

static CK_FUNCTION_LIST *list;
static CK_FUNCTION_LIST honest;

static CK_RV
fake_login(CK_SESSION_HANDLE s, CK_USER_TYPE u, CK_UTF8CHAR *pin, CK_ULONG n)
{
	lie.logins++;
	return lie.login ? lie.login : honest.C_Login(s, u, pin, n);
}

static CK_RV
fake_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = honest.C_GetTokenInfo(slot, info);

	info->flags |= lie.token_flags;
	return rv;
}

static CK_RV
fake_attributes(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *a,
                CK_ULONG n)
{
	if (lie.silent || (lie.mute && n == 1 && a[0].type == lie.mute))
		return CKR_OK;
	CK_RV rv = honest.C_GetAttributeValue(s, o, a, n);

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
	CK_RV rv = honest.C_Sign(s, data, n, out, len);

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
	CK_RV rv = honest.C_GenerateRandom(s, out, n);
	if (lie.random_again && n <= sizeof(kept) && (kept[0] | kept[1]))
		memcpy(out, kept, n);
	else if (n <= sizeof(kept))
		memcpy(kept, out, n);
	return rv;
}

/* Says that it made the object, and gives another. */
static CK_RV
fake_create(CK_SESSION_HANDLE s, CK_ATTRIBUTE *a, CK_ULONG n,
            CK_OBJECT_HANDLE *o)
{
	CK_ATTRIBUTE label = p11_in(CKA_LABEL, "anchord-epoch", 13);
	CK_ULONG found = 0;

	if (!lie.keep_old)
		return honest.C_CreateObject(s, a, n, o);
	honest.C_FindObjectsInit(s, &label, 1);
	honest.C_FindObjects(s, o, 1, &found);
	return honest.C_FindObjectsFinal(s);
}

static CK_RV
fake_destroy(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o)
{
	return lie.destroy ? lie.destroy : honest.C_DestroyObject(s, o);
}

static CK_RV
fake_mechanism(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	if (lie.no_mechanism && type == lie.no_mechanism)
		return CKR_MECHANISM_INVALID;
	return honest.C_GetMechanismInfo(slot, type, info);
}

/* Puts the seam in, once, and makes the module honest again. */
static void
honest_again(const char *module)
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
	honest = *list;
	list->C_Login = fake_login;
	list->C_GetTokenInfo = fake_token_info;
	list->C_GetAttributeValue = fake_attributes;
	list->C_Sign = fake_sign;
	list->C_GenerateRandom = fake_random;
	list->C_CreateObject = fake_create;
	list->C_DestroyObject = fake_destroy;
	list->C_GetMechanismInfo = fake_mechanism;
}

/* --- opening -------------------------------------------------------------- */

static char last_why[256];

static err_t
guard(void *arg)
{
	lie.guards++;
	return arg ? E_IO : OK;
}

static struct hsm_options
options_of(const struct softtoken *t)
{
	return (struct hsm_options){ .module = t->module,
		                     .uri = t->uri,
		                     .handle_label = "anchord-handle",
		                     .spki_sha256 = t->public_sha256,
		                     .login_begins = guard };
}

static err_t
open_with(const struct hsm_options *options, const struct secret *pin,
          struct hsm **ret_hsm)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(last_why) - 1);
	err_t err = hsm_open(options, pin, &why, ret_hsm);

	snprintf(last_why, sizeof(last_why), "%s", buf_str(&why));
	if (err != OK) /* a failure always says why */
		CU_ASSERT_TRUE(last_why[0] != '\0');
	return err;
}

static err_t
open_token(const struct softtoken *t, struct hsm **ret_hsm)
{
	struct hsm_options options = options_of(t);

	return open_with(&options, t->pin, ret_hsm);
}

/* Opening must fail with this, and touch nothing. */
static void
refused(const struct softtoken *t, err_t wanted, const char *what)
{
	struct hsm *hsm = NULL;
	err_t err = open_token(t, &hsm);

	if (err != wanted)
		printf("  %s: %s (%s)\n", what, err_name(err), last_why);
	CU_ASSERT_EQUAL(err, wanted);
	CU_ASSERT_PTR_NULL(hsm);
	hsm_close(hsm);
}

#define RIG(t)                                    \
	AUTO(softtoken_close) struct softtoken t; \
	if (!softtoken_open(&(t)))                \
		return;                           \
	honest_again((t).module)

/* A logged-in session on the token, to put strange objects into it. */
static struct p11 *
meddle(const struct softtoken *t)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct p11 *p11 = NULL;
	CK_TOKEN_INFO info;

	CU_ASSERT_EQUAL_FATAL(p11_load(t->module, &why, &p11), OK);
	CU_ASSERT_EQUAL_FATAL(p11_find_slot(p11, SOFTTOKEN_LABEL, "", &info),
	                      OK);
	CU_ASSERT_EQUAL_FATAL(p11_open_session(p11), OK);
	CU_ASSERT_EQUAL_FATAL(
	        honest.C_Login(p11->session, CKU_USER,
	                       p11_unconst(bytes_of_str(SOFTTOKEN_PIN)),
	                       strlen(SOFTTOKEN_PIN)),
	        CKR_OK);
	return p11;
}

static const CK_BBOOL yes = CK_TRUE;
static const CK_BBOOL no = CK_FALSE;
static const uint8_t id_1[] = { 1 };
static const uint8_t id_2[] = { 2 };
static const uint8_t p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
	                        0xce, 0x3d, 0x03, 0x01, 0x07 };

/* A second key pair; extractable or not. */
static void
add_pair(const struct softtoken *t, const char *label, struct bytes id,
         bool extractable)
{
	struct p11 *p11 = meddle(t);
	CK_MECHANISM keygen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public[] = {
		p11_in(CKA_LABEL, label, strlen(label)),
		p11_in(CKA_ID, id.data, id.len),
		p11_in(CKA_TOKEN, &yes, 1),
		p11_in(CKA_EC_PARAMS, p256, sizeof(p256)),
	};
	CK_ATTRIBUTE private[] = {
		p11_in(CKA_LABEL, label, strlen(label)),
		p11_in(CKA_ID, id.data, id.len),
		p11_in(CKA_TOKEN, &yes, 1),
		p11_in(CKA_PRIVATE, &yes, 1),
		p11_in(CKA_SENSITIVE, &yes, 1),
		p11_in(CKA_SIGN, &yes, 1),
		p11_in(CKA_DERIVE, &no, 1),
		p11_in(CKA_UNWRAP, &no, 1),
		p11_in(CKA_DECRYPT, &no, 1),
		p11_in(CKA_EXTRACTABLE, extractable ? &yes : &no, 1),
	};
	CK_OBJECT_HANDLE a;
	CK_OBJECT_HANDLE b;

	CU_ASSERT_EQUAL(honest.C_GenerateKeyPair(p11->session, &keygen, public,
	                                         ARRAY_LEN(public), private,
	                                         ARRAY_LEN(private), &a, &b),
	                CKR_OK);
	p11_unload(p11);
}

static void
add_object(const struct softtoken *t, CK_ATTRIBUTE *object, CK_ULONG n)
{
	struct p11 *p11 = meddle(t);
	CK_OBJECT_HANDLE handle;

	CU_ASSERT_EQUAL(honest.C_CreateObject(p11->session, object, n, &handle),
	                CKR_OK);
	p11_unload(p11);
}

/* Removes every object of a class and label. */
static void
drop_objects(const struct softtoken *t, CK_OBJECT_CLASS class,
             const char *label)
{
	struct p11 *p11 = meddle(t);
	CK_ATTRIBUTE wanted[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_LABEL, label, strlen(label)),
	};
	CK_OBJECT_HANDLE found[8];
	CK_ULONG n = ARRAY_LEN(found);

	CU_ASSERT_EQUAL(p11_find(p11, wanted, 2, found, &n), OK);
	CU_ASSERT_TRUE(n > 0);
	for (CK_ULONG i = 0; i < n; i++)
		CU_ASSERT_EQUAL(honest.C_DestroyObject(p11->session, found[i]),
		                CKR_OK);
	p11_unload(p11);
}

/* --- the good path -------------------------------------------------------- */

static void
test_good(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	AUTO(keyring_free) struct keyring *ring = NULL;
	char kid[KID_SIZE];
	enum alg alg;

	CU_ASSERT_EQUAL_FATAL(open_token(&t, &hsm), OK);
	CU_ASSERT_EQUAL(lie.logins, 1);
	CU_ASSERT_EQUAL(lie.guards, 1);
	CU_ASSERT_EQUAL(hsm_alg(hsm), ALG_ES256);
	CU_ASSERT_EQUAL_FATAL(key_identify(hsm_public(hsm), &alg, kid), OK);
	CU_ASSERT_EQUAL_FATAL(keyring_new(&ring), OK);
	CU_ASSERT_EQUAL_FATAL(
	        keyring_add(ring, bytes_of_str(kid), hsm_public(hsm), alg), OK);
	for (uint32_t i = 0; i < 1000; i++) {
		struct bytes msg = bytes_of(&i, sizeof(i));
		struct hsm_signature s;

		CU_ASSERT_EQUAL_FATAL(hsm_sign(hsm, msg, &s), OK);
		CU_ASSERT_EQUAL_FATAL(keyring_verify(ring, bytes_of_str(kid),
		                                     alg, msg,
		                                     bytes_of(s.bytes, s.len)),
		                      OK);
	}
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
	CU_ASSERT_EQUAL(lie.logins, 1);
}

static void
test_p384(void)
{
	AUTO(softtoken_close) struct softtoken t;
	AUTO(secret_free) struct secret *so_pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	const struct hsm_keygen wanted = { HSM_P384, "wide", bytes_of(id_2, 1),
		                           "handles" };
	struct hsm_token token;
	struct hsm_keygen_result r;
	struct hsm_signature s;

	if (!softtoken_open_empty(&t))
		return;
	honest_again(t.module);
	const struct hsm_token_name name = { t.module, "wide token", "" };
	CU_ASSERT_EQUAL_FATAL(
	        secret_copy(bytes_of_str(SOFTTOKEN_SO_PIN), &so_pin), OK);
	CU_ASSERT_EQUAL_FATAL(
	        hsm_token_init(&name, so_pin, t.pin, &why, &token), OK);
	CU_ASSERT_TRUE(token.software);
	CU_ASSERT_EQUAL(hsm_token_init(&name, so_pin, t.pin, &why, &token),
	                E_CONFLICT);
	CU_ASSERT_EQUAL_FATAL(hsm_token_keygen(&name, t.pin, &wanted, &why, &r),
	                      OK);
	CU_ASSERT_TRUE(r.handle_made);
	CU_ASSERT_EQUAL(hsm_token_keygen(&name, t.pin, &wanted, &why, &r),
	                E_CONFLICT);

	uint8_t pinned[HASH_SIZE];
	digest_sha256(bytes_of(r.spki, r.spki_len), pinned);
	struct hsm_options options = { .module = t.module,
		                       .uri = r.uri,
		                       .handle_label = "handles",
		                       .spki_sha256 = pinned };
	CU_ASSERT_EQUAL_FATAL(open_with(&options, t.pin, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_alg(hsm), ALG_ES384);
	CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), OK);
	CU_ASSERT_EQUAL(s.len, 96);
}

static void
test_mac(void)
{
	RIG(t);
	uint8_t one[HASH_SIZE];
	uint8_t two[HASH_SIZE];
	uint8_t other[HASH_SIZE];
	struct hsm *hsm = NULL;

	CU_ASSERT_EQUAL_FATAL(open_token(&t, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("a"), one), OK);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("b"), other), OK);
	hsm_close(TAKE(hsm));
	CU_ASSERT_EQUAL_FATAL(open_token(&t, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("a"), two), OK);
	CU_ASSERT_EQUAL(memcmp(one, two, HASH_SIZE), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(one, other, HASH_SIZE), 0);
	lie.signs = 0;
	lie.sign_cut = 1;
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("a"), two), E_DEVICE);
	hsm_close(hsm);
}

static void
test_random(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	uint8_t a[HASH_SIZE];
	uint8_t b[HASH_SIZE];

	CU_ASSERT_EQUAL_FATAL(open_token(&t, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_random(hsm, a, sizeof(a)), OK);
	CU_ASSERT_EQUAL(hsm_random(hsm, b, sizeof(b)), OK);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
	lie.random_fill = 0;
	CU_ASSERT_EQUAL(hsm_random(hsm, a, sizeof(a)), E_DEVICE);
	lie.random_fill = 0xff;
	CU_ASSERT_EQUAL(hsm_random(hsm, a, sizeof(a)), E_DEVICE);
	lie.random_fill = -1;
	lie.random_again = true; /* b once more */
	CU_ASSERT_EQUAL(hsm_random(hsm, a, sizeof(a)), E_DEVICE);
	lie.random_again = false;
	lie.random = CKR_DEVICE_ERROR;
	CU_ASSERT_EQUAL(hsm_random(hsm, a, sizeof(a)), E_DEVICE);
}

/* --- what must not open --------------------------------------------------- */

static void
test_absent(void)
{
	AUTO(softtoken_close) struct softtoken t;

	if (!softtoken_open_empty(&t))
		return;
	honest_again(t.module);
	snprintf(t.uri, sizeof(t.uri), "%s",
	         "pkcs11:token=anchord-test;serial=0011223344556677;"
	         "object=anchord-sign;id=%01");
	refused(&t, E_DEVICE, "absent");
	CU_ASSERT_EQUAL(lie.logins, 0);
}

static void
test_foreign_serial(void)
{
	RIG(t);
	snprintf(t.uri, sizeof(t.uri), "%s",
	         "pkcs11:token=anchord-test;serial=0011223344556677;"
	         "object=anchord-sign;id=%01");
	refused(&t, E_DEVICE, "another token of the same label");
	CU_ASSERT_EQUAL(lie.logins, 0);
}

static void
test_config(void)
{
	RIG(t);
	struct hsm_options good = options_of(&t);
	struct hsm *hsm = NULL;
	char path[160];

	struct hsm_options o = good;
	o.uri = "tpm2:device";
	CU_ASSERT_EQUAL(open_with(&o, t.pin, &hsm), E_CONFIG);
	o = good;
	CU_ASSERT_EQUAL(chdir("/"), 0); /* where it would be found */
	o.module = t.module + 1;
	CU_ASSERT_EQUAL(open_with(&o, t.pin, &hsm), E_CONFIG);
	o.module = "/usr/lib/softhsm/none.so";
	CU_ASSERT_EQUAL(open_with(&o, t.pin, &hsm), E_CONFIG);

	/* A module that others may write to is not loaded, whatever it is. */
	snprintf(path, sizeof(path), "%s/module.so", t.directory);
	FILE *f = fopen(path, "w");
	fclose(f);
	chmod(path, 0666);
	o.module = path;
	CU_ASSERT_EQUAL(open_with(&o, t.pin, &hsm), E_CONFIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(last_why, "write"));
	chmod(path, 0600);
	CU_ASSERT_EQUAL(open_with(&o, t.pin, &hsm), E_CONFIG);
	CU_ASSERT_EQUAL(lie.logins, 0);
}

static void
test_wrong_pin(void)
{
	RIG(t);
	AUTO(secret_free) struct secret *wrong = NULL;
	struct hsm_options options = options_of(&t);
	struct hsm *hsm = NULL;

	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str("000000"), &wrong), OK);
	CU_ASSERT_EQUAL(open_with(&options, wrong, &hsm), E_LATCHED);
	CU_ASSERT_EQUAL(lie.logins, 1);
	CU_ASSERT_PTR_NULL(hsm);
	CU_ASSERT_EQUAL(open_with(&options, NULL, &hsm), E_LATCHED);
	CU_ASSERT_EQUAL(lie.logins, 1); /* no PIN, no attempt */
}

static void
test_pin_state(void)
{
	static const CK_FLAGS flags[] = { CKF_USER_PIN_FINAL_TRY,
		                          CKF_USER_PIN_LOCKED,
		                          CKF_USER_PIN_TO_BE_CHANGED };
	RIG(t);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		lie.token_flags = flags[i];
		refused(&t, E_LATCHED, "PIN state");
	}
	CU_ASSERT_EQUAL(lie.logins, 0);
}

static void
test_guard(void)
{
	RIG(t);
	struct hsm_options options = options_of(&t);
	struct hsm *hsm = NULL;

	options.login_arg = &t; /* guard() forbids then */
	CU_ASSERT_EQUAL(open_with(&options, t.pin, &hsm), E_IO);
	CU_ASSERT_EQUAL(lie.guards, 1);
	CU_ASSERT_EQUAL(lie.logins, 0);
}

static void
test_login_codes(void)
{
	static const struct {
		CK_RV rv;
		err_t err;
	} rows[] = {
		{ CKR_PIN_LOCKED, E_LATCHED },
		{ CKR_PIN_EXPIRED, E_LATCHED },
		{ CKR_USER_PIN_NOT_INITIALIZED, E_LATCHED },
		{ CKR_FUNCTION_REJECTED, E_LATCHED }, /* refused: a person */
		{ CKR_DEVICE_REMOVED, E_DEVICE },
		{ CKR_VENDOR_DEFINED | 7, E_DEVICE },
	};
	RIG(t);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		lie.logins = 0;
		lie.login = rows[i].rv;
		refused(&t, rows[i].err, p11_rv_name(rows[i].rv));
		CU_ASSERT_EQUAL(lie.logins, 1);
	}
}

static void
test_pinned(void)
{
	RIG(t);
	t.public_sha256[31] ^= 1;
	refused(&t, E_LATCHED, "another public key than pinned");
	CU_ASSERT_PTR_NOT_NULL(strstr(last_why, "public_sha256"));
	CU_ASSERT_EQUAL(lie.signs, 0); /* it was not asked to sign anything */
}

static void
test_twins(void)
{
	RIG(t);
	add_pair(&t, "anchord-sign", bytes_of(id_2, 1), false);
	struct hsm *hsm = NULL; /* same label, other id: no twin */
	CU_ASSERT_EQUAL(open_token(&t, &hsm), OK);
	hsm_close(hsm);
	add_pair(&t, "anchord-sign", bytes_of(id_1, 1), false);
	refused(&t, E_LATCHED, "two keys of one label and id");
	CU_ASSERT_PTR_NOT_NULL(strstr(last_why, "two keys"));
}

static void
test_public_half(void)
{
	RIG(t);
	drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	refused(&t, E_LATCHED, "no public half");
}

static void
test_missing_key(void)
{
	RIG(t);
	drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	refused(&t, E_LATCHED, "no private key");
}

static void
test_extractable(void)
{
	RIG(t);
	drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	add_pair(&t, "anchord-sign", bytes_of(id_1, 1), true);
	refused(&t, E_LATCHED, "extractable");
	CU_ASSERT_PTR_NOT_NULL(strstr(last_why, "CKA_EXTRACTABLE"));
}

static void
test_imported(void)
{
	const CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	const CK_KEY_TYPE type = CKK_EC;
	uint8_t scalar[32] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	CK_ATTRIBUTE key[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_KEY_TYPE, &type, sizeof(type)),
		p11_in(CKA_TOKEN, &yes, 1),
		p11_in(CKA_PRIVATE, &yes, 1),
		p11_in(CKA_SENSITIVE, &yes, 1),
		p11_in(CKA_EXTRACTABLE, &no, 1),
		p11_in(CKA_SIGN, &yes, 1),
		p11_in(CKA_LABEL, "anchord-sign", 12),
		p11_in(CKA_ID, id_1, 1),
		p11_in(CKA_EC_PARAMS, p256, sizeof(p256)),
		p11_in(CKA_VALUE, scalar, sizeof(scalar)),
	};
	RIG(t);

	drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	add_object(&t, key, ARRAY_LEN(key));
	refused(&t, E_LATCHED, "imported");
}

/* Each attribute alone: the device says the opposite of what we need. */
static void
test_attributes(void)
{
	static const CK_ATTRIBUTE_TYPE types[] = {
		CKA_SENSITIVE,   CKA_ALWAYS_SENSITIVE,
		CKA_EXTRACTABLE, CKA_NEVER_EXTRACTABLE,
		CKA_LOCAL,       CKA_PRIVATE,
		CKA_SIGN,        CKA_DECRYPT,
		CKA_UNWRAP,      CKA_DERIVE,
	};
	RIG(t);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		char name[32];

		lie.lie = types[i];
		snprintf(name, sizeof(name), "attribute 0x%lx", types[i]);
		refused(&t, E_LATCHED, name);
		CU_ASSERT_EQUAL(lie.signs, 0);
	}
	lie.lie = 0;
	for (size_t i = 0; i < 7; i++) { /* those that must be said */
		char name[32];

		lie.mute = types[i];
		snprintf(name, sizeof(name), "unsaid 0x%lx", types[i]);
		refused(&t, E_LATCHED, name);
	}
	lie.mute = 0;
	lie.silent = true;
	refused(&t, E_LATCHED, "says OK and writes nothing");
}

static void
test_handle_key(void)
{
	const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	const CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	uint8_t value[32] = { 1 };
	CK_ATTRIBUTE key[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_KEY_TYPE, &type, sizeof(type)),
		p11_in(CKA_TOKEN, &yes, 1),
		p11_in(CKA_PRIVATE, &yes, 1),
		p11_in(CKA_SENSITIVE, &yes, 1),
		p11_in(CKA_EXTRACTABLE, &no, 1),
		p11_in(CKA_SIGN, &yes, 1),
		p11_in(CKA_LABEL, "anchord-handle", 14),
		p11_in(CKA_VALUE, value, sizeof(value)),
	};
	RIG(t);

	add_object(&t, key, ARRAY_LEN(key));
	refused(&t, E_LATCHED, "two handle keys");
	drop_objects(&t, CKO_SECRET_KEY, "anchord-handle");
	refused(&t, E_LATCHED, "no handle key");
	add_object(&t, key, ARRAY_LEN(key));
	refused(&t, E_LATCHED, "imported handle key");
}

static void
test_mechanisms(void)
{
	RIG(t);
	lie.no_mechanism = CKM_ECDSA;
	refused(&t, E_LATCHED, "no ECDSA");
	lie.no_mechanism = CKM_SHA256_HMAC;
	refused(&t, E_LATCHED, "no HMAC");
	CU_ASSERT_EQUAL(lie.logins, 0);
}

/* The first signature is asked for at open, and judged there. */
static void
test_canary_at_open(void)
{
	RIG(t);
	lie.sign_flip = true;
	refused(&t, E_DEVICE, "wrong signature at open");
	CU_ASSERT_EQUAL(lie.signs, 1);
	lie.sign_flip = false;
	lie.sign = CKR_KEY_FUNCTION_NOT_PERMITTED;
	refused(&t, E_LATCHED, "may not sign");
	lie.sign = CKR_FUNCTION_REJECTED;
	refused(&t, E_LATCHED, "refuses to sign");
}

/* --- a device that fails later -------------------------------------------- */

static void
test_bad_signatures(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	struct hsm_signature s = { .len = 7 };

	CU_ASSERT_EQUAL_FATAL(open_token(&t, &hsm), OK);
	lie.sign_flip = true;
	CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), E_DEVICE);
	CU_ASSERT_TRUE(hsm_why(hsm)[0] != '\0');
	CU_ASSERT_EQUAL(hsm_canary(hsm), E_DEVICE);
	lie.sign_flip = false;
	for (lie.sign_cut = 1; lie.sign_cut < 64; lie.sign_cut += 31) {
		CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), E_DEVICE);
		CU_ASSERT_PTR_NOT_NULL(strstr(hsm_why(hsm), " bytes for "));
	}
	CU_ASSERT_EQUAL(s.len, 7); /* untouched */
	lie.sign_cut = 0;
	CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), OK);
}

/* Every code of the table, answered by a signature call. */
static void
test_codes(void)
{
	static const CK_RV codes[] = {
#define P11_RV(name, number, class) number,
#include "../../hsm/pkcs11_rv.def"
#undef P11_RV
		0x4,
		0x6b,
		0x7fffffff,
		CKR_VENDOR_DEFINED,
		CKR_VENDOR_DEFINED | 0x1234,
	};
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;

	CU_ASSERT_EQUAL_FATAL(open_token(&t, &hsm), OK);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		struct hsm_signature s;
		err_t wanted = E_DEVICE;

		lie.sign = codes[i];
		if (p11_rv_class(codes[i]) == P11_FINE)
			wanted = OK; /* and the software check agreed */
		if (p11_rv_class(codes[i]) == P11_LATCH)
			wanted = E_LATCHED;
		CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), wanted);
	}
}

/* --- the epoch ------------------------------------------------------------ */

static void
test_epoch_grows(void)
{
	RIG(t);
	for (uint32_t want = 1; want <= 5; want++) {
		struct hsm *hsm = NULL;
		uint32_t epoch = 0;

		CU_ASSERT_EQUAL_FATAL(open_token(&t, &hsm), OK);
		CU_ASSERT_EQUAL(hsm_epoch_next(hsm, &epoch), OK);
		CU_ASSERT_EQUAL(epoch, want);
		hsm_close(hsm);
	}
}

static void
add_epoch(const struct softtoken *t, const void *value, size_t len)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &yes, 1),
		p11_in(CKA_PRIVATE, &yes, 1),
		p11_in(CKA_LABEL, "anchord-epoch", 13),
		p11_in(CKA_VALUE, value, len),
	};

	add_object(t, object, ARRAY_LEN(object));
}

static void
epoch_is(const struct softtoken *t, err_t wanted)
{
	AUTO(hsm_close) struct hsm *hsm = NULL;
	uint32_t epoch = 77;

	CU_ASSERT_EQUAL_FATAL(open_token(t, &hsm), OK);
	err_t err = hsm_epoch_next(hsm, &epoch);
	CU_ASSERT_EQUAL(err, wanted);
	if (err != wanted)
		printf("  %s: %s\n", err_name(err), hsm_why(hsm));
	if (wanted != OK)
		CU_ASSERT_EQUAL(epoch, 77);
}

static void
test_epoch_doubled(void)
{
	RIG(t);
	epoch_is(&t, OK);
	add_epoch(&t, "\0\0\0\1", 4);
	epoch_is(&t, E_LATCHED);
}

/* What a life leaves that ended between making and destroying. */
static void
test_epoch_interrupted(void)
{
	RIG(t);
	struct hsm *hsm = NULL;
	uint32_t epoch = 0;

	epoch_is(&t, OK);
	lie.destroy = CKR_DEVICE_ERROR;
	epoch_is(&t, E_DEVICE); /* 1 and 2 are there now */
	lie.destroy = 0;
	CU_ASSERT_EQUAL_FATAL(open_token(&t, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_epoch_next(hsm, &epoch), OK);
	CU_ASSERT_EQUAL(epoch, 3);
	hsm_close(hsm);
	add_epoch(&t, "\0\0\0\5", 4); /* 3 and 5: nobody left that */
	epoch_is(&t, E_LATCHED);
}

static void
test_epoch_end(void)
{
	RIG(t);
	add_epoch(&t, "\xff\xff\xff\xfe", 4);
	epoch_is(&t, OK);
	epoch_is(&t, E_LATCHED); /* it never wraps */
}

static void
test_epoch_malformed(void)
{
	RIG(t);
	add_epoch(&t, "\0\0\1", 3);
	epoch_is(&t, E_LATCHED);
}

static void
test_epoch_kept(void)
{
	RIG(t);
	epoch_is(&t, OK);
	lie.keep_old = true;
	epoch_is(&t, E_DEVICE);
}

/* --- listing -------------------------------------------------------------- */

static void
count_token(void *arg, const struct hsm_token *token)
{
	unsigned *n = arg;

	n[0] += strcmp(token->label, SOFTTOKEN_LABEL) == 0;
}

static void
count_object(void *arg, const struct hsm_object *object)
{
	unsigned *n = arg;

	n[1]++;
	if (strcmp(object->class, "private-key") == 0) {
		CU_ASSERT_EQUAL(object->attributes[HSM_ATTRIBUTE_EXTRACTABLE],
		                HSM_NO);
		CU_ASSERT_EQUAL(object->attributes[HSM_ATTRIBUTE_MODIFIABLE],
		                HSM_NO);
		CU_ASSERT_EQUAL(object->attributes[HSM_ATTRIBUTE_VERIFY],
		                HSM_UNSAID);
	}
}

static void
test_list(void)
{
	RIG(t);
	AUTO(buf_release) struct buf why = buf_of(256);
	unsigned n[2] = { 0, 0 };
	const struct hsm_list_ops ops = { count_token, count_object, n };
	struct hsm_token_name name = { t.module, "", "" };

	CU_ASSERT_EQUAL(hsm_token_list(&name, NULL, &ops, &why), OK);
	CU_ASSERT_EQUAL(n[0], 1);
	CU_ASSERT_EQUAL(n[1], 0);
	name.label = SOFTTOKEN_LABEL;
	CU_ASSERT_EQUAL(hsm_token_list(&name, t.pin, &ops, &why), OK);
	CU_ASSERT_EQUAL(n[1], 3);
	name.label = "another";
	CU_ASSERT_EQUAL(hsm_token_list(&name, t.pin, &ops, &why), E_NOT_FOUND);
}

static const struct harness_test tests[] = {
	{ "opens, signs and verifies 1000 times", test_good },
	{ "does the same with P-384, made by hsm_admin.h", test_p384 },
	{ "keeps the handle MAC over lives", test_mac },
	{ "notices stuck random numbers", test_random },
	{ "says that a token is absent", test_absent },
	{ "takes no token of another serial", test_foreign_serial },
	{ "refuses a wrong configuration", test_config },
	{ "tries a wrong PIN once and latches", test_wrong_pin },
	{ "tries no PIN that is near its last try", test_pin_state },
	{ "tries no PIN when the guard forbids it", test_guard },
	{ "classes what a login answers", test_login_codes },
	{ "refuses another key than the pinned one", test_pinned },
	{ "refuses to choose between two keys", test_twins },
	{ "refuses a key without its public half", test_public_half },
	{ "refuses a missing key", test_missing_key },
	{ "refuses an extractable key", test_extractable },
	{ "refuses an imported key", test_imported },
	{ "needs every attribute, each alone", test_attributes },
	{ "holds the handle key to the same rules", test_handle_key },
	{ "refuses a token without the mechanisms", test_mechanisms },
	{ "proves the key before it is open", test_canary_at_open },
	{ "hands out no bad signature", test_bad_signatures },
	{ "classes every return code", test_codes },
	{ "counts epochs over lives", test_epoch_grows },
	{ "refuses a doubled epoch", test_epoch_doubled },
	{ "mends an interrupted epoch", test_epoch_interrupted },
	{ "never wraps the epoch", test_epoch_end },
	{ "refuses a malformed epoch", test_epoch_malformed },
	{ "reads the epoch back", test_epoch_kept },
	{ "lists tokens and objects", test_list },
	{ NULL, NULL },
};

HARNESS_MAIN("hsm", tests)
