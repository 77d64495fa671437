/*
 * test_audit_lies.c - the audit against tokens that fail, lie or give keys
 * away: what no honest SoftHSM shows.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/fakes/audit_liar.h"
#include "tests/common/base/harness.h"

/* --- what the token is ---------------------------------------------------- */

/* A SoftHSM in the clothes of a device. */
static void
dress_up(void)
{
	audit_lie = (struct audit_lie){
		.slot_flags = CKF_HW_SLOT,
		.mechanism_flags = CKF_HW,
		.token_maker = "Acme",
		.token_model = "Vault 1",
		.library_maker = "Acme",
		.library_text = "Vault",
		.slot_text = "Vault slot",
	};
}

static void
test_hardware(void)
{
	AUDIT_RIG(t);
	dress_up();
	const struct audit_seen seen = audit_liar_run(&t, "", true);

	CU_ASSERT_EQUAL(seen.err, OK);
	for (unsigned i = 0; i < AUDIT_CODES; i++)
		if (hsm_audit_row(i)->severity[AUDIT_PRODUCTION] != AUDIT_NOTE)
			CU_ASSERT_EQUAL(seen.found[i], 0);
	CU_ASSERT_FALSE(seen.token.token.software);
	CU_ASSERT_TRUE(seen.token.hardware_slot);
}

/* One name that slips is enough. */
static void
test_disguise(void)
{
	AUDIT_RIG(t);
	const char **const names[] = {
		&audit_lie.token_maker,   &audit_lie.token_model,
		&audit_lie.library_maker, &audit_lie.library_text,
		&audit_lie.slot_text,
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		dress_up();
		*names[i] = "a SoftHSM v2";
		const struct audit_seen seen = audit_liar_run(&t, "", true);
		CU_ASSERT_EQUAL(seen.found[AUDIT_SOFTWARE_TOKEN], 1);
		CU_ASSERT_TRUE(seen.token.token.software);
	}
	dress_up();
	audit_lie.module = t.module;
	CU_ASSERT_EQUAL(
	        audit_liar_run(&t, "", true).found[AUDIT_SOFTWARE_TOKEN], 1);
	dress_up();
	audit_lie.slot_flags = 0;
	CU_ASSERT_EQUAL(
	        audit_liar_run(&t, "", true).found[AUDIT_SLOT_NOT_HARDWARE], 1);
	dress_up();
	audit_lie.mechanism_flags = 0;
	CU_ASSERT_EQUAL(audit_liar_run(&t, "", true)
	                        .found[AUDIT_MECHANISM_NOT_HARDWARE],
	                2);
}

static void
test_flags(void)
{
	static const struct {
		CK_FLAGS on, off;
		enum audit_code code;
	} rows[] = {
		{ 0, CKF_LOGIN_REQUIRED, AUDIT_TOKEN_NO_LOGIN },
		{ CKF_WRITE_PROTECTED, 0, AUDIT_TOKEN_WRITE_PROTECTED },
		{ 1UL << 24, 0, AUDIT_TOKEN_ERROR_STATE },
		{ CKF_USER_PIN_COUNT_LOW, 0, AUDIT_PIN_COUNT_LOW },
		{ CKF_SO_PIN_LOCKED, 0, AUDIT_SO_PIN_LOCKED },
		{ CKF_SO_PIN_FINAL_TRY, 0, AUDIT_SO_PIN_FINAL_TRY },
		{ CKF_SO_PIN_COUNT_LOW, 0, AUDIT_SO_PIN_COUNT_LOW },
		{ CKF_SO_PIN_TO_BE_CHANGED, 0, AUDIT_SO_PIN_TO_BE_CHANGED },
		{ 0, CKF_RNG, AUDIT_RANDOM_MISSING },
	};
	AUDIT_RIG(t);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		lie.token_flags = rows[i].on;
		audit_lie.flags_off = rows[i].off;
		EXPECT(&t, hsm_audit_row(rows[i].code)->code, rows[i].code);
	}
	lie.token_flags = 0;
	audit_lie.flags_off = 0;
	audit_lie.no_serial = true;
	EXPECT(&t, "no serial", AUDIT_TOKEN_NO_SERIAL);
}

/* No PIN is tried that might be the last; the audit goes on without. */
static void
test_pin_states(void)
{
	static const struct {
		CK_FLAGS on, off;
		enum audit_code code;
	} rows[] = {
		{ 0, CKF_USER_PIN_INITIALIZED, AUDIT_PIN_MISSING },
		{ CKF_USER_PIN_LOCKED, 0, AUDIT_PIN_LOCKED },
		{ CKF_USER_PIN_FINAL_TRY, 0, AUDIT_PIN_FINAL_TRY },
		{ CKF_USER_PIN_TO_BE_CHANGED, 0, AUDIT_PIN_TO_BE_CHANGED },
	};
	AUDIT_RIG(t);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		lie.token_flags = rows[i].on;
		audit_lie.flags_off = rows[i].off;
		EXPECT(&t, hsm_audit_row(rows[i].code)->code, rows[i].code,
		       AUDIT_PRIVATE_UNSEEN);
		CU_ASSERT_EQUAL(lie.logins, 0);
	}
}

