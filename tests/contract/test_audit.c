/*
 * test_audit.c - the audit on real tokens that have one defect each, of those
 * that SoftHSM can hold.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/devices/audit_keys.h"
#include "tests/common/fakes/audit_liar.h"
#include "tests/common/base/foreign_leaks.h"
#include "tests/common/base/harness.h"

FOREIGN_LEAKS

/* --- tests ---------------------------------------------------------------- */

static void
test_sound(void)
{
	AUDIT_RIG(t);
	EXPECT(&t, "a sound token", NOTHING);

	const struct audit_seen seen = audit_liar_run(&t, "", true);
	CU_ASSERT_EQUAL(seen.keys, 3);
	CU_ASSERT_TRUE(seen.mechanisms > 20);
	CU_ASSERT_TRUE(seen.token.logged_in);
	CU_ASSERT_TRUE(seen.token.token.software);
	/* What SoftHSM cannot hide, each of it once or for both keys. */
	CU_ASSERT_EQUAL(seen.found[AUDIT_SOFTWARE_TOKEN], 1);
	CU_ASSERT_EQUAL(seen.found[AUDIT_SLOT_NOT_HARDWARE], 1);
	CU_ASSERT_EQUAL(seen.found[AUDIT_MECHANISM_NOT_HARDWARE], 2);
	CU_ASSERT_EQUAL(seen.found[AUDIT_MECHANISM_WEAK], 1);
	CU_ASSERT_EQUAL(seen.found[AUDIT_KEY_MECHANISMS_OPEN], 2);
	CU_ASSERT_EQUAL(lie.logins, 2); /* one an audit */
}

/* An audit leaves nothing behind. */
static void
test_leaves_nothing(void)
{
	AUDIT_RIG(t);
	CK_OBJECT_HANDLE found[16];
	CK_ULONG before = ARRAY_LEN(found);
	CK_ULONG after = ARRAY_LEN(found);

	struct p11 *p11 = liar_meddle(&t);
	CU_ASSERT_EQUAL(p11_find(p11, NULL, 0, found, &before), OK);
	p11_unload(p11);
	EXPECT(&t, "a sound token", NOTHING);
	p11 = liar_meddle(&t);
	CU_ASSERT_EQUAL(p11_find(p11, NULL, 0, found, &after), OK);
	p11_unload(p11);
	CU_ASSERT_EQUAL(before, 4);
	CU_ASSERT_EQUAL(after, before);
}

static void
test_extractable(void)
{
	AUDIT_RIG(t);
	liar_add_pair(&t, "second", bytes_of(liar_id_2, 1), true);
	EXPECT(&t, "extractable", AUDIT_KEY_EXTRACTABLE,
	       AUDIT_KEY_ONCE_EXTRACTABLE, AUDIT_KEY_MODIFIABLE,
	       AUDIT_WRAP_SUCCEEDED);
}

static void
test_imported(void)
{
	AUDIT_RIG(t);
	audit_import_pair(
	        &t, &(struct audit_import){ .private = 1, .sensitive = true });
	EXPECT(&t, "imported", AUDIT_KEY_IMPORTED, AUDIT_KEY_ONCE_NOT_SENSITIVE,
	       AUDIT_KEY_ONCE_EXTRACTABLE);
}

static void
test_readable(void)
{
	AUDIT_RIG(t);
	audit_import_pair(&t, &(struct audit_import){ .private = 1,
	                                              .extractable = true });
	EXPECT(&t, "readable", AUDIT_KEY_IMPORTED, AUDIT_KEY_NOT_SENSITIVE,
	       AUDIT_KEY_ONCE_NOT_SENSITIVE, AUDIT_KEY_EXTRACTABLE,
	       AUDIT_KEY_ONCE_EXTRACTABLE, AUDIT_READ_SUCCEEDED,
	       AUDIT_WRAP_SUCCEEDED);
}

static void
test_halves_that_differ(void)
{
	AUDIT_RIG(t);
	audit_import_pair(
	        &t, &(struct audit_import){ .private = 2, .sensitive = true });
	EXPECT(&t, "another's public half", AUDIT_KEY_IMPORTED,
	       AUDIT_KEY_ONCE_NOT_SENSITIVE, AUDIT_KEY_ONCE_EXTRACTABLE,
	       AUDIT_SIGN_FAILED);
}

