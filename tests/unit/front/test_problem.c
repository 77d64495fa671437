/*
 * test_problem.c - the table of problems, and the documents made from it.
 */
#include <string.h>

#include <jansson.h>

#include "front/json/write.h"
#include "front/json/problem.h"
#include "tests/common/base/harness.h"

static void
test_table(void)
{
	for (unsigned i = 1; i < PROBLEM_COUNT; i++) {
		enum problem p = (enum problem)i;
		const char *code = problem_code(p);

		CU_ASSERT_EQUAL(
		        strspn(code, "abcdefghijklmnopqrstuvwxyz-0123456789"),
		        strlen(code));
		CU_ASSERT(strlen(problem_title(p)) > 10);
		CU_ASSERT(problem_status(p) >= 400 && problem_status(p) < 600);
		CU_ASSERT_EQUAL(problem_retry_after(p) > 0,
		                problem_status(p) == 429 ||
		                        problem_status(p) == 503);
		for (unsigned k = 1; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(
			        code, problem_code((enum problem)k));
	}
	CU_ASSERT_STRING_EQUAL(problem_code(PROBLEM_COUNT), "internal-error");
}

static void
test_document(void)
{
	AUTO(buf_release) struct buf out = buf_of(4096);

	problem_put(&out, PROBLEM_TTL_RANGE, bytes_of_str("say \"ttl\""),
	            "00ff");
	json_t *doc = json_loadb((const char *)out.data, out.len, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
	const char *type = NULL, *title = NULL, *detail = NULL, *id = NULL;
	int status = 0;
	CU_ASSERT_EQUAL(json_unpack_ex(doc, NULL, JSON_STRICT,
	                               "{s:s,s:s,s:i,s:s,s:s}", "type", &type,
	                               "title", &title, "status", &status,
	                               "detail", &detail, "instance", &id),
	                0);
	CU_ASSERT_STRING_EQUAL(type, "urn:x-anchord:problem:ttl-out-of-range");
	CU_ASSERT_STRING_EQUAL(title, problem_title(PROBLEM_TTL_RANGE));
	CU_ASSERT_EQUAL(status, 422);
	CU_ASSERT_STRING_EQUAL(detail, "say \"ttl\"");
	CU_ASSERT_STRING_EQUAL(id, "00ff");
	json_decref(doc);
}

static void
test_no_detail(void)
{
	AUTO(buf_release) struct buf out = buf_of(4096);

	problem_put(&out, PROBLEM_DEADLINE, bytes_of(NULL, 0), "1");
	CU_ASSERT_PTR_NULL(strstr(buf_str(&out), "detail"));
}

/* Whatever a string contains, it remains one JSON string. */
static void
test_escapes(void)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} rows[] = {
		{ "a\"b\\c", 5, "\"a\\u0022b\\u005cc\"" },
		{ "\0\x1f\x7f", 3, "\"\\u0000\\u001f\\u007f\"" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
		  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "\xc0\xaf", 2, "\"\\ufffd\\ufffd\"" }, /* overlong */
		{ "\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"" }, /* D800 */
		{ "\xf4\x90\x80\x80", 4,
		  "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },  /* 110000 */
		{ "\xe2\x82", 2, "\"\\ufffd\\ufffd\"" }, /* cut */
		{ "\x80z", 2, "\"\\ufffdz\"" },
		{ "", 0, "\"\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf out = buf_of(4096);

		json_put_string(&out, bytes_of(rows[i].in, rows[i].len));
		CU_ASSERT_STRING_EQUAL(buf_str(&out), rows[i].out);
	}
}

static void
test_numbers(void)
{
	AUTO(buf_release) struct buf out = buf_of(4096);

	json_put_number(&out, 0);
	buf_append_str(&out, " ");
	json_put_number(&out, UINT64_MAX);
	CU_ASSERT_STRING_EQUAL(buf_str(&out), "0 18446744073709551615");
}

static const struct harness_test tests[] = {
	{ "codes are unique, statuses fit", test_table },
	{ "a document", test_document },
	{ "a document without detail", test_no_detail },
	{ "strings stay strings", test_escapes },
	{ "numbers", test_numbers },
	{ NULL, NULL },
};

HARNESS_MAIN("problem", tests)
