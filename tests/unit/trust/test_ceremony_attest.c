/*
 * test_ceremony_attest.c - the lines of an attestation in a transcript: what the
 * plan wants is there, once, by one key, over this transcript and about the keys and
 * indexes of that token.
 *
 * Whoever judges the TPM's structures is played here: a certificate is
 * "KIND:NONCE", and its public part says of what it is.
 */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/ceremony_kit.h"
#include "trust/ceremony_tokens.h"

#define PLAN_TPM(more)                                                     \
	PLAN_HEAD "keys = \"stay\";\n" PLAN_PRESENT                        \
	          "tokens = (\n  {\n    uri = \"tpm2:${module}" more       \
	          "    pin_file = \"${token}\";\n    attest = \"keys\";\n" \
	          "  }\n);\n" PLAN_STEPS(KEYGEN)
#define TPM_BESIDE_TOKEN                                                   \
	PLAN_HEAD "keys = \"stay\";\n" PLAN_PRESENT                        \
	          "tokens = (\n  {\n    module = \"${module}\";\n"         \
	          "    label = \"${token}\";\n  },\n"                      \
	          "  {\n    uri = \"tpm2:${module}\";\n"                   \
	          "    pin_file = \"${token}\";\n    attest = \"keys\";\n" \
	          "  }\n);\n" PLAN_STEPS(KEYGEN)
#define KEYS_OF_TPM PLAN_TPM("\";\n")
#define AK "attest ak YWs=" /* "ak" */

/* --- who judges certificates ---------------------------------------------- */

static struct certified_index wanted_index; /* by the last call */

static err_t
play_ak(struct bytes ak, struct buf *why, struct buf *name)
{
	static const uint8_t same[CEREMONY_AK_NAME_SIZE] = { 0, 0x0b, 1 };

	if (!bytes_equal_str(ak, "ak")) {
		buf_append_str(why, "no attestation key");
		return E_DENIED;
	}
	buf_append(name, bytes_of(same, sizeof(same)));
	return OK;
}

static err_t
play_nonce(const struct certified *c, struct buf *why)
{
	if (bytes_equal(c->attest, c->nonce) && bytes_equal_str(c->ak, "ak") &&
	    bytes_equal_str(c->signature, "signed"))
		return OK;
	buf_append_str(why, "over another nonce");
	return E_DENIED;
}

/* The public part is a soft key's name. */
static err_t
play_key(const struct certified *c, struct buf *why, struct buf *spki)
{
	char name[64];

	TRY(play_nonce(c, why));
	snprintf(name, sizeof(name), "%.*s", (int)c->public.len,
	         (const char *)c->public.data);
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ES256, name);
	buf_append(spki, soft_key_spki(soft));
	return OK;
}

/* The public part is the content. */
static err_t
play_index(const struct certified *c, const struct certified_index *wanted,
           struct buf *why, struct bytes *ret_content)
{
	TRY(play_nonce(c, why));
	wanted_index = *wanted;
	if (c->public.len != wanted->size) {
		buf_append_str(why, "another size");
		return E_DENIED;
	}
	*ret_content = c->public;
	return OK;
}

static const struct certifier ops = { play_ak, play_key, play_index };

/* --- a ceremony with a TPM ------------------------------------------------ */

/* Both inventories begin with that token. */
static void
begin_with(struct ceremony_kit *k, const char *plan, const char *token)
{
	ceremony_kit_begin(k, plan);
	k->attest = &ops;
	buf_reset(&k->entries[BEGIN].output);
	ceremony_put_begin(&k->entries[BEGIN].output, &k->begin);
	ceremony_kit_line(k, BEGIN, token);
	ceremony_kit_key(k, BEGIN, "old");
	buf_reset(&k->entries[END].output);
	ceremony_kit_line(k, END, token);
}

static void
begin(struct ceremony_kit *k, const char *plan)
{
	begin_with(k, plan, CEREMONY_SAYS_TOKEN "TPM 2.0' serial 2");
	ceremony_kit_key(k, END, "old");
	ceremony_kit_key(k, END, "hsm");
}

#define TPM(k)                                            \
	AUTO(ceremony_kit_release) struct ceremony_kit k; \
	begin(&(k), KEYS_OF_TPM)

/* A line over the transcript as it is now. */
static void
attest_bytes(struct ceremony_kit *k, const char *what, struct bytes public)
{
	AUTO(buf_release) struct buf line = buf_of(4096);
	uint8_t nonce[HASH_SIZE];

	ceremony_kit_before_end(k, nonce);
	const struct certified c = {
		.public = public,
		.attest = bytes_of(nonce, HASH_SIZE),
		.signature = bytes_of_str("signed"),
	};
	ceremony_put_attested(what, 0x81018001, &c, &line);
	ceremony_kit_line(k, END, buf_str(&line));
}

