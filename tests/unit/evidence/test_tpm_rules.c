/*
 * test_tpm_rules.c - PCR values, the policy's rules, and the members of a
 * request.
 */
#include "tests/unit/evidence/test_tpm_judge.h"

/* --- PCR values ----------------------------------------------------------- */

static void
hex_pcr(struct buf *json, unsigned index)
{
	uint8_t value[HASH_SIZE];

	soft_pcr(index, value);
	encode_hex(json, bytes_of(value, HASH_SIZE));
}

/* Values of the quote's PCRs 0 and 7, in the bank, and what is put in between;
 * extra comes after. */
static reason_set
judge_pcrs(const char *bank, unsigned first, unsigned second, const char *extra)
{
	AUTO(parts_release) struct parts p = parts_of(SOFT_ECC);
	AUTO(buf_release) struct buf json = buf_of(4096);

	buf_printf(&json, ",\"pcrs\":{\"%s\":{\"0\":\"", bank);
	hex_pcr(&json, first);
	buf_append_str(&json, "\",\"7\":\"");
	hex_pcr(&json, second);
	buf_printf(&json, "\"%s}}", extra);
	return judge_parts(&p, buf_str(&json));
}

/* The right value and a byte behind it. */
static reason_set
judge_long_value(void)
{
	AUTO(parts_release) struct parts p = parts_of(SOFT_ECC);
	AUTO(buf_release) struct buf json = buf_of(4096);

	buf_append_str(&json, ",\"pcrs\":{\"sha256\":{\"0\":\"");
	hex_pcr(&json, 0);
	buf_append_str(&json, "00\",\"7\":\"");
	hex_pcr(&json, 7);
	buf_append_str(&json, "\"}}");
	return judge_parts(&p, buf_str(&json));
}

static void
test_pcrs(void)
{
	AUTO(parts_release) struct parts p = parts_of(SOFT_ECC);

	CU_ASSERT_EQUAL(judge_parts(&p, ""), 0);
	CU_ASSERT_EQUAL(judge_pcrs("sha256", 0, 7, ""), 0);
	CU_ASSERT_EQUAL(judge_pcrs("sha256", 7, 0, ""), BIT(PCR_MISMATCH));
	CU_ASSERT_EQUAL(judge_pcrs("sha256", 0, 6, ""), BIT(PCR_MISMATCH));
	CU_ASSERT_EQUAL(judge_pcrs("sm3_256", 0, 7, ""), BIT(PCR_MISMATCH));
	CU_ASSERT_EQUAL(judge_pcrs("sha256", 0, 7, ",\"8\":\"00\""),
	                BIT(PCR_MISMATCH));
	CU_ASSERT_EQUAL(judge_long_value(), BIT(PCR_MISMATCH));
	CU_ASSERT_EQUAL(judge_parts(&p, ",\"pcrs\":{}"), BIT(PCR_MISMATCH));
	CU_ASSERT_EQUAL(judge_parts(&p, ",\"pcrs\":{\"sha256\":{}}"),
	                BIT(PCR_MISMATCH));
	CU_ASSERT_EQUAL(
	        judge_parts(&p, ",\"pcrs\":{\"sha256\":{\"0\":\"00\"}}"),
	        BIT(PCR_MISMATCH));
}

/* --- policy --------------------------------------------------------------- */

#define POLICY_HEAD                                                \
	"id=\"t\"; version=1; workflows:{enroll:{formats=[\"tpm2-" \
	"quote\"];};};"

static struct policy *
policy_of(const char *tpm2)
{
	AUTO(buf_release) struct buf text = buf_of(8192);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct policy *policy = NULL;

	buf_printf(&text, POLICY_HEAD "tpm2:{%s};", tpm2);
	CU_ASSERT_EQUAL_FATAL(policy_parse(buf_bytes(&text), &why, &policy),
	                      OK);
	return policy;
}

/* pcrs=({bank="sha256"; index=N; values=["..."];}) with soft PCR value. */
static struct policy *
policy_pcr_rule(unsigned index, unsigned value)
{
	AUTO(buf_release) struct buf text = buf_of(4096);

	buf_printf(&text,
	           "pcrs=({bank=\"sha256\"; index=%u; values=[\"%064d\",\"",
	           index, 1);
	hex_pcr(&text, value);
	buf_append_str(&text, "\"];});");
	return policy_of(buf_str(&text));
}

static reason_set
judge_policy(const struct policy *policy, bool with_values, int8_t *executables)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(SOFT_RSA);
	struct soft_quote q = good_quote();
	struct appraisal a;
	reason_set reasons;

	if (with_values) {
		reasons = judge_quote(tpm, &q, policy, &a);
	} else {
		AUTO(buf_release)
		struct buf json = buf_of(EVIDENCE_JSON_MAX);

		CU_ASSERT_EQUAL_FATAL(soft_tpm_evidence(tpm, &q, &json), OK);
		json.len = (size_t)(strstr(buf_str(&json), ",\"pcrs\"") -
		                    buf_str(&json));
		buf_append_str(&json, "}");
		reasons = judge(buf_bytes(&json),
		                bytes_of(kit_nonce, HASH_SIZE), policy, &a);
	}
	*executables = a.vector[VECTOR_EXECUTABLES];
	return reasons;
}

