/*
 * test_hsm_open.c - what hsm_open() refuses, and with which error: absent,
 * wrongly configured, wrong PIN, wrong key, key that could have left.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"

/* --- what must not open --------------------------------------------------- */

static void
test_absent(void)
{
	AUTO(softtoken_close) struct softtoken t;

	if (!softtoken_open_empty(&t))
		return;
	liar_honest_again(t.module);
	snprintf(t.uri, sizeof(t.uri), "%s",
	         "pkcs11:token=anchord-test;serial=0011223344556677;"
	         "object=anchord-sign;id=%01");
	liar_refused(&t, E_DEVICE, "absent");
	CU_ASSERT_EQUAL(lie.logins, 0);
}

static void
test_foreign_serial(void)
{
	RIG(t);
	snprintf(t.uri, sizeof(t.uri), "%s",
	         "pkcs11:token=anchord-test;serial=0011223344556677;"
	         "object=anchord-sign;id=%01");
	liar_refused(&t, E_DEVICE, "another token of the same label");
	CU_ASSERT_EQUAL(lie.logins, 0);
}

static void
test_config(void)
{
	RIG(t);
	struct hsm_options good = liar_options(&t);
	struct hsm *hsm = NULL;
	char path[160];

	struct hsm_options o = good;
	o.uri = "tpm2:device";
	CU_ASSERT_EQUAL(liar_open_with(&o, t.pin, &hsm), E_CONFIG);
	o = good;
	CU_ASSERT_EQUAL(chdir("/"), 0); /* where it would be found */
	o.module = t.module + 1;
	CU_ASSERT_EQUAL(liar_open_with(&o, t.pin, &hsm), E_CONFIG);
	o.module = "/usr/lib/softhsm/none.so";
	CU_ASSERT_EQUAL(liar_open_with(&o, t.pin, &hsm), E_CONFIG);

	/* A module that others may write to is not loaded, whatever it is. */
	snprintf(path, sizeof(path), "%s/module.so", t.directory);
	FILE *f = fopen(path, "w");
	fclose(f);
	chmod(path, 0666);
	o.module = path;
	CU_ASSERT_EQUAL(liar_open_with(&o, t.pin, &hsm), E_CONFIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "write"));
	chmod(path, 0600);
	CU_ASSERT_EQUAL(liar_open_with(&o, t.pin, &hsm), E_CONFIG);
	CU_ASSERT_EQUAL(lie.logins, 0);
}

static void
test_wrong_pin(void)
{
	RIG(t);
	AUTO(secret_free) struct secret *wrong = NULL;
	struct hsm_options options = liar_options(&t);
	struct hsm *hsm = NULL;

	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str("000000"), &wrong), OK);
	CU_ASSERT_EQUAL(liar_open_with(&options, wrong, &hsm), E_LATCHED);
	CU_ASSERT_EQUAL(lie.logins, 1);
	CU_ASSERT_PTR_NULL(hsm);
}

/* An empty PIN would be counted as a wrong one. */
static void
test_no_pin(void)
{
	RIG(t);
	struct hsm_options options = liar_options(&t);
	struct hsm *hsm = NULL;

	CU_ASSERT_EQUAL(liar_open_with(&options, NULL, &hsm), E_LATCHED);
	CU_ASSERT_EQUAL(lie.logins, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "no PIN"));
	CU_ASSERT_EQUAL(liar_open(&t, &hsm), OK);
	hsm_close(hsm);
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
		liar_refused(&t, E_LATCHED, "PIN state");
	}
	CU_ASSERT_EQUAL(lie.logins, 0);
}

/* A wrong PIN was counted: only with a person's word, and never near the last
 * try. */
static void
test_pin_counted(void)
{
	static const CK_FLAGS never[] = { CKF_USER_PIN_FINAL_TRY,
		                          CKF_USER_PIN_LOCKED,
		                          CKF_USER_PIN_TO_BE_CHANGED };
	RIG(t);
	struct hsm_options options = liar_options(&t);
	struct hsm *hsm = NULL;

	lie.token_flags = CKF_USER_PIN_COUNT_LOW;
	liar_refused(&t, E_LATCHED, "a wrong PIN was counted");
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "token unlatch"));
	options.login_permitted = options.login_doubtful = true;
	CU_ASSERT_EQUAL(liar_open_with(&options, t.pin, &hsm), E_LATCHED);
	options.login_doubtful = false;
	for (size_t i = 0; i < ARRAY_LEN(never); i++) {
		lie.token_flags = CKF_USER_PIN_COUNT_LOW | never[i];
		CU_ASSERT_EQUAL(liar_open_with(&options, t.pin, &hsm),
		                E_LATCHED);
	}
	CU_ASSERT_EQUAL(lie.guards, 0);
	CU_ASSERT_EQUAL(lie.logins, 0);
	lie.token_flags = CKF_USER_PIN_COUNT_LOW;
	CU_ASSERT_EQUAL(liar_open_with(&options, t.pin, &hsm), OK);
	CU_ASSERT_EQUAL(lie.logins, 1);
	hsm_close(hsm);
}

