/*
 * test_json_request.c - the parsers of request bodies at the limits of their
 * values.  test_front_refusals.c has refusals and their problems, too.
 */
#include <stdio.h>
#include <string.h>

#include "front/json/request.h"
#include "tests/common/base/harness.h"

#define HASH43 "AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct challenge_limits limits = { 120, 600, 3 };

static enum problem
challenge_problem(const char *body)
{
	AUTO(challenge_orders_release) struct challenge_orders all = { 0 };
	struct json_fault fault = { .problem = PROBLEM_NONE };
	err_t err = challenge_orders_parse(bytes_of_str(body), &limits, &all,
	                                   &fault);

	CU_ASSERT_EQUAL(err == OK, fault.problem == PROBLEM_NONE);
	CU_ASSERT(err == OK || all.root == NULL); /* untouched on failure */
	return fault.problem;
}

static void
test_challenge(void)
{
	static const char body[] =
	        " {\"workflow\":\"artifact\",\"ttl\":600,\"channel\":\"b\","
	        "\"device_handle\":\"dh1_x\",\"transaction\":\"\xc3\xa9\","
	        "\"release\":\"\xc3\xa9 4.2\","
	        "\"bindings\":{\"transport\":\"" HASH43
	        "\",\"request\":\"" HASH43 "\",\"account\":\"" HASH43 "\"}}\n";
	AUTO(challenge_orders_release) struct challenge_orders all = { 0 };
	struct json_fault fault;

	CU_ASSERT_EQUAL_FATAL(challenge_orders_parse(bytes_of_str(body),
	                                             &limits, &all, &fault),
	                      OK);
	CU_ASSERT_FALSE(all.array);
	CU_ASSERT_EQUAL_FATAL(all.count, 1);
	const struct challenge_order *o = all.orders;
	CU_ASSERT_EQUAL(o->workflow, WORKFLOW_ARTIFACT);
	CU_ASSERT_EQUAL(o->ttl_s, 600);
	CU_ASSERT_EQUAL(o->bindings.present, BINDING_ALL);
	CU_ASSERT(bytes_equal_str(o->bindings.transaction, "\xc3\xa9"));
	CU_ASSERT(bytes_equal_str(o->bindings.device_handle, "dh1_x"));
	CU_ASSERT(bytes_equal_str(o->bindings.channel, "b"));
	CU_ASSERT_EQUAL(o->bindings.transport[2], 3);
	CU_ASSERT_EQUAL(o->bindings.request[1], 2);
	CU_ASSERT(bytes_equal_str(o->bindings.release, "\xc3\xa9 4.2"));
	CU_ASSERT_EQUAL(o->bindings.account[0], 1);
}

/* Release and account, each by itself and wrong in each way, by the parser that
 * builds a tree and by the one that does not. */
