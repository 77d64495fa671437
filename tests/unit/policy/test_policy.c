/*
 * test_policy.c - the policy's language: valid policies, and refusals.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "crypto/digest.h"
#include "policy/policy.h"
#include "evidence/tpm/policy.h"
#include "evidence/tpm/alg.h"

#define HEAD "id=\"t\"; version=1; "
#define FLOWS "workflows:{enroll:{formats=[\"tpm2-quote\"];};}; "
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static err_t
parse(const char *text, struct buf *why, struct policy **ret_policy)
{
	return policy_parse(bytes_of_str(text), why, ret_policy);
}

static const char good[] =
        "// a comment\n"
        "id = \"demo.1\";\n"
        "version = 7;\n"
        "workflows: {\n"
        "  enroll: { formats = [\"tpm2-quote\"]; };\n"
        "  metadata: { bindings = [\"device\", \"request\"];\n"
        "              formats = [\"tpm2-quote\", \"other\"];\n"
        "              possession = true; };\n"
        "};\n"
        "tpm2: {\n"
        "  schemes = [\"ecdsa\"]; hashes = [\"sha256\", \"sha384\"];\n"
        "  pcrs = ( { bank = \"sha256\"; index = 7;\n"
        "             values = [\"" ZEROS "\"]; } );\n"
        "};\n";

static void
test_good(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(policy_free) struct policy *p = NULL;
	uint8_t digest[HASH_SIZE];

	CU_ASSERT_EQUAL_FATAL(parse(good, &why, &p), OK);
	CU_ASSERT_STRING_EQUAL(policy_id(p), "demo.1");
	CU_ASSERT_EQUAL(policy_version(p), 7);
	digest_sha256(bytes_of_str(good), digest);
	CU_ASSERT(memcmp(policy_digest(p), digest, HASH_SIZE) == 0);
	CU_ASSERT(policy_has_workflow(p, WORKFLOW_ENROLL));
	CU_ASSERT_FALSE(policy_has_workflow(p, WORKFLOW_ARTIFACT));
	CU_ASSERT_FALSE(policy_has_workflow(p, WORKFLOW_COUNT));
	CU_ASSERT_EQUAL(policy_required(p, WORKFLOW_ENROLL), 0);
	CU_ASSERT_FALSE(policy_possession(p, WORKFLOW_ENROLL));
	CU_ASSERT(policy_possession(p, WORKFLOW_METADATA));
	CU_ASSERT_FALSE(policy_possession(p, WORKFLOW_COUNT));
	CU_ASSERT_EQUAL(policy_required(p, WORKFLOW_METADATA),
	                BINDING_BIT(DEVICE) | BINDING_BIT(REQUEST));
}

/* Without the setting nobody waits for an approval. */
static void
test_approval(void)
{
	static const char *const settings[] = { "", "approval=false;",
		                                "approval=true;" };

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		AUTO(buf_release) struct buf why = buf_of(1024);
		AUTO(buf_release) struct buf text = buf_of(1024);
		AUTO(policy_free) struct policy *p = NULL;

		buf_printf(&text,
		           "id=\"a\"; version=1;"
		           " workflows:{enroll:{formats=[\"x\"];%s};};",
		           settings[i]);
		CU_ASSERT_EQUAL_FATAL(parse(buf_str(&text), &why, &p), OK);
		CU_ASSERT_EQUAL(policy_approval(p), i == 2);
	}
}

static bool
format_allowed(const struct policy *p, enum workflow w, const char *format)
{
	return policy_format_allowed(p, w, bytes_of_str(format));
}