/* --- what a key is -------------------------------------------------------- */

/* Each attribute of the sound keys, turned round or not answered. */
static void
test_attributes(void)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		bool owed; /* no answer is a finding, too */
		enum audit_code code;
	} rows[] = {
		{ CKA_PRIVATE, true, AUDIT_KEY_PUBLIC },
		{ CKA_SENSITIVE, true, AUDIT_KEY_NOT_SENSITIVE },
		{ CKA_ALWAYS_SENSITIVE, true, AUDIT_KEY_ONCE_NOT_SENSITIVE },
		{ CKA_EXTRACTABLE, true, AUDIT_KEY_EXTRACTABLE },
		{ CKA_NEVER_EXTRACTABLE, true, AUDIT_KEY_ONCE_EXTRACTABLE },
		{ CKA_LOCAL, true, AUDIT_KEY_IMPORTED },
		{ CKA_MODIFIABLE, true, AUDIT_KEY_MODIFIABLE },
		{ CKA_DERIVE, false, AUDIT_KEY_DERIVES },
		{ CKA_UNWRAP, false, AUDIT_KEY_UNWRAPS },
		{ CKA_WRAP, false, AUDIT_KEY_WRAPS },
		{ CKA_DECRYPT, false, AUDIT_KEY_DECRYPTS },
		{ CKA_ENCRYPT, false, AUDIT_KEY_ENCRYPTS },
		{ CKA_ALWAYS_AUTHENTICATE, false, AUDIT_KEY_ALWAYS_ASKS },
	};
	AUDIT_RIG(t);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		lie.lie = rows[i].type;
		EXPECT(&t, hsm_audit_row(rows[i].code)->code, rows[i].code,
		       rows[i].type == CKA_PRIVATE ? AUDIT_STRAY : NOTHING);
		lie.lie = 0;
		lie.mute = rows[i].type;
		EXPECT(&t, hsm_audit_row(rows[i].code)->code,
		       rows[i].owed ? rows[i].code : NOTHING);
		lie.mute = 0;
	}
}

static void
test_origin(void)
{
	AUDIT_RIG(t);
	audit_lie.number = CKA_KEY_GEN_MECHANISM;
	audit_lie.number_is = CK_UNAVAILABLE_INFORMATION;
	EXPECT(&t, "no mechanism", AUDIT_KEY_ORIGIN_UNSAID);
	audit_lie.number_is = CKM_DES3_KEY_GEN;
	EXPECT(&t, "a foreign mechanism", AUDIT_KEY_ORIGIN_ODD);
}

static void
test_too_many(void)
{
	AUDIT_RIG(t);
	audit_lie.same_object_for_ever = true;
	const struct audit_seen seen = audit_liar_run(&t, "", true);

	CU_ASSERT_EQUAL(seen.err, OK);
	CU_ASSERT_EQUAL(seen.keys, AUDIT_KEYS_MAX);
	CU_ASSERT_EQUAL(seen.found[AUDIT_KEYS_CUT], 1);
}

/* --- what a key does ------------------------------------------------------ */

static void
test_value(void)
{
	static const struct {
		enum value_lie lie;
		enum audit_code code;
	} rows[] = {
		{ VALUE_GIVEN, AUDIT_READ_SUCCEEDED },
		{ VALUE_LEAKED, AUDIT_READ_LEAKED },
		{ VALUE_TOO_SMALL, AUDIT_READ_OFFERED },
		{ VALUE_ERROR, AUDIT_READ_UNCLEAR },
		{ VALUE_NOTHING, AUDIT_READ_UNCLEAR },
		{ VALUE_UNAVAILABLE, NOTHING },
	};
	AUDIT_RIG(t);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		audit_lie.value = rows[i].lie;
		EXPECT(&t, "the private value", rows[i].code);
	}
}