static void
test_twins(void)
{
	AUDIT_RIG(t);
	liar_add_pair(&t, "anchord-sign", bytes_of(liar_id_2, 1), false);
	EXPECT(&t, "same label", AUDIT_TWIN_LABEL, AUDIT_KEY_MODIFIABLE);
}

static void
test_twin_ids(void)
{
	AUDIT_RIG(t);
	liar_add_pair(&t, "second", bytes_of(liar_id_1, 1), false);
	EXPECT(&t, "same id", AUDIT_TWIN_ID, AUDIT_KEY_MODIFIABLE);
}

/* Public halves are private objects in some tokens.  They have the label and the id
 * of their private halves, and are no second key of that name. */
static void
test_halves_are_no_twins(void)
{
	AUDIT_RIG(t);
	audit_make_hidden_pair(&t);
	EXPECT(&t, "a public half that needs the PIN", NOTHING);
}

static void
test_unnamed(void)
{
	AUDIT_RIG(t);
	liar_add_pair(&t, "", bytes_of(liar_id_2, 1), false);
	EXPECT(&t, "no label", AUDIT_KEY_UNNAMED, AUDIT_KEY_MODIFIABLE);
}

static void
test_no_id(void)
{
	AUDIT_RIG(t);
	liar_add_pair(&t, "second", bytes_of(NULL, 0), false);
	EXPECT(&t, "no id", AUDIT_KEY_UNNAMED, AUDIT_KEY_MODIFIABLE,
	       AUDIT_PUBLIC_MISSING, AUDIT_PUBLIC_ALONE, AUDIT_SIGN_UNCHECKED);
}

static void
test_public_missing(void)
{
	AUDIT_RIG(t);
	liar_drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	EXPECT(&t, "no public half", AUDIT_PUBLIC_MISSING,
	       AUDIT_SIGN_UNCHECKED);
}

static void
test_private_missing(void)
{
	AUDIT_RIG(t);
	liar_drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	EXPECT(&t, "no private half", AUDIT_PUBLIC_ALONE, AUDIT_NO_SIGNING_KEY,
	       AUDIT_STRAY);
	liar_drop_objects(&t, CKO_SECRET_KEY, "anchord-handle");
	EXPECT(&t, "no key at all", AUDIT_PUBLIC_ALONE, AUDIT_NO_SIGNING_KEY,
	       AUDIT_NO_HANDLE_KEY, AUDIT_STRAY);
}

/* One attribute wrong on a real key. */
static void
test_usages(void)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		bool value;
		enum audit_code code;
	} rows[] = {
		{ CKA_WRAP, true, AUDIT_KEY_WRAPS },
		{ CKA_UNWRAP, true, AUDIT_KEY_UNWRAPS },
		{ CKA_DERIVE, true, AUDIT_KEY_DERIVES },
		{ CKA_DECRYPT, true, AUDIT_KEY_DECRYPTS },
		{ CKA_ENCRYPT, true, AUDIT_KEY_ENCRYPTS },
		{ CKA_PRIVATE, false, AUDIT_KEY_PUBLIC },
		{ CKA_MODIFIABLE, true, AUDIT_KEY_MODIFIABLE },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUDIT_RIG(t);
		audit_make_secret(
		        &t, &(struct audit_made){
		                    CKM_AES_KEY_GEN, 32, "aes",
		                    audit_flag(rows[i].type, rows[i].value) });
		EXPECT(&t, hsm_audit_row(rows[i].code)->code, rows[i].code);
	}
}

/* The key holder would be refused at its first signature, and so is the audit. */
static void
test_asking(void)
{
	AUDIT_RIG(t);
	audit_make_asking_pair(&t);
	EXPECT(&t, "asks each time", AUDIT_KEY_ALWAYS_ASKS, AUDIT_SIGN_FAILED);
}

static void
test_insensitive(void)
{
	AUDIT_RIG(t);
	audit_make_secret(
	        &t, &(struct audit_made){ CKM_AES_KEY_GEN, 32, "aes",
	                                  audit_flag(CKA_SENSITIVE, false) });
	EXPECT(&t, "not sensitive", AUDIT_KEY_NOT_SENSITIVE,
	       AUDIT_KEY_ONCE_NOT_SENSITIVE);
}

