/*
 * test_json_plain.c - compares the fast parser of challenge requests (plain.h)
 * with the general one: what the fast one accepts, both parse equally.
 */
#include <stdlib.h>
#include <string.h>

#include "front/json/plain.h"

#include "tests/common/base/harness.h"
#include "tests/common/roles/orders.h"

#define HASH_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

/* A body with all members, and with all white space that JSON permits. */
#define FULL                                                                  \
	" { \"workflow\" : \"channel\" ,\t\"ttl\":\r\n600, \"device_handle\"" \
	":\"dh1_x\",\"channel\":\"beta\",\"transaction\":\"t 1\","            \
	"\"release\":\"r 1\",\"bindings\":{\"transport\":\"" HASH_A           \
	"\",\"request\":\"" HASH_A "\",\"account\":\"" HASH_A "\"}}\n"

static const struct challenge_limits limits = { 120, 600, 4 };

/* Parses with both.  0: the fast parser does not accept it; 1: equal results;
 * -1: different results, an error. */
static int
compare(struct bytes body)
{
	AUTO(challenge_orders_release) struct challenge_orders plain = { 0 };
	AUTO(challenge_orders_release) struct challenge_orders tree = { 0 };
	struct json_fault fault;

	if (!json_plain_orders(body, &limits, &plain))
		return 0;
	if (json_tree_orders(body, &limits, &tree, &fault) != OK)
		return -1;
	return orders_equal(&plain, &tree) ? 1 : -1;
}

static void
test_plain(void)
{
	static const char *const bodies[] = {
		FULL,
		"{\"workflow\":\"enroll\"}",
		"{\"ttl\":1,\"workflow\":\"enroll\"}",
		"{\"workflow\":\"metadata\",\"bindings\":{}}",
		"{\"workflow\":\"metadata\",\"bindings\":{\"request\":\"" HASH_A
		"\"}}",
		"[{\"workflow\":\"enroll\"}]",
		"[" FULL "," FULL "," FULL "," FULL "]",
	};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		CU_ASSERT_EQUAL(compare(bytes_of_str(bodies[i])), 1);
}

/* Bodies outside the subset, valid or not, which the fast parser must not
 * accept. */
static void
test_not_plain(void)
{
	static const char *const bodies[] = {
		"",
		" ",
		"{",
		"[",
		"{}",
		"[]",
		"{\"workflow\":\"enroll\"} x",
		"{\"workflow\":\"enroll\"}{",
		"{\"workflow\":\"enroll\",}",
		"{\"workflow\":\"enroll\" \"ttl\":1}",
		"{\"workflow\" \"enroll\"}",
		"{\"workflow\":\"enroll\"",
		"{\"workflow\":\"enroll",
		"{\"workflow\":\"none\"}",
		"{\"workflow\":enroll}",
		"{\"workflow\":\"\\u0065nroll\"}",
		"{\"\\u0077orkflow\":\"enroll\"}",
		"{\"workflow\":\"enroll\",\"workflow\":\"enroll\"}",
		"{\"workflow\":\"enroll\",\"more\":1}",
		"{\"workflow\":\"enroll\",\"ttl\":0}",
		"{\"workflow\":\"enroll\",\"ttl\":01}",
		"{\"workflow\":\"enroll\",\"ttl\":601}",
		"{\"workflow\":\"enroll\",\"ttl\":-1}",
		"{\"workflow\":\"enroll\",\"ttl\":1.0}",
		"{\"workflow\":\"enroll\",\"ttl\":1e2}",
		"{\"workflow\":\"enroll\",\"ttl\":4294967297}",
		"{\"workflow\":\"enroll\",\"ttl\":}",
		"{\"workflow\":\"enroll\",\"ttl\":\"1\"}",
		"{\"workflow\":\"enroll\",\"channel\":\"\"}",
		"{\"workflow\":\"enroll\",\"channel\":\"\xc3\xa4\"}",
		"{\"workflow\":\"enroll\",\"channel\":\"a\x7f\"}",
		"{\"workflow\":\"enroll\",\"channel\":\"a\nb\"}",
		"{\"workflow\":\"enroll\",\"channel\":null}",
		"{\"workflow\":\"enroll\",\"bindings\":[]}",
		"{\"workflow\":\"enroll\",\"bindings\":{\"request\":\"AA\"}}",
		"{\"workflow\":\"enroll\",\"bindings\":{\"request\":\"" HASH_A
		"=\"}}",
		"{\"workflow\":\"enroll\",\"bindings\":{\"device\":\"x\"}}",
		"{\"bindings\":{\"workflow\":\"enroll\"}}",
		"[{\"workflow\":\"enroll\"},]",
		"[{\"workflow\":\"enroll\"}",
		"[[{\"workflow\":\"enroll\"}]]",
		"[" FULL "," FULL "," FULL "," FULL "," FULL "]",
		"\xef\xbb\xbf{\"workflow\":\"enroll\"}",
	};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		CU_ASSERT_EQUAL(compare(bytes_of_str(bodies[i])), 0);
	CU_ASSERT_EQUAL(compare(bytes_of("{\"workflow\":\"enroll\"}", 22)), 0);
}

static void
test_long_text(void)
{
	char body[512], text[TRANSACTION_MAX + 2];

	for (size_t n = TRANSACTION_MAX; n <= TRANSACTION_MAX + 1; n++) {
		memset(text, 'a', n);
		text[n] = '\0';
		snprintf(body, sizeof(body),
		         "{\"workflow\":\"enroll\",\"transaction\":\"%s\"}",
		         text);
		CU_ASSERT_EQUAL(compare(bytes_of_str(body)),
		                n == TRANSACTION_MAX);
	}
}

/* Every truncation, and every byte replaced by every other one, gives no
 * difference. */
static void
test_changes(void)
{
	static const char full[] = "[" FULL ",{\"workflow\":\"enroll\"}]";
	size_t len = sizeof(full) - 1, plain = 0;

	for (size_t n = 0; n <= len; n++) {
		char *body = malloc(n + 1); /* sanitizers check its end */

		memcpy(body, full, n);
		CU_ASSERT(compare(bytes_of(body, n)) == (n == len));
		free(body);
	}
	for (size_t at = 0; at < len; at++)
		for (unsigned c = 0; c < 256; c++) {
			char body[sizeof(full)];

			memcpy(body, full, sizeof(full));
			body[at] = (char)c;
			int same = compare(bytes_of(body, len));
			CU_ASSERT(same >= 0);
			plain += same > 0;
		}
	CU_ASSERT(plain > 5000); /* e.g. changes inside of strings */
}

static const struct harness_test tests[] = {
	{ "plain bodies are read alike both ways", test_plain },
	{ "what is not plain is left alone", test_not_plain },
	{ "texts of the longest length", test_long_text },
	{ "changed bodies are read alike or left alone", test_changes },
	{ NULL, NULL },
};

HARNESS_MAIN("json_plain", tests)
