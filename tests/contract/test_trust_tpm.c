/*
 * test_trust_tpm.c - the trust counter and the trust head of a TPM: read back,
 * never back, and what the owner of the TPM can and cannot undo.
 */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "hsm/tpm2/trust.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/softtoken.h"
#include "tests/common/devices/swtpm_kit.h"
#include "tests/common/devices/tpm_look.h"
#include "tests/common/devices/trust_kit.h"

#define RIG(t)                                                     \
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };           \
	if (!swtpm_open(&(t)) || !swtpm_keys(&(t), "", ALG_ES256)) \
	return

/* Without a signing key. */
#define RIG_BESIDE(t)                                     \
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };  \
	if (!swtpm_open(&(t)) || !swtpm_beside(&(t), "")) \
	return

static const struct hsm_trust_officer nobody = { NULL, NULL };

static struct hsm_token_name
name_of(const struct swtpm *t)
{
	return (struct hsm_token_name){ .uri = t->uri };
}

static err_t
open_device(const char *uri, const struct swtpm *t, struct hsm **ret_hsm)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	const struct hsm_options options = { .uri = uri,
		                             .spki_sha256 = t->public_sha256 };
	err_t err = hsm_open(&options, t->pin, &why, ret_hsm);

	if (err != OK)
		printf("  %s: %s\n", err_name(err), buf_str(&why));
	return err;
}

static void
test_counts(void)
{
	struct hsm_trust_put put;
	uint8_t digest[HASH_SIZE] = { 0 };
	uint64_t now = 0;
	RIG_BESIDE(t);
	const struct hsm_token_name name = name_of(&t);
	struct trust_seen seen;
	AUTO(buf_release) struct buf tpm = buf_of(HEX_LEN(HASH_SIZE));

	trust_kit_counts(&name, &nobody);
	/* which indexes of which TPM these are: its parent's name has the digest */
	trust_kit_good(trust_kit_read(&name, NULL, &seen));
	CU_ASSERT_STRING_EQUAL(
	        seen.trust.place.counter,
	        "tpm2:trust-counter=0x01818100;trust-head=0x01818101");
	encode_hex(&tpm, bytes_of(seen.trust.place.tpm, HASH_SIZE));
	CU_ASSERT_PTR_NOT_NULL(strstr(t.uri, "parent-name=000b"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t.uri, buf_str(&tpm)));
	/* more steps than a person would want */
	trust_kit_good(trust_kit_raise(&name, &nobody, 0, &now));
	CU_ASSERT_EQUAL(trust_kit_raise(&name, &nobody,
	                                now + HSM_TRUST_RAISE_MAX + 1, &now),
	                E_LIMIT);
	/* certificates and genesis lie beside a TPM */
	CU_ASSERT_EQUAL(trust_kit_genesis(&name, &nobody, 1, &put), E_DENIED);
	CU_ASSERT_EQUAL(trust_kit_put(&name, &nobody, bytes_of("x", 1), &put),
	                E_DENIED);
	CU_ASSERT_EQUAL(trust_kit_remove(&name, &nobody, digest), E_DENIED);
}

/* The key holder's view, as the device and beside a token alike. */
static void
test_open_device(void)
{
	AUTO(hsm_close) struct hsm *hsm = NULL;
	struct trust_seen seen;
	uint64_t now = 0;
	RIG(t);
	const struct hsm_token_name name = name_of(&t);

	trust_kit_good(trust_kit_move(&name, &nobody, 5));
	trust_kit_good(trust_kit_raise(&name, &nobody, 0, &now));
	CU_ASSERT_EQUAL_FATAL(open_device(t.uri, &t, &hsm), OK);
	CU_ASSERT_EQUAL(trust_kit_read_open(hsm, &seen), OK);
	CU_ASSERT_EQUAL(seen.trust.n_found, 0);
	CU_ASSERT_EQUAL(seen.trust.n_genesis, 0);
	CU_ASSERT_EQUAL(seen.trust.n_heads, 1);
	CU_ASSERT_EQUAL(seen.trust.head.version, 5);
	CU_ASSERT_EQUAL(seen.trust.n_counters, 1);
	CU_ASSERT_EQUAL(seen.trust.counter, now);
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
	hsm_close(TAKE(hsm));
	/* no read was counted as a wrong PIN */
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 0);
}