static void
test_guard(void)
{
	RIG(t);
	struct hsm_options options = liar_options(&t);
	struct hsm *hsm = NULL;

	options.login_arg = &t; /* guard() forbids then */
	CU_ASSERT_EQUAL(liar_open_with(&options, t.pin, &hsm), E_IO);
	CU_ASSERT_EQUAL(lie.guards, 1);
	CU_ASSERT_EQUAL(lie.logins, 0);
}

/* Every code of C_Login: one attempt, and a latch unless the answer came before
 * the token looked at the PIN. */
static void
test_login_codes(void)
{
	static const CK_RV codes[] = {
#define P11_RV(name, number, class, judged) number,
#include "hsm/pkcs11/rv.def"
#undef P11_RV
		0x4,
		0x1c3, /* the number of an old header */
		CKR_VENDOR_DEFINED,
		CKR_VENDOR_DEFINED | 7,
		~0UL,
	};
	RIG(t);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		err_t wanted =
		        p11_rv_before_pin(codes[i]) ? E_DEVICE : E_LATCHED;

		if (p11_rv_class(codes[i]) == P11_FINE)
			continue; /* logged in: another test's */
		lie.logins = lie.outcome = 0;
		lie.login = codes[i];
		liar_refused(&t, wanted, p11_rv_name(codes[i]));
		CU_ASSERT_EQUAL(lie.logins, 1);
		CU_ASSERT_EQUAL(lie.outcome, wanted);
	}
}

static void
test_pinned(void)
{
	RIG(t);
	t.public_sha256[31] ^= 1;
	liar_refused(&t, E_LATCHED, "another public key than pinned");
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "pinned"));
	CU_ASSERT_EQUAL(lie.signs, 0); /* it was not asked to sign anything */
}

static void
test_twins(void)
{
	RIG(t);
	liar_add_pair(&t, "anchord-sign", bytes_of(liar_id_2, 1), false);
	struct hsm *hsm = NULL; /* same label, other id: no twin */
	CU_ASSERT_EQUAL(liar_open(&t, &hsm), OK);
	hsm_close(hsm);
	liar_add_pair(&t, "anchord-sign", bytes_of(liar_id_1, 1), false);
	liar_refused(&t, E_LATCHED, "two keys of one label and id");
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "two keys"));
}

static void
test_public_half(void)
{
	RIG(t);
	liar_drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	liar_refused(&t, E_LATCHED, "no public half");
}

static void
test_missing_key(void)
{
	RIG(t);
	liar_drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	liar_refused(&t, E_LATCHED, "no private key");
}

static void
test_extractable(void)
{
	RIG(t);
	liar_drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	liar_drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	liar_add_pair(&t, "anchord-sign", bytes_of(liar_id_1, 1), true);
	liar_refused(&t, E_LATCHED, "extractable");
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "CKA_EXTRACTABLE"));
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
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_yes, 1),
		p11_in(CKA_SENSITIVE, &liar_yes, 1),
		p11_in(CKA_EXTRACTABLE, &liar_no, 1),
		p11_in(CKA_SIGN, &liar_yes, 1),
		p11_in(CKA_LABEL, "anchord-sign", 12),
		p11_in(CKA_ID, liar_id_1, 1),
		p11_in(CKA_EC_PARAMS, liar_p256, sizeof(liar_p256)),
		p11_in(CKA_VALUE, scalar, sizeof(scalar)),
	};
	RIG(t);

	liar_drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	liar_add_object(&t, key, ARRAY_LEN(key));
	liar_refused(&t, E_LATCHED, "imported");
}

/* Each attribute alone: the device says the opposite of what we need. */
static void
test_attributes(void)
{
	static const CK_ATTRIBUTE_TYPE types[] = {
		CKA_SENSITIVE,
		CKA_ALWAYS_SENSITIVE,
		CKA_EXTRACTABLE,
		CKA_NEVER_EXTRACTABLE,
		CKA_LOCAL,
		CKA_PRIVATE,
		CKA_SIGN,
		CKA_DECRYPT,
		CKA_UNWRAP,
		CKA_DERIVE,
		CKA_ALWAYS_AUTHENTICATE,
	};
	RIG(t);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		char name[32];

		lie.lie = types[i];
		snprintf(name, sizeof(name), "attribute 0x%lx", types[i]);
		liar_refused(&t, E_LATCHED, name);
		CU_ASSERT_EQUAL(lie.signs, 0);
	}
	lie.lie = 0;
	for (size_t i = 0; i < 7; i++) { /* those that must be said */
		char name[32];

		lie.mute = types[i];
		snprintf(name, sizeof(name), "unsaid 0x%lx", types[i]);
		liar_refused(&t, E_LATCHED, name);
	}
	lie.mute = 0;
	lie.silent = true;
	liar_refused(&t, E_LATCHED, "says OK and writes nothing");
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
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_yes, 1),
		p11_in(CKA_SENSITIVE, &liar_yes, 1),
		p11_in(CKA_EXTRACTABLE, &liar_no, 1),
		p11_in(CKA_SIGN, &liar_yes, 1),
		p11_in(CKA_LABEL, "anchord-handle", 14),
		p11_in(CKA_VALUE, value, sizeof(value)),
	};
	RIG(t);

	liar_add_object(&t, key, ARRAY_LEN(key));
	liar_refused(&t, E_LATCHED, "two handle keys");
	liar_drop_objects(&t, CKO_SECRET_KEY, "anchord-handle");
	liar_refused(&t, E_LATCHED, "no handle key");
	liar_add_object(&t, key, ARRAY_LEN(key));
	liar_refused(&t, E_LATCHED, "imported handle key");
}