static void
attest(struct ceremony_kit *k, const char *what, const char *public)
{
	attest_bytes(k, what, bytes_of_str(public));
}

static void
test_sound(void)
{
	TPM(k);

	ceremony_kit_line(&k, END, AK);
	attest(&k, "key", "hsm");
	ceremony_kit_must(&k, NULL);
	CU_ASSERT_TRUE(k.found.attested[0].is);
	CU_ASSERT_EQUAL(k.found.attested[0].n_keys, 1);
	CU_ASSERT_EQUAL(k.found.attested[0].signer_name[1], 0x0b);
	CU_ASSERT_FALSE(k.found.attested[0].has_counter);
	CU_ASSERT_FALSE(k.found.attested[1].is);
}

static void
test_missing(void)
{
	TPM(k);

	k.attest = NULL;
	ceremony_kit_must(&k, "nobody here can judge it");
	k.attest = &ops;
	ceremony_kit_must(&k, "the attestation of token 1: no key is attested");
	ceremony_kit_line(&k, END, AK);
	ceremony_kit_must(&k, "no key is attested");
	attest(&k, "key", "old");
	ceremony_kit_must(&k, "is not attested");
	attest(&k, "key", "hsm");
	ceremony_kit_must(&k, NULL);
}

/* One of another TPM, or what was made and taken away again. */
static void
test_elsewhere(void)
{
	TPM(k);

	ceremony_kit_line(&k, END, AK);
	attest(&k, "key", "hsm");
	attest(&k, "key", "strange");
	ceremony_kit_must(&k, "that the inventory does not have");
}

/* A key that was in another token before is new in this one. */
static void
test_moved(void)
{
	AUTO(ceremony_kit_release) struct ceremony_kit k;

	begin_with(&k, TPM_BESIDE_TOKEN, CEREMONY_SAYS_TOKEN "the service'");
	ceremony_kit_line(&k, BEGIN, CEREMONY_SAYS_NO_TOKEN "TPM 2.0'");
	ceremony_kit_line(&k, END, CEREMONY_SAYS_TOKEN "TPM 2.0' serial 2");
	ceremony_kit_key(&k, END, "old");
	ceremony_kit_key(&k, END, "hsm");
	ceremony_kit_line(&k, END, AK);
	attest(&k, "key", "hsm");
	ceremony_kit_must(&k, "is not attested");
	attest(&k, "key", "old");
	ceremony_kit_must(&k, NULL);
}

/* It is over all that happened before: a step that changes makes it another's. */
static void
test_bound(void)
{
	TPM(k);

	ceremony_kit_line(&k, END, AK);
	attest(&k, "key", "hsm");
	ceremony_kit_line(&k, LISTED, "one line more");
	ceremony_kit_must(&k, "over another nonce");
}