static void
check_rule(unsigned index, unsigned value, bool with_values, reason_set reasons)
{
	AUTO(policy_free)
	struct policy *policy = policy_pcr_rule(index, value);
	int8_t executables;

	CU_ASSERT_EQUAL(judge_policy(policy, with_values, &executables),
	                reasons);
	CU_ASSERT_EQUAL(executables, reasons ? 96 : 3);
}

static void
test_policy_pcrs(void)
{
	check_rule(7, 7, true, 0);
	check_rule(7, 0, true, BIT(PCR_MISMATCH));  /* another value */
	check_rule(3, 3, true, BIT(PCR_MISMATCH));  /* not selected */
	check_rule(7, 7, false, BIT(PCR_MISMATCH)); /* value not shown */
}

static void
test_policy_algorithms(void)
{
	AUTO(policy_free)
	struct policy *pss = policy_of("schemes=[\"rsapss\"];");
	AUTO(policy_free)
	struct policy *big = policy_of("hashes=[\"sha512\"];");
	AUTO(policy_free) struct policy *any = policy_of("");
	int8_t executables;

	CU_ASSERT_EQUAL(judge_policy(any, true, &executables), 0);
	CU_ASSERT_EQUAL(executables, 0);
	CU_ASSERT_EQUAL(judge_policy(pss, true, &executables),
	                BIT(EVIDENCE_UNSUPPORTED));
	CU_ASSERT_EQUAL(judge_policy(big, true, &executables),
	                BIT(EVIDENCE_UNSUPPORTED));
}

/* --- JSON ----------------------------------------------------------------- */

static void
check_request(const char *json, err_t err, const char *says)
{
	AUTO(evidence_release) struct evidence e = { 0 };
	AUTO(buf_release) struct buf why = buf_of(1024);

	CU_ASSERT_EQUAL(evidence_open(bytes_of_str(json), &why, &e), err);
	CU_ASSERT(kit_says(&why, says));
}

#define THREE                                                              \
	"\"format\":\"tpm2-quote\",\"quote\":\"AA==\",\"signature\":\"\"," \
	"\"ak_public\":\"AA==\""

static void
test_json(void)
{
	check_request("{" THREE "}", OK, "");
	check_request("", E_MALFORMED, "not a JSON object");
	check_request("[]", E_MALFORMED, "not a JSON object");
	check_request("{}", E_MALFORMED, "format");
	check_request("{\"format\":7}", E_MALFORMED, "format");
	check_request("{\"format\":\"no-such\"}", E_NOT_FOUND, "unknown");
	check_request("{\"format\":\"tpm2-quote\"}", E_MALFORMED, "quote");
	check_request("{" THREE ",\"more\":1}", E_MALFORMED, "unknown member");
	check_request("{" THREE ",\"quote\":\"AA==\"}", E_MALFORMED, "");
	check_request("{" THREE ",\"x5c\":\"\"}", E_MALFORMED, "x5c");
	check_request("{" THREE ",\"x5c\":[\"AA==\",7]}", E_MALFORMED, "x5c");
	check_request("{" THREE ",\"x5c\":[\"AA==\"]}", OK, "");
	check_request("{" THREE ",\"x5c\":[\"\",\"\",\"\",\"\",\"\",\"\","
	              "\"\",\"\",\"\"]}",
	              E_MALFORMED, "x5c");
	check_request("{" THREE ",\"event_log\":\"AB\"}", E_MALFORMED,
	              "event_log");
	check_request("{" THREE ",\"ima_log\":\"A+==\"}", E_MALFORMED,
	              "ima_log");
	check_request("{" THREE ",\"pcrs\":[]}", E_MALFORMED, "pcrs");
	check_request("{" THREE ",\"pcrs\":{\"md5\":{}}}", E_MALFORMED, "pcrs");
	check_request("{" THREE ",\"pcrs\":{\"sha1\":{\"00\":\"\"}}}",
	              E_MALFORMED, "pcrs");
	check_request("{" THREE ",\"pcrs\":{\"sha1\":{\"32\":\"\"}}}",
	              E_MALFORMED, "pcrs");
	check_request("{" THREE ",\"pcrs\":{\"sha1\":{\"1\":\"0g\"}}}",
	              E_MALFORMED, "pcrs");
	check_request("{" THREE ",\"pcrs\":{\"sha1\":{\"1\":\"00\"}}}", OK, "");
}

static void
test_unappraised_members(void)
{
	AUTO(parts_release) struct parts p = parts_of(SOFT_ECC);

	CU_ASSERT_EQUAL(judge_parts(&p, ",\"x5c\":[\"AA==\"],\"event_log\":"
	                                "\"AA==\",\"ima_log\":\"AA==\""),
	                0);
}

static const struct harness_test tests[] = {
	{ "PCR values: other, missing, more, wrong bank or size", test_pcrs },
	{ "policy: PCR values", test_policy_pcrs },
	{ "policy: schemes and hashes", test_policy_algorithms },
	{ "JSON: what makes a request malformed", test_json },
	{ "JSON: members that are not appraised", test_unappraised_members },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_rules", tests)