static void
test_questions(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(policy_free) struct policy *p = NULL;

	CU_ASSERT_EQUAL_FATAL(parse(good, &why, &p), OK);
	CU_ASSERT(format_allowed(p, WORKFLOW_METADATA, "other"));
	CU_ASSERT_FALSE(format_allowed(p, WORKFLOW_METADATA, "othe"));
	CU_ASSERT_FALSE(format_allowed(p, WORKFLOW_METADATA, ""));
	CU_ASSERT_FALSE(format_allowed(p, WORKFLOW_ENROLL, "other"));
	CU_ASSERT_FALSE(format_allowed(p, WORKFLOW_CHANNEL, "tpm2-quote"));
	CU_ASSERT(policy_tpm2_scheme_allowed(p, TPM_ALG_ECDSA));
	CU_ASSERT_FALSE(policy_tpm2_scheme_allowed(p, TPM_ALG_RSASSA));
	CU_ASSERT(policy_tpm2_hash_allowed(p, TPM_ALG_SHA384));
	CU_ASSERT_FALSE(policy_tpm2_hash_allowed(p, TPM_ALG_SHA512));
	CU_ASSERT_FALSE(policy_tpm2_hash_allowed(p, TPM_ALG_SHA1));
	CU_ASSERT_EQUAL(policy_pcr_count(p), 1);
	CU_ASSERT_EQUAL(policy_pcr_at(p, 0)->bank, TPM_ALG_SHA256);
	CU_ASSERT_EQUAL(policy_pcr_at(p, 0)->index, 7);
	CU_ASSERT_EQUAL(policy_pcr_at(p, 0)->n_values, 1);
	CU_ASSERT_EQUAL(policy_pcr_at(p, 0)->values[0].len, 32);
	CU_ASSERT_PTR_NULL(policy_pcr_at(p, 1));
}

/* Without a word on algorithms: all but SHA-1. */
static void
test_defaults(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(policy_free) struct policy *p = NULL;

	CU_ASSERT_EQUAL_FATAL(parse(HEAD FLOWS, &why, &p), OK);
	CU_ASSERT(policy_tpm2_scheme_allowed(p, TPM_ALG_RSASSA));
	CU_ASSERT(policy_tpm2_scheme_allowed(p, TPM_ALG_RSAPSS));
	CU_ASSERT(policy_tpm2_scheme_allowed(p, TPM_ALG_ECDSA));
	CU_ASSERT_FALSE(policy_tpm2_scheme_allowed(p, TPM_ALG_ECDAA));
	CU_ASSERT_FALSE(policy_tpm2_hash_allowed(p, TPM_ALG_SHA1));
	CU_ASSERT_EQUAL(policy_pcr_count(p), 0);
}

#define TPM2(x) HEAD FLOWS "tpm2:{" x "};"
#define PCR(x) TPM2("pcrs=(" x ");")
#define RULE(bank, index, values) \
	"{bank=\"" bank "\"; index=" index "; values=[" values "];}"

