/*
 * test_admin.c - which kind of device an officer means, and what a kind has not.
 * No device is asked: each answer comes before.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "hsm/admin/int.h"
#include "hsm/audit/audit.h"
#include "hsm/audit/strays.h"
#include "hsm/core/look.h"

#define TOKEN "pkcs11:token=t;serial=1;object=k;id=%01"
#define TPM "tpm2:device:/dev/tpmrm0"

static char said[512];

static err_t
note(err_t err, const struct buf *why)
{
	snprintf(said, sizeof(said), "%.*s", (int)why->len,
	         (const char *)why->data);
	return err;
}

/* Everything that a TPM has not is refused by the same words. */
static void
test_lacks(void)
{
	const struct hsm_token_name tpm = { .uri = TPM };
	const struct hsm_strays_ops ops = { NULL, NULL, NULL };
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_token token;

	CU_ASSERT_EQUAL(
	        note(hsm_token_init(&tpm, NULL, NULL, &why, &token), &why),
	        E_DENIED);
	CU_ASSERT_STRING_EQUAL(said, "tpm2: devices do not support 'init'");
	buf_reset(&why);
	CU_ASSERT_EQUAL(
	        note(hsm_token_so_pin(&tpm, NULL, NULL, &why, &token), &why),
	        E_DENIED);
	CU_ASSERT_STRING_EQUAL(said, "tpm2: devices do not support 'so_pin'");
	buf_reset(&why);
	CU_ASSERT_EQUAL(
	        note(hsm_token_strays(&tpm, NULL, false, &ops, &why), &why),
	        E_DENIED);
	CU_ASSERT_STRING_EQUAL(said, "tpm2: devices do not support 'strays'");
}

/* A token has a security officer, and neither owner nor attestation. */
static void
test_lacks_owner(void)
{
	static const struct hsm_token_name token = { .module = "/none",
		                                     .label = "t",
		                                     .serial = "" };
	const struct hsm_ownership_wanted wanted = { .max_tries = 3 };
	const struct hsm_attest_ops ops = { NULL, NULL };
	const uint8_t nonce[HASH_SIZE] = { 0 };
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_token is;

	CU_ASSERT_EQUAL(note(hsm_token_own(&token, &wanted, &why, &is), &why),
	                E_DENIED);
	CU_ASSERT_STRING_EQUAL(said, "pkcs11: devices do not support 'own'");
	buf_reset(&why);
	CU_ASSERT_EQUAL(
	        note(hsm_token_attest(&token, NULL, nonce, &ops, &why), &why),
	        E_DENIED);
	CU_ASSERT_STRING_EQUAL(said, "pkcs11: devices do not support 'attest'");
}

/* Certificates and genesis lie beside a TPM. */
static void
test_lacks_trust(void)
{
	const struct hsm_token_name tpm = { .uri = TPM };
	const struct hsm_trust_officer who = { NULL, NULL };
	const uint8_t digest[HASH_SIZE] = { 0 };
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_trust_put put;

	CU_ASSERT_EQUAL(note(hsm_trust_put_certificate(
	                             &tpm, &who, bytes_of("x", 1), &why, &put),
	                     &why),
	                E_DENIED);
	CU_ASSERT_STRING_EQUAL(
	        said, "tpm2: devices do not support 'put_certificate'");
	buf_reset(&why);
	CU_ASSERT_EQUAL(
	        note(hsm_trust_put_genesis(&tpm, &who, digest, &why, &put),
	             &why),
	        E_DENIED);
	CU_ASSERT_STRING_EQUAL(said,
	                       "tpm2: devices do not support 'put_genesis'");
	buf_reset(&why);
	CU_ASSERT_EQUAL(
	        note(hsm_trust_remove_certificate(&tpm, &who, digest, &why),
	             &why),
	        E_DENIED);
	CU_ASSERT_STRING_EQUAL(
	        said, "tpm2: devices do not support 'remove_certificate'");
	buf_reset(&why);
	CU_ASSERT_EQUAL(
	        note(hsm_trust_remove_genesis(&tpm, &who, digest, &why), &why),
	        E_DENIED);
	CU_ASSERT_STRING_EQUAL(said,
	                       "tpm2: devices do not support 'remove_genesis'");
}