/* Whoever has all that the key holder has moves neither. */
static void
test_not_by_pin(void)
{
	AUTO(t2_close) struct tpm2 *tpm = NULL;
	struct t2_trust_index index;
	struct t2_uri uri;
	TPM2B_MAX_NV_BUFFER data = { .size = T2_TRUST_HEAD_SIZE };
	uint64_t before = 0;
	uint64_t after = 0;
	RIG_BESIDE(t);
	const struct hsm_token_name name = name_of(&t);

	trust_kit_good(trust_kit_raise(&name, &nobody, 0, &before));
	trust_kit_good(trust_kit_move(&name, &nobody, 5));
	CU_ASSERT_EQUAL_FATAL(tpm_look(&t, &tpm, &uri), OK);
	CU_ASSERT_EQUAL(t2_trust_find(tpm, uri.trust_counter, &t2_trust_counter,
	                              &index),
	                OK);
	CU_ASSERT_NOT_EQUAL(T2_CALL(tpm, NV_Increment,
	                            (index.object, index.object, tpm->session,
	                             ESYS_TR_NONE, ESYS_TR_NONE)),
	                    OK);
	t2_trust_leave(tpm, &index);
	CU_ASSERT_EQUAL(
	        t2_trust_find(tpm, uri.trust_head, &t2_trust_head, &index), OK);
	CU_ASSERT_NOT_EQUAL(T2_CALL(tpm, NV_Write,
	                            (index.object, index.object, tpm->session,
	                             ESYS_TR_NONE, ESYS_TR_NONE, &data, 0)),
	                    OK);
	t2_trust_leave(tpm, &index);
	t2_close(TAKE(tpm));
	trust_kit_good(trust_kit_raise(&name, &nobody, 0, &after));
	CU_ASSERT_EQUAL(after, before);
}

/* An owner deletes and defines as he likes, and the counter goes on. */
static void
test_never_back(void)
{
	struct trust_seen seen;
	uint64_t before = 0;
	uint64_t after = 0;
	RIG_BESIDE(t);
	const struct hsm_token_name name = name_of(&t);

	trust_kit_good(trust_kit_raise(&name, &nobody, 0, &before));
	trust_kit_good(trust_kit_raise(&name, &nobody, before + 5, &before));
	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_nvundefine -C o 0x01818100"));
	trust_kit_good(trust_kit_read(&name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_counters, 0);
	trust_kit_good(trust_kit_raise(&name, &nobody, 0, &after));
	CU_ASSERT_TRUE(after > before);
	CU_ASSERT_EQUAL(trust_kit_raise(&name, &nobody, before, &after),
	                E_CONFLICT);
	/* an incremented counter of another index counts, too */
	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_nvundefine -C o 0x01818100"));
	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_nvdefine -C o -s 8 -a "
	                              "ownerwrite|authread|no_da|nt=counter "
	                              "0x01818100"));
	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_nvincrement -C o 0x01818100"));
	trust_kit_good(trust_kit_raise(&name, &nobody, 0, &after));
	CU_ASSERT_TRUE(after > before + 1);
}

/* The head is no more than evidence: its owner puts an old one back. */
static void
test_head_is_evidence(void)
{
	struct trust_seen seen;
	RIG_BESIDE(t);
	const struct hsm_token_name name = name_of(&t);

	trust_kit_good(trust_kit_move(&name, &nobody, 9));
	CU_ASSERT_EQUAL(trust_kit_move(&name, &nobody, 8), E_CONFLICT);
	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_nvundefine -C o 0x01818101"));
	trust_kit_good(trust_kit_move(&name, &nobody, 8));
	trust_kit_good(trust_kit_read(&name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.trust.head.version, 8);
}

/* An index that is like ours, and is another: not read, not used. */
static void
test_others(void)
{
	static const char *const attributes[] = {
		"ownerwrite|authread|no_da|authwrite", /* anybody writes */
		"ownerwrite|authread",                 /* counts wrong PINs */
		"ownerwrite|authread|no_da|orderly",
	};
	struct trust_seen seen;
	char line[128];
	RIG_BESIDE(t);
	const struct hsm_token_name name = name_of(&t);

	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		snprintf(line, sizeof(line),
		         "tpm2_nvdefine -C o -s 40 -a %s 0x01818101",
		         attributes[i]);
		CU_ASSERT_TRUE(swtpm_tool(&t, line));
		trust_kit_good(trust_kit_read(&name, NULL, &seen));
		CU_ASSERT_EQUAL(seen.trust.n_heads, 0);
		CU_ASSERT_EQUAL(seen.trust.n_odd, 1);
		CU_ASSERT_EQUAL(trust_kit_move(&name, &nobody, 1), E_CONFLICT);
		CU_ASSERT_TRUE(
		        swtpm_tool(&t, "tpm2_nvundefine -C o 0x01818101"));
	}
	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_nvdefine -C o -s 41 -a "
	                              "ownerwrite|authread|no_da 0x01818101"));
	CU_ASSERT_EQUAL(trust_kit_move(&name, &nobody, 1), E_CONFLICT);
}