static const struct {
	const char *text, *why;
} refusals[] = {
	{ "", "id" },
	{ "id=", "line 1" },
	{ "id=\"t\"; " FLOWS, "version" },
	{ HEAD, "workflows" },
	{ HEAD FLOWS "more=1;", "unknown setting" },
	{ HEAD FLOWS "\n\nmore=1;", "line 3" },
	{ HEAD HEAD FLOWS, "" },
	{ "id=7; version=1; " FLOWS, "id" },
	{ "id=\"\"; version=1; " FLOWS, "id" },
	{ "id=\"A B\"; version=1; " FLOWS, "id" },
	{ "id=\"t\"; version=0; " FLOWS, "version" },
	{ "id=\"t\"; version=-1; " FLOWS, "version" },
	{ "id=\"t\"; version=\"1\"; " FLOWS, "version" },
	{ HEAD "workflows:{};", "at least one" },
	{ HEAD "workflows=[];", "at least one" },
	{ HEAD "workflows:{enrol:{formats=[\"x\"];};};", "unknown workflow" },
	{ HEAD "workflows:{enroll:{};};", "formats" },
	{ HEAD "workflows:{enroll:{formats=[];};};", "one format" },
	{ HEAD "workflows:{enroll:{formats=\"x\";};};", "list" },
	{ HEAD "workflows:{enroll:{formats=[1];};};", "format" },
	{ HEAD "workflows:{enroll:{formats=[\"x\"];possession=1;};};",
	  "true or false" },
	{ HEAD "workflows:{enroll:{formats=[\"x\"];approval=1;};};",
	  "true or false" },
	{ HEAD "workflows:{enroll:{formats=[\"x\"];approval=\"true\";};};",
	  "true or false" },
	{ HEAD "workflows:{register:{formats=[\"x\"];approval=true;};};",
	  "enroll alone" },
	{ HEAD "workflows:{enroll:{format=[\"x\"];};};", "unknown setting" },
	{ HEAD "workflows:{enroll:{formats=[\"x\"];bindings=[\"devise\"];};};",
	  "unknown binding" },
	{ HEAD "workflows:{enroll:{formats=[\"x\"];bindings=[1];};};",
	  "unknown binding" },
	{ TPM2("shemes=[\"ecdsa\"];"), "unknown setting" },
	{ TPM2("schemes=[];"), "list" },
	{ TPM2("schemes=[\"ecdaa\"];"), "not allowed" },
	{ TPM2("schemes=[\"ecdsa\",\"ecdsa\"];"), "twice" },
	{ TPM2("hashes=[\"sha1\"];"), "not allowed" },
	{ TPM2("hashes=[\"rsassa\"];"), "not allowed" },
	{ TPM2("pcrs=7;"), "list" },
	{ PCR("7"), "group" },
	{ PCR("{}"), "bank" },
	{ PCR(RULE("sha1", "7", "\"00\"")), "sha256" },
	{ PCR(RULE("sha256", "24", "\"" ZEROS "\"")), "0 to 23" },
	{ PCR(RULE("sha256", "-1", "\"" ZEROS "\"")), "0 to 23" },
	{ PCR(RULE("sha256", "\"7\"", "\"" ZEROS "\"")), "0 to 23" },
	{ PCR(RULE("sha256", "7", "")), "values" },
	{ PCR(RULE("sha256", "7", "\"00\"")), "hex" },
	{ PCR(RULE("sha256", "7", "\"" ZEROS "00\"")), "hex" },
	{ PCR(RULE("sha256", "7", "7")), "hex" },
	{ PCR(RULE("sha384", "7", "\"" ZEROS "\"")), "hex" },
	{ PCR(RULE("sha256", "7", "\"" ZEROS "\"") "," RULE("sha256", "7",
	                                                    "\"" ZEROS "\"")),
	  "same PCR" },
	{ PCR("{bank=\"sha256\"; index=7; values=\"" ZEROS "\";}"), "list" },
	{ HEAD FLOWS "@include \"/etc/passwd\"\n", "@include" },
};

static void
test_refusals(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		AUTO(buf_release) struct buf why = buf_of(1024);
		struct policy *p = NULL;

		CU_ASSERT_EQUAL(parse(refusals[i].text, &why, &p), E_MALFORMED);
		CU_ASSERT_PTR_NULL(p);
		CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), refusals[i].why));
		if (p || !strstr(buf_str(&why), refusals[i].why))
			printf("  row %zu says %s\n", i, buf_str(&why));
	}
}

static void
test_bytes(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(buf_release) struct buf text = buf_of(2 * POLICY_TEXT_MAX);
	struct policy *p = NULL;

	buf_append_str(&text, HEAD FLOWS);
	buf_u8(&text, 0);
	CU_ASSERT_EQUAL(policy_parse(buf_bytes(&text), &why, &p), E_MALFORMED);
	text.len--;
	while (text.len <= POLICY_TEXT_MAX)
		buf_append_str(&text, "                               \n");
	CU_ASSERT_EQUAL(policy_parse(buf_bytes(&text), &why, &p), E_MALFORMED);
	CU_ASSERT_PTR_NULL(p);
}

static void
test_algs(void)
{
	CU_ASSERT_EQUAL(tpm_hash_size(TPM_ALG_SHA256), 32);
	CU_ASSERT_EQUAL(tpm_hash_size(TPM_ALG_RSA), 0);
	CU_ASSERT_EQUAL(tpm_hash_size(0xffff), 0);
	CU_ASSERT_EQUAL(tpm_alg_find(bytes_of_str("sha384")), TPM_ALG_SHA384);
	CU_ASSERT_EQUAL(tpm_alg_find(bytes_of_str("sha38")), 0);
	CU_ASSERT_PTR_NULL(tpm_alg_name(0));
}

static const struct harness_test tests[] = {
	{ "an approval", test_approval },
	{ "a good policy says what it says", test_good },
	{ "its answers", test_questions },
	{ "what it says by default", test_defaults },
	{ "everything unknown, missing or out of bounds is refused",
	  test_refusals },
	{ "NUL bytes and too long texts are refused", test_bytes },
	{ "algorithms by number and by name", test_algs },
	{ NULL, NULL },
};

HARNESS_MAIN("policy", tests)