/* The verbs that every kind of ours has: a new one is listed here or above. */
static void
test_rows(void)
{
	const struct hsm_admin *kind;

	for (size_t i = 0; (kind = hsm_admin_at(i)); i++) {
		CU_ASSERT_PTR_NOT_NULL(kind->list);
		CU_ASSERT_PTR_NOT_NULL(kind->keygen);
		CU_ASSERT_PTR_NOT_NULL(kind->public);
		CU_ASSERT_PTR_NOT_NULL(kind->audit);
		CU_ASSERT_PTR_NOT_NULL(kind->mechanism_name);
		CU_ASSERT_PTR_NOT_NULL(kind->place);
		CU_ASSERT_PTR_NOT_NULL(kind->next);
		CU_ASSERT_PTR_NOT_NULL(kind->prove);
		CU_ASSERT_PTR_NOT_NULL(kind->left);
		CU_ASSERT_PTR_NOT_NULL(kind->destroy);
		CU_ASSERT_PTR_NOT_NULL(kind->trust);
		CU_ASSERT_PTR_NOT_NULL(kind->move_head);
		CU_ASSERT_PTR_NOT_NULL(kind->raise_counter);
		CU_ASSERT_PTR_NOT_NULL(kind->backend->trust_list);
		CU_ASSERT_PTR_NOT_NULL(kind->backend->check_uri);
		CU_ASSERT_PTR_NOT_NULL(kind->backend->look);
	}
}

/* A URI of no kind, and a name that is of the other sort. */
static void
test_other(void)
{
	static const struct hsm_token_name other = { .uri = "other:x" };
	static const struct hsm_token_name token = { .uri = TOKEN };
	const struct hsm_list_ops ops = { NULL, NULL, NULL };
	AUTO(buf_release) struct buf why = buf_of(256);

	CU_ASSERT_EQUAL(note(hsm_token_list(&other, NULL, &ops, &why), &why),
	                E_CONFIG);
	CU_ASSERT_STRING_EQUAL(said, "a token URI must begin with pkcs11: or "
	                             "tpm2:");
	buf_reset(&why);
	CU_ASSERT_EQUAL(note(hsm_token_list(&token, NULL, &ops, &why), &why),
	                E_CONFIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "named by --module and --token"));
	CU_ASSERT_TRUE(hsm_by_module(TOKEN));
	CU_ASSERT_FALSE(hsm_by_module(TPM));
	CU_ASSERT_FALSE(hsm_by_module("other:x"));
}

/* What only a TPM can be asked for is not passed over elsewhere. */
static void
test_only_tpm(void)
{
	static const struct hsm_token_name token = { .module = "/none",
		                                     .label = "t",
		                                     .serial = "" };
	const struct hsm_keygen wanted[] = {
		{ .label = "k", .handle_label = "h", .companion = true },
		{ .label = "k", .handle_label = "h", .lockout_off = true },
	};
	struct hsm_keygen_result r;

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		AUTO(buf_release) struct buf why = buf_of(256);

		CU_ASSERT_EQUAL(note(hsm_token_keygen(&token, NULL, &wanted[i],
		                                      &why, &r),
		                     &why),
		                E_DENIED);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "for a TPM only"));
	}
}

/* What `anchord --check` asks without a device. */
static void
test_look(void)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_look look;

	CU_ASSERT_EQUAL(hsm_look_uri(TOKEN, &why), OK);
	CU_ASSERT_EQUAL(hsm_look_uri(TPM, &why), OK);
	CU_ASSERT_EQUAL(why.len, 0);
	CU_ASSERT_EQUAL(hsm_look_uri("pkcs11:token=t", &why), E_CONFIG);
	CU_ASSERT_EQUAL(hsm_look_uri("tpm2:", &why), E_CONFIG);
	buf_reset(&why);
	CU_ASSERT_EQUAL(note(hsm_look_uri("other:x", &why), &why), E_CONFIG);
	CU_ASSERT_STRING_EQUAL(said, "a token URI must begin with pkcs11: or "
	                             "tpm2:");
	buf_reset(&why);
	CU_ASSERT_EQUAL(hsm_look("/none", TOKEN, &why, &look), E_CONFIG);
	CU_ASSERT_TRUE(why.len > 0);
}

/* A number of one kind is never called by a name of the other. */
static void
test_mechanisms(void)
{
	CU_ASSERT_STRING_EQUAL(hsm_mechanism_name(0x1041), "CKM_ECDSA");
	CU_ASSERT_STRING_EQUAL(hsm_mechanism_name((1ULL << 32) | 0x18),
	                       "TPM_ALG_ECDSA");
	CU_ASSERT_STRING_EQUAL(hsm_mechanism_name((1ULL << 32) | 0x1041), "");
	CU_ASSERT_STRING_EQUAL(hsm_mechanism_name(0x18), "");
}

static const struct harness_test tests[] = {
	{ "says what a kind has not", test_lacks },
	{ "says that a token has no owner", test_lacks_owner },
	{ "says what a TPM does not store", test_lacks_trust },
	{ "every other verb is there", test_rows },
	{ "takes no name of another sort", test_other },
	{ "refuses what only a TPM has", test_only_tpm },
	{ "looks at a URI", test_look },
	{ "names mechanisms of each kind", test_mechanisms },
	{ NULL, NULL },
};

HARNESS_MAIN("admin", tests)