static void
test_sizes(void)
{
	AUDIT_RIG(t);
	audit_make_secret(&t, &(struct audit_made){
	                              CKM_GENERIC_SECRET_KEY_GEN, 15, "short",
	                              audit_flag(CKA_SIGN, false) });
	EXPECT(&t, "short secret", AUDIT_KEY_WEAK);
	liar_drop_objects(&t, CKO_SECRET_KEY, "short");
	audit_make_secret(&t,
	                  &(struct audit_made){ CKM_DES3_KEY_GEN, 0, "des",
	                                        audit_flag(CKA_SIGN, false) });
	EXPECT(&t, "a kind that nobody asked for", AUDIT_KEY_UNMEASURED);
}

static void
test_pairs(void)
{
	static const uint8_t p224[] = {
		0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x21
	};
	static const uint8_t p521[] = {
		0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23
	};
	static const uint8_t edwards[] = { 0x06, 0x03, 0x2b, 0x65, 0x70 };
	static const CK_ULONG bits = 1024;
	static const CK_ULONG enough = 2048;
	const struct audit_pair rsa = { CKM_RSA_PKCS_KEY_PAIR_GEN,
		                        p11_in(CKA_MODULUS_BITS, &bits,
		                               sizeof(bits)) };
	const struct audit_pair long_rsa = { CKM_RSA_PKCS_KEY_PAIR_GEN,
		                             p11_in(CKA_MODULUS_BITS, &enough,
		                                    sizeof(enough)) };
	const struct audit_pair short_ec = {
		CKM_EC_KEY_PAIR_GEN, p11_in(CKA_EC_PARAMS, p224, sizeof(p224))
	};
	const struct audit_pair long_ec = {
		CKM_EC_KEY_PAIR_GEN, p11_in(CKA_EC_PARAMS, p521, sizeof(p521))
	};
	const struct audit_pair ed25519 = { CKM_EC_EDWARDS_KEY_PAIR_GEN,
		                            p11_in(CKA_EC_PARAMS, edwards,
		                                   sizeof(edwards)) };
	const struct audit_pair *weak[] = { &rsa, &short_ec };
	const struct audit_pair *strong[] = { &long_rsa, &ed25519 };

	for (size_t i = 0; i < ARRAY_LEN(weak); i++) {
		AUDIT_RIG(t);
		audit_make_pair(&t, weak[i]);
		EXPECT(&t, "a weak pair", AUDIT_KEY_WEAK, AUDIT_SIGN_UNCHECKED);
	}
	for (size_t i = 0; i < ARRAY_LEN(strong); i++) {
		AUDIT_RIG(t);
		audit_make_pair(&t, strong[i]);
		EXPECT(&t, "a strong pair", NOTHING);
	}
	AUDIT_RIG(t);
	audit_make_pair(&t, &long_ec); /* a curve that the service has not */
	EXPECT(&t, "a long pair", AUDIT_SIGN_UNCHECKED);
}

static void
expect_allowed(const CK_MECHANISM_TYPE *types, size_t n, bool odd)
{
	AUDIT_RIG(t);
	audit_make_secret(
	        &t, &(struct audit_made){ CKM_GENERIC_SECRET_KEY_GEN, 32, "mac",
	                                  p11_in(CKA_ALLOWED_MECHANISMS, types,
	                                         n * sizeof(types[0])) });
	EXPECT(&t, "allowed mechanisms",
	       odd ? AUDIT_KEY_MECHANISMS_ODD : NOTHING);
	/* The service's two keys have no list; this one has. */
	CU_ASSERT_EQUAL(
	        audit_liar_run(&t, "", true).found[AUDIT_KEY_MECHANISMS_OPEN],
	        2);
}

static void
test_allowed(void)
{
	static const CK_MECHANISM_TYPE right[] = { CKM_SHA256_HMAC };
	static const CK_MECHANISM_TYPE more[] = { CKM_SHA256_HMAC,
		                                  CKM_SHA512_HMAC };
	static const CK_MECHANISM_TYPE other[] = { CKM_SHA512_HMAC };
	CK_MECHANISM_TYPE many[AUDIT_ALLOWED_MAX + 1];

	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = CKM_SHA256_HMAC + i;
	expect_allowed(right, 1, false);
	expect_allowed(more, 2, true);
	expect_allowed(other, 1, true);
	expect_allowed(many, ARRAY_LEN(many), true);
}