/* Made in the token, locked in, and of so many bytes. */
static void
make_handle_key(const struct softtoken *t, CK_ULONG size)
{
	const CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_MECHANISM by = { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE key[] = {
		p11_in(CKA_LABEL, "anchord-handle", 14),
		p11_in(CKA_KEY_TYPE, &type, sizeof(type)),
		p11_in(CKA_VALUE_LEN, &size, sizeof(size)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_yes, 1),
		p11_in(CKA_SENSITIVE, &liar_yes, 1),
		p11_in(CKA_EXTRACTABLE, &liar_no, 1),
		p11_in(CKA_SIGN, &liar_yes, 1),
		p11_in(CKA_DECRYPT, &liar_no, 1),
		p11_in(CKA_UNWRAP, &liar_no, 1),
		p11_in(CKA_DERIVE, &liar_no, 1),
	};
	CK_OBJECT_HANDLE made;
	struct p11 *p11 = liar_meddle(t);

	CU_ASSERT_EQUAL(liar_honest.C_GenerateKey(p11->session, &by, key,
	                                          ARRAY_LEN(key), &made),
	                CKR_OK);
	p11_unload(p11);
}

/* Another good key under the label would rename every device. */
static void
test_handle_pinned(void)
{
	RIG(t);
	struct hsm_options options = liar_options(&t);
	struct hsm *hsm = NULL;
	uint8_t check[HASH_SIZE];

	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	memcpy(check, hsm_handle_check(hsm), sizeof(check));
	hsm_close(TAKE(hsm));
	options.handle_check = check;
	CU_ASSERT_EQUAL(liar_open_with(&options, t.pin, &hsm), OK);
	hsm_close(TAKE(hsm));
	liar_drop_objects(&t, CKO_SECRET_KEY, "anchord-handle");
	make_handle_key(&t, 32);
	CU_ASSERT_EQUAL(liar_open_with(&options, t.pin, &hsm), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "token.handle_check"));
	CU_ASSERT_EQUAL(liar_open(&t, &hsm), OK);
	hsm_close(TAKE(hsm));
	/* Its length, told or not. */
	lie.mute = CKA_VALUE_LEN;
	liar_refused(&t, E_LATCHED, "a handle key of an untold length");
	lie.mute = 0;
	liar_drop_objects(&t, CKO_SECRET_KEY, "anchord-handle");
	make_handle_key(&t, 31);
	liar_refused(&t, E_LATCHED, "a handle key of 31 bytes");
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "31 bytes"));
}

static void
test_mechanisms(void)
{
	RIG(t);
	lie.no_mechanism = CKM_SHA256_HMAC;
	liar_refused(&t, E_LATCHED, "no HMAC");
	CU_ASSERT_EQUAL(lie.logins, 0);
	lie.no_mechanism = CKM_ECDSA; /* the key says that it is needed */
	liar_refused(&t, E_LATCHED, "no ECDSA");
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "cannot sign by ES256"));
	CU_ASSERT_EQUAL(lie.logins, 1);
	CU_ASSERT_EQUAL(lie.signs, 0);
}

/* The first signature is asked for at open, and judged there. */
static void
test_canary_at_open(void)
{
	RIG(t);
	lie.sign_flip = true;
	liar_refused(&t, E_DEVICE, "wrong signature at open");
	CU_ASSERT_EQUAL(lie.signs, 1);
	lie.sign_flip = false;
	lie.sign = CKR_KEY_FUNCTION_NOT_PERMITTED;
	liar_refused(&t, E_LATCHED, "may not sign");
	lie.sign = CKR_FUNCTION_REJECTED;
	liar_refused(&t, E_LATCHED, "refuses to sign");
}

static const struct harness_test tests[] = {
	{ "says that a token is absent", test_absent },
	{ "takes no token of another serial", test_foreign_serial },
	{ "refuses a wrong configuration", test_config },
	{ "tries a wrong PIN once and latches", test_wrong_pin },
	{ "tries nothing without a PIN", test_no_pin },
	{ "tries no PIN that is near its last try", test_pin_state },
	{ "tries none after a wrong one, but by permission", test_pin_counted },
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
	{ "refuses another handle key, or a short one", test_handle_pinned },
	{ "refuses a token without the mechanisms", test_mechanisms },
	{ "proves the key before it is open", test_canary_at_open },
	{ NULL, NULL },
};

HARNESS_MAIN("hsm_open", tests)