/* The owner's authorisation is asked for when it is set. */
static void
test_owner(void)
{
	AUTO(secret_free) struct secret *owner = NULL;
	uint64_t now = 0;
	struct trust_seen seen;
	RIG_BESIDE(t);
	const struct hsm_token_name name = name_of(&t);

	trust_kit_good(trust_kit_move(&name, &nobody, 1));
	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_changeauth -c owner of-officers"));
	CU_ASSERT_EQUAL(trust_kit_move(&name, &nobody, 2), E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(trust_kit_why, "the TPM's owner"));
	CU_ASSERT_EQUAL(trust_kit_raise(&name, &nobody, 0, &now), E_DENIED);
	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str("of-officers"), &owner),
	                      OK);
	const struct hsm_trust_officer officer = { owner, NULL };
	trust_kit_good(trust_kit_move(&name, &officer, 2));
	trust_kit_good(trust_kit_raise(&name, &officer, 0, &now));
	trust_kit_good(trust_kit_raise(&name, &officer, now + 2, &now));
	trust_kit_good(trust_kit_read(&name, NULL, &seen)); /* anybody reads */
	CU_ASSERT_EQUAL(seen.trust.head.version, 2);
	CU_ASSERT_EQUAL(seen.trust.counter, now);
}

/* Beside a token the TPM has head and counter, and the token the certificates. */
static void
test_beside(void)
{
	AUTO(hsm_close) struct hsm *hsm = NULL;
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(buf_release) struct buf der = buf_of(4096);
	AUTO(softtoken_close) struct softtoken token = { .module = NULL };
	uint8_t sha256[HASH_SIZE];
	struct hsm_trust_put put;
	struct trust_seen seen;
	uint64_t in_tpm = 0;
	uint64_t now = 0;
	RIG_BESIDE(t);
	const struct hsm_token_name name = name_of(&t);
	if (!softtoken_open(&token))
		return;
	const struct hsm_token_name token_name = { token.module,
		                                   SOFTTOKEN_LABEL, "", NULL };
	const struct hsm_trust_officer user = { NULL, token.pin };
	const struct hsm_options options = {
		.module = token.module,
		.uri = token.uri,
		.handle_label = "anchord-handle",
		.companion_tpm = t.uri,
		.spki_sha256 = token.public_sha256,
	};

	trust_kit_certificate(1, &der, sha256);
	trust_kit_good(
	        trust_kit_put(&token_name, &user, buf_bytes(&der), &put));
	trust_kit_good(trust_kit_genesis(&token_name, &user, 1, &put));
	trust_kit_good(trust_kit_move(&token_name, &user, 99));
	trust_kit_good(trust_kit_raise(&token_name, &user, 9999, &now));
	trust_kit_good(trust_kit_move(&name, &nobody, 5));
	trust_kit_good(trust_kit_raise(&name, &nobody, 0, &in_tpm));
	CU_ASSERT_EQUAL_FATAL(hsm_open(&options, t.pin, &why, &hsm), OK);
	CU_ASSERT_EQUAL(trust_kit_read_open(hsm, &seen), OK);
	CU_ASSERT_PTR_NOT_NULL(trust_kit_find(&seen, sha256));
	CU_ASSERT_EQUAL(seen.trust.n_genesis, 1);
	CU_ASSERT_EQUAL(seen.trust.head.version, 5);
	CU_ASSERT_EQUAL(seen.trust.counter, in_tpm);
}

/* Who sits between cannot deny what is there, and a read that fails is no loss. */
static void
test_between(void)
{
	AUTO(hsm_close) struct hsm *hsm = NULL;
	AUTO(tpm_between_close) struct tpm_between b = { .uri = "" };
	struct trust_seen seen;
	RIG(t);
	const struct hsm_token_name name = name_of(&t);

	trust_kit_good(trust_kit_move(&name, &nobody, 5));
	CU_ASSERT_TRUE_FATAL(tpm_between(&b, &t));
	CU_ASSERT_EQUAL_FATAL(open_device(b.uri, &t, &hsm), OK);
	tpm_between_order(&b, TPM_CMD_NV_Read, TPM_DEED_wrong);
	CU_ASSERT_EQUAL(trust_kit_read_open(hsm, &seen), E_IO);
	CU_ASSERT_PTR_NOT_NULL(strstr(hsm_why(hsm), "NV_Read"));
}

static const struct harness_test tests[] = {
	{ "head and counter are read back, and never go back", test_counts },
	{ "the key holder reads the same", test_open_device },
	{ "without the owner neither is moved", test_not_by_pin },
	{ "the counter never goes back, deleted and defined", test_never_back },
	{ "the head goes back with its owner's help", test_head_is_evidence },
	{ "an index of another kind is none of ours", test_others },
	{ "the owner's authorisation is asked for", test_owner },
	{ "beside a token it has head and counter", test_beside },
	{ "an answer that was changed on its way is none", test_between },
	{ NULL, NULL },
};

HARNESS_MAIN("trust objects, TPM", tests)