static void
test_twin_token(void)
{
	AUDIT_RIG(t);
	struct audit_seen seen = audit_liar_run(&t, "", true);
	char serial[P11_TOKEN_SERIAL + 1];
	unsigned char label[P11_TOKEN_LABEL];
	CK_SLOT_ID slots[P11_SLOTS_MAX];
	CK_ULONG n = 0;

	memcpy(serial, seen.token.token.serial, sizeof(serial));
	memset(label, ' ', sizeof(label));
	memcpy(label, SOFTTOKEN_LABEL, strlen(SOFTTOKEN_LABEL));
	struct p11 *p11 = liar_meddle(&t);
	CU_ASSERT_EQUAL(p11_slots(p11, CK_TRUE, slots, &n), OK);
	CU_ASSERT_EQUAL(n, 2); /* ours, and SoftHSM's free slot */
	CU_ASSERT_EQUAL(liar_honest.C_InitToken(
	                        slots[0] == p11->slot ? slots[1] : slots[0],
	                        p11_unconst(bytes_of_str(SOFTTOKEN_SO_PIN)),
	                        strlen(SOFTTOKEN_SO_PIN), label),
	                CKR_OK);
	p11_unload(p11);

	CU_ASSERT_EQUAL(audit_liar_run(&t, "", true).err, E_CONFLICT);
	seen = audit_liar_run(&t, serial, true);
	CU_ASSERT_EQUAL(seen.err, OK);
	CU_ASSERT_EQUAL(seen.found[AUDIT_TOKEN_TWIN], 1);
	CU_ASSERT_EQUAL(audit_liar_run(&t, "0011223344556677", true).err,
	                E_NOT_FOUND);
}

static void
test_wrong_pin(void)
{
	AUDIT_RIG(t);
	struct softtoken wrong = t;

	wrong.pin = NULL;
	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str("000000"), &wrong.pin),
	                      OK);
	EXPECT(&wrong, "a wrong PIN", AUDIT_PIN_REFUSED, AUDIT_PRIVATE_UNSEEN);
	CU_ASSERT_EQUAL(lie.logins, 1); /* never a second try */
	secret_free(wrong.pin);
	EXPECT(&t, "after a wrong PIN", AUDIT_PIN_COUNT_LOW);
	EXPECT(&t, "after a right one", NOTHING);
}

static void
test_no_login(void)
{
	AUDIT_RIG(t);
	const struct audit_seen seen = audit_liar_run(&t, "", false);

	CU_ASSERT_EQUAL(seen.err, OK);
	CU_ASSERT_EQUAL(lie.logins, 0);
	CU_ASSERT_EQUAL(seen.found[AUDIT_PRIVATE_UNSEEN], 1);
	CU_ASSERT_EQUAL(seen.keys, 1);
	/* What was not looked at is not called missing. */
	CU_ASSERT_EQUAL(seen.found[AUDIT_PUBLIC_ALONE], 0);
	CU_ASSERT_EQUAL(seen.found[AUDIT_NO_SIGNING_KEY], 0);
	CU_ASSERT_FALSE(seen.token.logged_in);
}

static const struct harness_test tests[] = {
	{ "finds a sound token sound, but software", test_sound },
	{ "leaves nothing behind", test_leaves_nothing },
	{ "finds an extractable key, and wraps it out", test_extractable },
	{ "finds an imported key", test_imported },
	{ "finds a readable key, and reads it", test_readable },
	{ "finds halves that do not belong together", test_halves_that_differ },
	{ "finds twins by label", test_twins },
	{ "finds twins by id", test_twin_ids },
	{ "takes the halves of a key for no twins", test_halves_are_no_twins },
	{ "finds a key without a label", test_unnamed },
	{ "finds a key without an id", test_no_id },
	{ "finds that the public half is missing", test_public_missing },
	{ "finds that a private key is missing", test_private_missing },
	{ "finds what a key may do besides", test_usages },
	{ "finds a key that asks for the PIN each time", test_asking },
	{ "finds a key that is not sensitive", test_insensitive },
	{ "measures secret keys", test_sizes },
	{ "measures pairs", test_pairs },
	{ "reads the mechanisms that a key is limited to", test_allowed },
	{ "finds another token of the same label", test_twin_token },
	{ "tries a wrong PIN once", test_wrong_pin },
	{ "says what it did not see without a login", test_no_login },
	{ NULL, NULL },
};

HARNESS_MAIN("audit", tests)
