/*
 * test_keygen.c - a token that makes something else than it was asked for: keygen
 * judges what it made as the key holder will, says why, and leaves none of it.
 */
#include <stdio.h>
#include <string.h>

#include "hsm/pkcs11/find.h"
#include "tests/common/base/foreign_leaks.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"

FOREIGN_LEAKS

static char why[512];

/* One more signing key; with a handle key where a label is given. */
static err_t
keygen(const struct softtoken *t, const char *handle_label)
{
	AUTO(buf_release) struct buf text = buf_of(sizeof(why) - 1);
	const struct hsm_token_name name = { t->module, SOFTTOKEN_LABEL, "",
		                             NULL };
	const struct hsm_keygen wanted = { .alg = ALG_ES256,
		                           .label = "next",
		                           .id = bytes_of(liar_id_2, 1),
		                           .handle_label = handle_label };
	struct hsm_keygen_result made;
	err_t err = hsm_token_keygen(&name, t->pin, &wanted, &text, &made);

	snprintf(why, sizeof(why), "%s", buf_str(&text));
	return err;
}

/* How many objects have that label, whoever asks. */
static CK_ULONG
count(const struct softtoken *t, const char *label)
{
	struct lie kept = lie;
	CK_ATTRIBUTE wanted[] = { p11_in(CKA_LABEL, label, strlen(label)) };
	CK_OBJECT_HANDLE found[8];
	CK_ULONG n = ARRAY_LEN(found);
	struct p11 *p11 = liar_meddle(t);

	CU_ASSERT_EQUAL(p11_find(p11, wanted, 1, found, &n), OK);
	p11_unload(p11);
	lie = kept;
	return n;
}

static void
must_refuse(const struct softtoken *t, err_t wanted, const char *part)
{
	err_t err = keygen(t, "");

	if (err != wanted || !strstr(why, part) ||
	    !strstr(why, "it was removed"))
		printf("  %s: %s (%s)\n", part, err_name(err), why);
	CU_ASSERT_EQUAL(err, wanted);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, part));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "it was removed"));
	CU_ASSERT_EQUAL(count(t, "next"), 0);
}

/* Each attribute that the key holder looks at. */
static void
test_attributes(void)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		const char *name;
	} rows[] = {
		{ CKA_LOCAL, "CKA_LOCAL is false" }, /* as NSS says */
		{ CKA_SENSITIVE, "CKA_SENSITIVE" },
		{ CKA_ALWAYS_SENSITIVE, "CKA_ALWAYS_SENSITIVE" },
		{ CKA_EXTRACTABLE, "CKA_EXTRACTABLE" },
		{ CKA_NEVER_EXTRACTABLE, "CKA_NEVER_EXTRACTABLE" },
		{ CKA_PRIVATE, "CKA_PRIVATE" },
		{ CKA_SIGN, "CKA_SIGN" },
		{ CKA_DECRYPT, "CKA_DECRYPT" },
		{ CKA_UNWRAP, "CKA_UNWRAP" },
		{ CKA_DERIVE, "CKA_DERIVE" },
		{ CKA_ALWAYS_AUTHENTICATE, "CKA_ALWAYS_AUTHENTICATE" },
	};
	RIG(t);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		lie.lie = rows[i].type;
		must_refuse(&t, E_LATCHED, rows[i].name);
	}
	liar_honest_again(t.module);
	CU_ASSERT_EQUAL(keygen(&t, ""), OK); /* its names are free */
	CU_ASSERT_EQUAL(count(&t, "next"), 2);
}

static void
test_signs(void)
{
	RIG(t);

	lie.sign_flip = true;
	must_refuse(&t, E_LATCHED, "does not verify");
	lie.sign_flip = false;
	lie.sign = CKR_KEY_FUNCTION_NOT_PERMITTED;
	must_refuse(&t, E_LATCHED, "CKR_KEY_FUNCTION_NOT_PERMITTED");
	lie.sign = CKR_FUNCTION_NOT_SUPPORTED;
	must_refuse(&t, E_LATCHED, "CKR_FUNCTION_NOT_SUPPORTED");
	lie.sign = CKR_FUNCTION_FAILED;
	must_refuse(&t, E_DEVICE, "CKR_FUNCTION_FAILED");
}

/* A handle key goes when it was made just now; one that was there stays, and is
 * said to be no good. */
static void
test_handle_key(void)
{
	RIG(t);

	lie.lie = CKA_LOCAL;
	CU_ASSERT_EQUAL(keygen(&t, "anchord-handle"), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "CKA_LOCAL"));
	CU_ASSERT_PTR_NULL(strstr(why, "removed"));
	CU_ASSERT_EQUAL(count(&t, "anchord-handle"), 1);
	CU_ASSERT_EQUAL(keygen(&t, "another"), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "it was removed"));
	CU_ASSERT_EQUAL(count(&t, "another"), 0);
	CU_ASSERT_EQUAL(count(&t, "next"), 0);
}

/* It is said when it does not go. */
static void
test_kept(void)
{
	RIG(t);

	lie.lie = CKA_LOCAL;
	lie.destroy = CKR_ACTION_PROHIBITED;
	CU_ASSERT_EQUAL(keygen(&t, ""), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "it is still in the token"));
	CU_ASSERT_EQUAL(count(&t, "next"), 2);
}

/* A key that wants the PIN for each signature, in a device that keeps to that: it
 * is refused before it is asked for one. */
static void
test_asks_each_time(void)
{
	RIG(t);
	CK_MECHANISM by = { CKM_ECDSA, NULL, 0 };
	struct hsm_options options = liar_options(&t);
	struct hsm *hsm = NULL;
	struct p11_uri uri;
	CK_OBJECT_HANDLE key;
	uint8_t digest[32] = { 1 }, out[64];
	CK_ULONG n = sizeof(out);

	liar_drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	liar_drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	liar_add_pair_with(&t, "anchord-sign", bytes_of(liar_id_1, 1),
	                   p11_in(CKA_ALWAYS_AUTHENTICATE, &liar_yes, 1));
	AUTO(buf_release) struct buf text = buf_of(256);
	CU_ASSERT_EQUAL_FATAL(p11_uri_parse(t.uri, &text, &uri), OK);
	struct p11 *p11 = liar_meddle(&t);
	CU_ASSERT_EQUAL_FATAL(p11_find_private(p11, &uri, &key), OK);
	CU_ASSERT_EQUAL(liar_honest.C_SignInit(p11->session, &by, key), CKR_OK);
	CU_ASSERT_EQUAL(liar_honest.C_Sign(p11->session, digest, sizeof(digest),
	                                   out, &n),
	                CKR_USER_NOT_LOGGED_IN);
	p11_unload(p11);

	CU_ASSERT_EQUAL(liar_open_with(&options, t.pin, &hsm), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "CKA_ALWAYS_AUTHENTICATE"));
	CU_ASSERT_EQUAL(lie.signs, 0);
}

static const struct harness_test tests[] = {
	{ "keeps no key with an attribute that the service refuses",
	  test_attributes },
	{ "keeps no key that does not sign", test_signs },
	{ "keeps no handle key of its making that is refused",
	  test_handle_key },
	{ "says when the token keeps it", test_kept },
	{ "a key that wants its PIN each time is refused before it signs",
	  test_asks_each_time },
	{ NULL, NULL },
};

HARNESS_MAIN("keygen", tests)