static void
test_lines(void)
{
	static const struct {
		const char *line, *words;
	} rows[] = {
		{ AK, "not one attestation key" },
		{ "attest ak", "not one attestation key" },
		{ "attest ak YWs= YWs=", "not one attestation key" },
		{ "attest ak !", "not one attestation key" },
		{ "attest ", "not a line of an attestation" },
		{ "attest key YWs= YWs=", "not a line" },
		{ "attest lock 0x1 YWs= YWs= YWs=", "not a line" },
		{ "attest key 0x1 YWs= YWs= YWs= YWs=", "not a line" },
		{ "attest key 0x1 YWs= ! YWs=", "not the three parts" },
		{ "attest key 0x1 YWs= YWs= YWs=", "over another nonce" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		TPM(k);

		ceremony_kit_line(&k, END, AK);
		attest(&k, "key", "hsm");
		ceremony_kit_line(&k, END, rows[i].line);
		ceremony_kit_must(&k, rows[i].words);
	}
}

/* Behind it: nothing is certified by a key that is not said before. */
static void
test_order(void)
{
	TPM(k);

	attest(&k, "key", "hsm");
	ceremony_kit_line(&k, END, AK);
	ceremony_kit_must(&k, "the attestation key comes later");
	buf_reset(&k.entries[END].output);
	ceremony_kit_line(&k, END, CEREMONY_SAYS_TOKEN "TPM 2.0' serial 2");
	ceremony_kit_key(&k, END, "old");
	ceremony_kit_key(&k, END, "hsm");
	ceremony_kit_line(&k, END, "attest ak YWI=");
	ceremony_kit_must(&k, "no attestation key");
}

#define COUNTER "\0\0\0\0\0\0\0\x11"
#define HEAD                 \
	"\0\0\0\0\0\0\0\x05" \
	"0123456789abcdef0123456789abcdef"

static void
test_counter(void)
{
	static const char plan[] = PLAN_HEAD
	        "keys = \"stay\";\n" PLAN_PRESENT
	        "tokens = (\n  {\n    uri = \"tpm2:${module}\";\n"
	        "    pin_file = \"${token}\";\n"
	        "    attest = \"keys-and-counter\";\n  }\n);\n" PLAN_STEPS(
	                KEYGEN);
	AUTO(ceremony_kit_release) struct ceremony_kit k;

	begin(&k, plan);
	ceremony_kit_line(&k, END, AK);
	attest(&k, "key", "hsm");
	ceremony_kit_must(&k, "the trust counter is not attested");
	attest_bytes(&k, "trust-counter", bytes_of(COUNTER, 8));
	attest_bytes(&k, "trust-head", bytes_of(HEAD, 40));
	ceremony_kit_must(&k, NULL);
	CU_ASSERT_TRUE(k.found.attested[0].has_counter);
	CU_ASSERT_EQUAL(k.found.attested[0].counter, 17);
	CU_ASSERT_EQUAL(k.found.attested[0].head_version, 5);
	attest_bytes(&k, "trust-counter", bytes_of(COUNTER, 8));
	ceremony_kit_must(&k, "two trust counters");
}

static void
test_two_heads(void)
{
	TPM(k);

	ceremony_kit_line(&k, END, AK);
	attest(&k, "key", "hsm");
	attest_bytes(&k, "trust-head", bytes_of(HEAD, 40));
	attest_bytes(&k, "trust-head", bytes_of(HEAD, 40));
	ceremony_kit_must(&k, "two trust heads");
}

/* The handle is the plan's, or the one that every TPM has. */
static void
test_handles(void)
{
	static const struct {
		const char *plan;
		uint32_t handle;
	} rows[] = {
		{ KEYS_OF_TPM, 0x01818100 },
		{ PLAN_TPM("?trust-counter=0x01810007\";\n"), 0x01810007 },
		{ PLAN_TPM("?trust-counter=0x0181\";\n"), 0 },
		{ PLAN_TPM("?trust-counter=all\";\n"), 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(ceremony_kit_release) struct ceremony_kit k;

		begin(&k, rows[i].plan);
		ceremony_kit_line(&k, END, AK);
		attest(&k, "key", "hsm");
		attest_bytes(&k, "trust-counter", bytes_of(COUNTER, 8));
		ceremony_kit_must(&k, NULL);
		CU_ASSERT_EQUAL(wanted_index.handle, rows[i].handle);
		CU_ASSERT_EQUAL(wanted_index.attributes, 0x22040012);
		CU_ASSERT_EQUAL(wanted_index.size, 8);
	}
}

/* What a plan does not want is not judged. */
static void
test_unasked(void)
{
	AUTO(ceremony_kit_release) struct ceremony_kit k;

	ceremony_kit_begin(&k, PLAN);
	ceremony_kit_line(&k, END, "attest something");
	ceremony_kit_must(&k, NULL);
	CU_ASSERT_FALSE(k.found.attested[0].is);
}

#define TOKEN_OF(row)                                                       \
	PLAN_HEAD "keys = \"stay\";\n" PLAN_PRESENT "tokens = (\n  {\n" row \
	          "  }\n);\n" PLAN_STEPS(KEYGEN)

static void
test_plan(void)
{
	ceremony_kit_refuse_plan(
	        TOKEN_OF("    uri = \"u\";\n    attest = \"keys\";\n"),
	        "attests by the keys' pin_file");
	ceremony_kit_refuse_plan(
	        TOKEN_OF("    uri = \"u\";\n    pin_file = \"p\";\n"),
	        "a pin_file only where it attests");
	ceremony_kit_refuse_plan(
	        TOKEN_OF("    module = \"m\";\n    label = \"l\";\n"
	                 "    pin_file = \"p\";\n"
	                 "    attest = \"keys\";\n"),
	        "only a TPM");
}

static const struct harness_test tests[] = {
	{ "a new key is attested", test_sound },
	{ "what is wanted is there", test_missing },
	{ "no key of elsewhere is attested", test_elsewhere },
	{ "a key of another token is new here", test_moved },
	{ "it is over the whole transcript", test_bound },
	{ "each line is whole", test_lines },
	{ "the attestation key comes first", test_order },
	{ "the counter is attested where the plan says so", test_counter },
	{ "one head is attested", test_two_heads },
	{ "indexes are at their handles", test_handles },
	{ "what a plan does not want is not judged", test_unasked },
	{ "a plan says how a TPM attests", test_plan },
	{ NULL, NULL },
};

HARNESS_MAIN("attestation at a ceremony", tests)