static void
test_release_account(void)
{
	static const struct {
		const char *members;
		enum problem problem;
		uint16_t present;
	} rows[] = {
		{ "\"release\":\"r\"", PROBLEM_NONE, BINDING_BIT(RELEASE) },
		{ "\"release\":\"\\u00e9\"", PROBLEM_NONE,
		  BINDING_BIT(RELEASE) },
		{ "\"bindings\":{\"account\":\"" HASH43 "\"}", PROBLEM_NONE,
		  BINDING_BIT(ACCOUNT) },
		{ "\"release\":\"\"", PROBLEM_VALUE_INVALID, 0 },
		{ "\"release\":\"a\\nb\"", PROBLEM_VALUE_INVALID, 0 },
		{ "\"release\":\"a\x7f\"", PROBLEM_VALUE_INVALID, 0 },
		{ "\"release\":\"a\xff\"", PROBLEM_JSON_MALFORMED, 0 },
		{ "\"release\":4", PROBLEM_JSON_TYPE, 0 },
		{ "\"release\":null", PROBLEM_JSON_TYPE, 0 },
		{ "\"release\":\"r\",\"release\":\"r\"", PROBLEM_JSON_DUPLICATE,
		  0 },
		{ "\"account\":\"" HASH43 "\"", PROBLEM_JSON_UNKNOWN, 0 },
		{ "\"bindings\":{\"release\":\"r\"}", PROBLEM_JSON_UNKNOWN, 0 },
		{ "\"bindings\":{\"account\":4}", PROBLEM_JSON_TYPE, 0 },
		{ "\"bindings\":{\"account\":\"\"}", PROBLEM_BASE64_INVALID,
		  0 },
		{ "\"bindings\":{\"account\":\"" HASH43 "=\"}",
		  PROBLEM_BASE64_INVALID, 0 },
		{ "\"bindings\":{\"account\":\"" HASH43 "A\"}",
		  PROBLEM_BASE64_INVALID, 0 },
		{ "\"bindings\":{\"account\":\"AAAA\"}", PROBLEM_BASE64_INVALID,
		  0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf body = buf_of(4096);
		AUTO(challenge_orders_release)
		struct challenge_orders all = { 0 };
		struct json_fault fault;

		buf_printf(&body, "{\"workflow\":\"enroll\",%s}",
		           rows[i].members);
		CU_ASSERT_EQUAL(challenge_problem(buf_str(&body)),
		                rows[i].problem);
		if (rows[i].problem != PROBLEM_NONE)
			continue;
		CU_ASSERT_EQUAL_FATAL(challenge_orders_parse(buf_bytes(&body),
		                                             &limits, &all,
		                                             &fault),
		                      OK);
		CU_ASSERT_EQUAL(all.orders[0].bindings.present,
		                rows[i].present);
	}
}

static void
test_default_ttl(void)
{
	AUTO(challenge_orders_release) struct challenge_orders all = { 0 };
	struct json_fault fault;

	CU_ASSERT_EQUAL_FATAL(
	        challenge_orders_parse(
	                bytes_of_str("[{\"workflow\":\"enroll\"}]"), &limits,
	                &all, &fault),
	        OK);
	CU_ASSERT(all.array);
	CU_ASSERT_EQUAL(all.orders[0].ttl_s, 120);
	CU_ASSERT_EQUAL(all.orders[0].bindings.present, 0);
}

static void
test_ttl_edges(void)
{
	CU_ASSERT_EQUAL(
	        challenge_problem("{\"workflow\":\"enroll\",\"ttl\":1}"),
	        PROBLEM_NONE);
	CU_ASSERT_EQUAL(
	        challenge_problem("{\"workflow\":\"enroll\",\"ttl\":0}"),
	        PROBLEM_TTL_RANGE);
	CU_ASSERT_EQUAL(
	        challenge_problem("{\"workflow\":\"enroll\",\"ttl\":601}"),
	        PROBLEM_TTL_RANGE);
	CU_ASSERT_EQUAL(challenge_problem("{\"workflow\":\"enroll\",\"ttl\":"
	                                  "9223372036854775807}"),
	                PROBLEM_TTL_RANGE);
	CU_ASSERT_EQUAL(challenge_problem("{\"workflow\":\"enroll\",\"ttl\":"
	                                  "9223372036854775808}"),
	                PROBLEM_JSON_MALFORMED);
	CU_ASSERT_EQUAL(
	        challenge_problem("{\"workflow\":\"enroll\",\"ttl\":1.0}"),
	        PROBLEM_JSON_TYPE);
}

static void
test_array_edges(void)
{
	static const char one[] = "{\"workflow\":\"enroll\"}";
	AUTO(buf_release) struct buf body = buf_of(4096);

	CU_ASSERT_EQUAL(challenge_problem("[]"), PROBLEM_VALUE_INVALID);
	for (unsigned n = 1; n <= 4; n++) {
		buf_reset(&body);
		for (unsigned i = 0; i < n; i++)
			buf_printf(&body, "%s%s", i ? "," : "[", one);
		buf_append_str(&body, "]");
		CU_ASSERT_EQUAL(challenge_problem(buf_str(&body)),
		                n <= 3 ? PROBLEM_NONE : PROBLEM_ARRAY_TOO_LONG);
	}
}

/* Parses a body whose member has a text of n bytes. */
static enum problem
with_text(const char *member, size_t n)
{
	AUTO(buf_release) struct buf body = buf_of(4096);

	buf_printf(&body, "{\"workflow\":\"enroll\",\"%s\":\"", member);
	for (size_t i = 0; i < n; i++)
		buf_append_str(&body, "a");
	buf_append_str(&body, "\"}");
	return challenge_problem(buf_str(&body));
}

static void
test_text_edges(void)
{
	static const struct {
		const char *member;
		size_t most;
	} rows[] = {
		{ "device_handle", DEVICE_HANDLE_MAX },
		{ "channel", CHANNEL_MAX },
		{ "transaction", TRANSACTION_MAX },
		{ "release", RELEASE_MAX },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CU_ASSERT_EQUAL(with_text(rows[i].member, 0),
		                PROBLEM_VALUE_INVALID);
		CU_ASSERT_EQUAL(with_text(rows[i].member, 1), PROBLEM_NONE);
		CU_ASSERT_EQUAL(with_text(rows[i].member, rows[i].most),
		                PROBLEM_NONE);
		CU_ASSERT_EQUAL(with_text(rows[i].member, rows[i].most + 1),
		                PROBLEM_VALUE_INVALID);
	}
}

/* Deep nesting is refused and does not overflow the stack. */
static void
test_deep(void)
{
	AUTO(buf_release) struct buf body = buf_of(1 << 20);

	for (int i = 0; i < 100000; i++)
		buf_append_str(&body, "[");
	CU_ASSERT_EQUAL(challenge_problem(buf_str(&body)),
	                PROBLEM_JSON_MALFORMED);
}

static enum problem
attestation_problem(const char *body, const char **ret_evidence)
{
	static char evidence[1024];
	AUTO(attestation_order_release) struct attestation_order order = { 0 };
	struct json_fault fault = { .problem = PROBLEM_NONE };

	if (attestation_order_parse(bytes_of_str(body), &order, &fault) == OK &&
	    ret_evidence) {
		(void)snprintf(evidence, sizeof(evidence), "%s",
		               buf_str(&order.evidence));
		*ret_evidence = evidence;
	}
	return fault.problem;
}

/* Two spellings of the same evidence give one canonical text and so one
 * digest. */
static void
test_canonical(void)
{
	const char *a = NULL;

	CU_ASSERT_EQUAL(
	        attestation_problem(
	                "{\"observed\":{},\"challenge\":\"AA\",\"evidence\":"
	                "{ \"x\" : [ 1 , {\"b\":2,\"a\":\"\\u0041\\/\"} ] ,"
	                "\"format\":\"f\"}}",
	                &a),
	        PROBLEM_NONE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_STRING_EQUAL(a, "{\"format\":\"f\",\"x\":[1,{\"a\":\"A/\","
	                          "\"b\":2}]}");
}

static void
test_attestation_edges(void)
{
	AUTO(buf_release) struct buf body = buf_of(65536);

	/* a challenge of 4096 bytes, and of 4099 */
	for (unsigned groups = 1365; groups <= 1366; groups++) {
		buf_reset(&body);
		buf_append_str(&body, "{\"observed\":{},\"evidence\":"
		                      "{\"format\":\"f\"},\"challenge\":\"");
		for (unsigned i = 0; i < groups; i++)
			buf_append_str(&body, "AAAA");
		buf_append_str(&body, groups == 1365 ? "AA\"}" : "\"}");
		CU_ASSERT_EQUAL(attestation_problem(buf_str(&body), NULL),
		                groups == 1365 ? PROBLEM_NONE
		                               : PROBLEM_BASE64_INVALID);
	}
	CU_ASSERT_EQUAL(attestation_problem("{\"observed\":{\"bindings\":[]},"
	                                    "\"challenge\":\"AA\",\"evidence\":"
	                                    "{\"format\":\"f\"}}",
	                                    NULL),
	                PROBLEM_JSON_TYPE);
	CU_ASSERT_EQUAL(attestation_problem("{\"observed\":[],"
	                                    "\"challenge\":\"AA\","
	                                    "\"evidence\":{\"format\":\"f\"}}",
	                                    NULL),
	                PROBLEM_JSON_TYPE);
}

/* Short real numbers are written out and may become too long for a packet. */
static void
test_evidence_grows(void)
{
	AUTO(buf_release) struct buf body = buf_of(1 << 20);

	buf_append_str(&body, "{\"observed\":{},\"challenge\":\"AA\","
	                      "\"evidence\":{\"format\":\"f\",\"x\":[0.1");
	for (int i = 0; i < 20000; i++)
		buf_append_str(&body, ",0.1");
	buf_append_str(&body, "]}}");
	CU_ASSERT_EQUAL(attestation_problem(buf_str(&body), NULL),
	                PROBLEM_BODY_TOO_LARGE);
}

static void
test_enrollment(void)
{
	AUTO(buf_release) struct buf out = buf_of(16);
	struct json_fault fault;

	CU_ASSERT_EQUAL(enrollment_order_parse(
	                        bytes_of_str("{\"ak_public\":\"AQID/w==\"}"),
	                        "ak_public", &out, &fault),
	                OK);
	CU_ASSERT(bytes_equal(buf_bytes(&out), bytes_of("\1\2\3\xff", 4)));
	CU_ASSERT_EQUAL(enrollment_order_parse(
	                        bytes_of_str("{\"ak_public\":\"AQID_w==\"}"),
	                        "ak_public", &out, &fault),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(fault.problem, PROBLEM_BASE64_INVALID);
}

static enum problem
reason_fault(const char *body, const char *want)
{
	AUTO(buf_release) struct buf out = buf_of(LIMIT_REASON);
	struct json_fault fault = { .problem = PROBLEM_NONE };
	err_t err = order_reason_parse(bytes_of_str(body), &out, &fault);

	CU_ASSERT_EQUAL(err == OK, fault.problem == PROBLEM_NONE);
	if (err == OK)
		CU_ASSERT(bytes_equal_str(buf_bytes(&out), want));
	return fault.problem;
}

static void
test_reason(void)
{
	char body[256], text[LIMIT_REASON + 2];

	CU_ASSERT_EQUAL(reason_fault("{}", ""), PROBLEM_NONE);
	CU_ASSERT_EQUAL(
	        reason_fault("{\"reason\":\"lost \\u00e4\"}", "lost \xc3\xa4"),
	        PROBLEM_NONE);
	for (size_t n = LIMIT_REASON; n <= LIMIT_REASON + 1; n++) {
		memset(text, 'x', n);
		text[n] = '\0';
		(void)snprintf(body, sizeof(body), "{\"reason\":\"%s\"}", text);
		CU_ASSERT_EQUAL(reason_fault(body, text),
		                n == LIMIT_REASON ? PROBLEM_NONE
		                                  : PROBLEM_VALUE_INVALID);
	}
	CU_ASSERT_EQUAL(reason_fault("{\"reason\":\"\"}", ""),
	                PROBLEM_VALUE_INVALID);
	CU_ASSERT_EQUAL(reason_fault("{\"reason\":\"a\\nb\"}", ""),
	                PROBLEM_VALUE_INVALID);
	CU_ASSERT_EQUAL(reason_fault("{\"reason\":\"a\\u007fb\"}", ""),
	                PROBLEM_VALUE_INVALID);
	CU_ASSERT_EQUAL(reason_fault("{\"reason\":7}", ""), PROBLEM_JSON_TYPE);
	CU_ASSERT_EQUAL(reason_fault("{\"why\":\"a\"}", ""),
	                PROBLEM_JSON_UNKNOWN);
	CU_ASSERT_EQUAL(reason_fault("[]", ""), PROBLEM_JSON_TYPE);
}

static const struct harness_test tests[] = {
	{ "a challenge with everything", test_challenge },
	{ "a challenge with nothing, in an array", test_default_ttl },
	{ "ttl, at its edges", test_ttl_edges },
	{ "arrays, at their edges", test_array_edges },
	{ "texts, at their edges", test_text_edges },
	{ "release and account", test_release_account },
	{ "a hundred thousand brackets", test_deep },
	{ "evidence has one canonical text", test_canonical },
	{ "an attestation, at its edges", test_attestation_edges },
	{ "evidence that grows beyond a packet", test_evidence_grows },
	{ "an enrolment", test_enrollment },
	{ "the reason of a change", test_reason },
	{ NULL, NULL },
};

HARNESS_MAIN("json_request", tests)