static void
test_wrap(void)
{
	static const CK_MECHANISM_TYPE by[] = { CKM_AES_KEY_WRAP_PAD,
		                                CKM_AES_KEY_WRAP,
		                                CKM_AES_CBC_PAD };
	AUDIT_RIG(t);

	for (size_t i = 0; i < ARRAY_LEN(by); i++) {
		audit_lie.wraps_by = by[i]; /* the others refuse */
		EXPECT(&t, "wraps by one", AUDIT_WRAP_SUCCEEDED);
	}
	audit_lie.wraps_by = 0;
	audit_lie.wrap = CKR_BUFFER_TOO_SMALL;
	EXPECT(&t, "would wrap", AUDIT_WRAP_OFFERED);
	audit_lie.wrap = CKR_FUNCTION_FAILED;
	EXPECT(&t, "fails to wrap", AUDIT_WRAP_UNCLEAR);
	audit_lie.wrap = CKR_MECHANISM_INVALID;
	EXPECT(&t, "cannot wrap", AUDIT_WRAP_UNCLEAR);
	audit_lie.wrap = 0;
	audit_lie.keygen = CKR_MECHANISM_INVALID;
	EXPECT(&t, "no wrapping key", AUDIT_WRAP_UNCLEAR);
}

static void
test_sign(void)
{
	AUDIT_RIG(t);
	lie.sign_flip = true;
	EXPECT(&t, "a wrong bit", AUDIT_SIGN_FAILED);
	lie.sign_flip = false;
	lie.sign_cut = 1;
	EXPECT(&t, "a byte short", AUDIT_SIGN_FAILED);
	lie.sign_cut = 0;
	lie.sign = CKR_FUNCTION_FAILED;
	EXPECT(&t, "no signature", AUDIT_SIGN_FAILED);
	CU_ASSERT_EQUAL(audit_liar_run(&t, "", true).found[AUDIT_SIGN_FAILED],
	                2);
	lie.sign = CKR_OK;
	audit_lie.mac_constant = true;
	EXPECT(&t, "one MAC for all", AUDIT_SIGN_FAILED);
	audit_lie.mac_constant = false;
	audit_lie.mac_fickle = true;
	EXPECT(&t, "another MAC each time", AUDIT_SIGN_FAILED);
}

/* --- the generator and the mechanisms ------------------------------------- */

static void
test_random(void)
{
	AUDIT_RIG(t);
	lie.random_fill = 0xa5;
	EXPECT(&t, "one byte for ever", AUDIT_RANDOM_STUCK);
	lie.random_fill = -1;
	audit_lie.random_silent = true;
	EXPECT(&t, "writes nothing", AUDIT_RANDOM_STUCK);
	audit_lie.random_silent = false;
	lie.random_again = true;
	EXPECT(&t, "one draw for ever", AUDIT_RANDOM_REPEATS);
	lie.random_again = false;
	audit_lie.random_skewed = true;
	EXPECT(&t, "three zeros for a one", AUDIT_RANDOM_BIASED);
	audit_lie.random_skewed = false;
	lie.random = CKR_RANDOM_NO_RNG;
	EXPECT(&t, "none", AUDIT_RANDOM_MISSING);
	lie.random = CKR_DEVICE_REMOVED;
	EXPECT(&t, "it fails", AUDIT_CALL_FAILED);
}

static void
test_mechanisms(void)
{
	AUDIT_RIG(t);
	lie.no_mechanism = CKM_ECDSA;
	EXPECT(&t, "no ECDSA", AUDIT_MECHANISM_MISSING, AUDIT_SIGN_UNCHECKED);
	lie.no_mechanism = CKM_SHA256_HMAC;
	EXPECT(&t, "no HMAC", AUDIT_MECHANISM_MISSING);
	lie.no_mechanism = 0;
	audit_lie.mechanisms = AUDIT_MECHANISMS_MAX + 1;
	EXPECT(&t, "more mechanisms than asked for", AUDIT_CALL_FAILED);
}

/* Every row has its words, and no code is there twice. */
static void
test_table(void)
{
	for (unsigned i = 0; i < AUDIT_CODES; i++) {
		const struct audit_row *row = hsm_audit_row(i);

		CU_ASSERT_TRUE(*row->code && *row->text && *row->remedy);
		/* A rehearsal is never stricter. */
		CU_ASSERT_TRUE(row->severity[AUDIT_REHEARSAL] >=
		               row->severity[AUDIT_PRODUCTION]);
		for (unsigned k = 0; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(row->code,
			                           hsm_audit_row(k)->code);
	}
}

static const struct harness_test tests[] = {
	{ "takes a device for a device", test_hardware },
	{ "knows a software token by any of its names", test_disguise },
	{ "reads the token's flags", test_flags },
	{ "tries no PIN that might be the last", test_pin_states },
	{ "looks at each attribute, and at its absence", test_attributes },
	{ "looks at where a key comes from", test_origin },
	{ "says when there were too many keys", test_too_many },
	{ "asks for the private value", test_value },
	{ "tries to wrap keys out", test_wrap },
	{ "has each key sign", test_sign },
	{ "notices a dead generator", test_random },
	{ "asks for the mechanisms that are needed", test_mechanisms },
	{ "has words for each finding", test_table },
	{ NULL, NULL },
};

HARNESS_MAIN("audit_lies", tests)
