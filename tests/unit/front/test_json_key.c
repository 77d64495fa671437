/*
 * test_json_key.c - the body of a change of a device's key.
 */
#include <string.h>

#include "front/json/request.h"
#include "tests/common/base/harness.h"

#define BEGIN                                                                  \
	"{\"challenge\":\"AA\",\"evidence\":{\"format\":\"f\"},\"observed\":{" \
	"}"

static enum problem
problem_of(const char *more)
{
	AUTO(attestation_order_release) struct attestation_order order = { 0 };
	AUTO(buf_release) struct buf body = buf_of(8192);
	struct json_fault fault = { .problem = PROBLEM_NONE };

	buf_printf(&body, BEGIN "%s}", more);
	err_t err = key_order_parse(buf_bytes(&body), &order, &fault);
	CU_ASSERT_EQUAL(err == OK, fault.problem == PROBLEM_NONE);
	return fault.problem;
}

static void
test_good(void)
{
	AUTO(attestation_order_release) struct attestation_order order = { 0 };
	struct json_fault fault;

	CU_ASSERT_EQUAL_FATAL(
	        key_order_parse(bytes_of_str(BEGIN
	                                     ",\"previous_key\":\"a2V5\","
	                                     "\"previous_signature\":\"c2ln\","
	                                     "\"reason\":\"ticket\"}"),
	                        &order, &fault),
	        OK);
	CU_ASSERT(bytes_equal_str(buf_bytes(&order.previous_key), "key"));
	CU_ASSERT(bytes_equal_str(buf_bytes(&order.previous_signature), "sig"));
	CU_ASSERT(bytes_equal_str(buf_bytes(&order.reason), "ticket"));
	CU_ASSERT(bytes_equal_str(order.format, "f"));
	CU_ASSERT_EQUAL(problem_of(""), PROBLEM_NONE);
}

static void
test_bad(void)
{
	AUTO(buf_release) struct buf more = buf_of(4096);

	CU_ASSERT_EQUAL(problem_of(",\"previous_key\":\"a2V5\""),
	                PROBLEM_JSON_MISSING);
	CU_ASSERT_EQUAL(problem_of(",\"previous_signature\":\"a2V5\""),
	                PROBLEM_JSON_MISSING);
	CU_ASSERT_EQUAL(problem_of(",\"previous_key\":\"\","
	                           "\"previous_signature\":\"c2ln\""),
	                PROBLEM_BASE64_INVALID);
	CU_ASSERT_EQUAL(problem_of(",\"previous_key\":\"a2V5\","
	                           "\"previous_signature\":\"*\""),
	                PROBLEM_BASE64_INVALID);
	CU_ASSERT_EQUAL(problem_of(",\"previous_key\":7"), PROBLEM_JSON_TYPE);
	CU_ASSERT_EQUAL(problem_of(",\"reason\":\"a\\nb\""),
	                PROBLEM_VALUE_INVALID);
	CU_ASSERT_EQUAL(problem_of(",\"key\":\"a2V5\""), PROBLEM_JSON_UNKNOWN);
	/* 600 bytes at most. */
	buf_append_str(&more, ",\"previous_signature\":\"c2ln\","
	                      "\"previous_key\":\"");
	for (int i = 0; i < 200; i++)
		buf_append_str(&more, "AAAA");
	size_t most = more.len;
	buf_append_str(&more, "\"");
	CU_ASSERT_EQUAL(problem_of(buf_str(&more)), PROBLEM_NONE);
	more.len = most;
	buf_append_str(&more, "AAAA\"");
	CU_ASSERT_EQUAL(problem_of(buf_str(&more)), PROBLEM_BASE64_INVALID);
}

/* No other request takes its members. */
static void
test_elsewhere(void)
{
	AUTO(attestation_order_release) struct attestation_order order = { 0 };
	struct json_fault fault = { .problem = PROBLEM_NONE };

	CU_ASSERT_EQUAL(attestation_order_parse(
	                        bytes_of_str(BEGIN ",\"reason\":\"x\"}"),
	                        &order, &fault),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(fault.problem, PROBLEM_JSON_UNKNOWN);
}

static const struct harness_test tests[] = {
	{ "with the key before, and without", test_good },
	{ "what is wrong with it", test_bad },
	{ "in no other request", test_elsewhere },
	{ NULL, NULL },
};

HARNESS_MAIN("json_key", tests)
