/*
 * test_client.c - what anchorctl makes of an answer of a service, and of a list
 * that comes in pages, whatever the service says.
 *
 * provisioning/ has no library of its own, so its files are compiled in; what
 * libcurl does is shown by tests/e2e/15-officer-by-hand.sh.
 */
#include <stdio.h>
#include <stdlib.h>

#include "provisioning/anchorctl/cli.h"
#include "provisioning/anchorctl/cli_json.c"
#include "provisioning/anchorctl/cli_print.c"
#include "provisioning/anchorctl/cli_value.c"
#include "provisioning/anchorctl/client_answer.c"
#include "provisioning/anchorctl/client_page.c"
#include "provisioning/anchorctl/verb_device_known.c"
#include "tests/common/base/harness.h"

#define JSON "application/json"
#define D63 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define PROBLEM "application/problem+json"

/* --- answers ---------------------------------------------------------------- */

static const struct answer_row {
	const char *what;
	unsigned status;
	const char *type, *body;
	int code;
	const char *why; /* a part of the message */
} answers[] = {
	{ "good", 200, JSON, "{}", VERB_GOOD, "" },
	{ "new", 201, JSON "; charset=utf-8", "{\"a\":1}", VERB_GOOD, "" },
	{ "empty", 204, NULL, "", VERB_GOOD, "" },
	{ "another type", 200, "text/html", "{}", VERB_PART, "no JSON object" },
	{ "a longer type", 200, JSON "x", "{}", VERB_PART, "no JSON object" },
	{ "no type", 200, NULL, "{}", VERB_PART, "no JSON object" },
	{ "no JSON", 200, JSON, "{", VERB_PART, "no JSON object" },
	{ "twice", 200, JSON, "{\"a\":1,\"a\":2}", VERB_PART, "no JSON" },
	{ "an array", 200, JSON, "[]", VERB_PART, "no JSON object" },
	{ "bytes behind", 200, JSON, "{} x", VERB_PART, "no JSON object" },
	{ "a redirect", 307, JSON, "{}", VERB_PART, "a redirect" },
	{ "accepted only", 202, JSON, "{}", VERB_PART, "HTTP 202" },
	{ "a part", 206, JSON, "{}", VERB_PART, "HTTP 206" },
	{ "refused", 403, PROBLEM,
	  "{\"type\":\"urn:x-anchord:problem:role-denied\",\"title\":\"no\","
	  "\"detail\":\"why\",\"instance\":\"5f\"}",
	  VERB_REFUSED,
	  "refused: role-denied: no: why (HTTP 403, request 5f)" },
	{ "without members", 404, PROBLEM, "{}", VERB_REFUSED,
	  "refused: about:blank: (no title) (HTTP 404)" },
	{ "members of other types", 409, PROBLEM,
	  "{\"type\":1,\"title\":[],\"detail\":{}}", VERB_REFUSED,
	  "refused: about:blank: (no title) (HTTP 409)" },
	{ "somebody else's", 400, PROBLEM, "{\"type\":\"https://a/b\"}",
	  VERB_REFUSED, "refused: https://a/b" },
	{ "no problem", 403, "text/html", "{}", VERB_PART,
	  "HTTP 403 without a problem document" },
	{ "a problem that is none", 403, PROBLEM, "x", VERB_PART,
	  "HTTP 403 without a problem document" },
	{ "later", 503, PROBLEM,
	  "{\"type\":\"urn:x-anchord:problem:not-ready\",\"title\":\"t\"}",
	  VERB_PART, "not-ready: t (HTTP 503)" },
	{ "too many", 429, PROBLEM,
	  "{\"type\":\"urn:x-anchord:problem:quota-exceeded\"}", VERB_PART,
	  "quota-exceeded" },
	{ "too slow", 408, PROBLEM,
	  "{\"type\":\"urn:x-anchord:problem:request-timeout\"}", VERB_PART,
	  "request-timeout" },
};

static void
check_answer(const struct answer_row *row)
{
	AUTO(buf_release) struct buf why = buf_of(CLIENT_WHY_MAX);
	AUTO(json_decref) json_t *body = NULL;
	const struct client_answer a = { .status = row->status,
		                         .type = row->type,
		                         .body = bytes_of_str(row->body) };
	int code = client_judge(&a, &why, &body);
	bool right =
	        code == row->code && strstr(buf_str(&why), row->why) &&
	        (body != NULL) == (code == VERB_GOOD && row->status != 204) &&
	        (code == VERB_GOOD) == (why.len == 0);

	if (!right)
		fprintf(stderr, "%s: %d %s\n", row->what, code, buf_str(&why));
	CU_ASSERT_TRUE(right);
}

static void
test_answers(void)
{
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		check_answer(&answers[i]);
}

static void
test_long_problem(void)
{
	static char body[CLIENT_WHY_MAX + 64];
	AUTO(buf_release) struct buf why = buf_of(CLIENT_WHY_MAX);
	AUTO(json_decref) json_t *none = NULL;
	int n = snprintf(body, sizeof(body), "{\"type\":\"%0*d\"}",
	                 CLIENT_WHY_MAX, 0);
	const struct client_answer a = { .status = 403,
		                         .type = PROBLEM,
		                         .body = bytes_of(body, (size_t)n) };

	CU_ASSERT_EQUAL(client_judge(&a, &why, &none), VERB_REFUSED);
	CU_ASSERT_TRUE(why.len <= CLIENT_WHY_MAX);
}

/* --- requests ---------------------------------------------------------------- */

static void
test_urls(void)
{
	static const char *const good[] = {
		"https://a",
		"https://a/",
		"https://anchord.internal:8443",
		"https://[::1]:8443/",
	};
	static const char *const bad[] = { "",
		                           "a",
		                           "http://a",
		                           "HTTPS://a",
		                           "https://",
		                           "https:///",
		                           "https://a/b",
		                           "https://a//",
		                           "https://a?",
		                           "https://u@a",
		                           "https://a#b",
		                           "https://a b",
		                           "https://%a",
		                           "https://a\\b",
		                           "https://a\n:1" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(buf_release) struct buf base = buf_of(64);

		CU_ASSERT_TRUE(client_url_valid(good[i], &base));
		CU_ASSERT_NOT_EQUAL(base.data[base.len - 1], '/');
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(buf_release) struct buf base = buf_of(64);

		CU_ASSERT_FALSE(client_url_valid(bad[i], &base));
	}
}

static void
test_values(void)
{
	CU_ASSERT_TRUE(client_value_valid("aZ09-._~:"));
	for (int c = 1; c < 256; c++) {
		const char text[] = { 'a', (char)c, '\0' };
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		            (c >= '0' && c <= '9') || strchr("-._~:", c);

		CU_ASSERT_EQUAL(client_value_valid(text), good);
	}
	CU_ASSERT_FALSE(client_value_valid(""));
}

/* --- pages -------------------------------------------------------------------- */

/* A service that answers with these pages, one after the other. */
static struct fake {
	const char *const *pages;
	size_t n, asked;
	char paths[512]; /* what was asked for, joined by a space */
} fake;

/* Only client_run_list() opens one. */
int
client_setup(const struct cli *cli, struct client **ret_client)
{
	(void)cli;
	(void)ret_client;
	return VERB_PART;
}

void
client_drop(struct client *c)
{
	(void)c;
}

int
client_ask(struct client *c, const struct client_request *r,
           unsigned *ret_status, json_t **ret_body)
{
	size_t at = strlen(fake.paths);

	(void)c;
	CU_ASSERT_EQUAL_FATAL(strcmp(r->method, "GET"), 0);
	CU_ASSERT_TRUE_FATAL(fake.asked < fake.n);
	snprintf(fake.paths + at, sizeof(fake.paths) - at, "%s ", r->path);
	*ret_status = 200;
	*ret_body = json_loads(fake.pages[fake.asked++], 0, NULL);
	return *ret_body ? VERB_GOOD : VERB_REFUSED;
}

/* Only the verbs ask so, and no verb runs here. */
int
client_ask_once(const struct cli *cli, const struct client_request *r,
                unsigned *ret_status, json_t **ret_body)
{
	(void)cli;
	(void)r;
	(void)ret_status;
	(void)ret_body;
	return VERB_PART;
}

static int
count_row(void *user, const json_t *row)
{
	uint64_t *sum = user;

	*sum = *sum * 10 + (uint64_t)json_integer_value(row);
	return json_integer_value(row) == 9 ? VERB_REFUSED : VERB_GOOD;
}

static struct walk_seen {
	int code;
	uint64_t rows; /* their digits */
	char next[64];
} seen;

#define WALK(limit, ...)                                          \
	walk_pages((const char *const[]){ __VA_ARGS__ },          \
	           sizeof((const char *const[]){ __VA_ARGS__ }) / \
	                   sizeof(char *),                        \
	           limit)

/* How a list's places follow each other, if not by their text. */
static bool (*order)(const char *before, const char *next);

static void
walk_pages(const char *const *pages, size_t n, uint64_t limit)
{
	static const struct verb verb = { .words = "test" };
	const struct cli cli = { .verb = &verb };
	AUTO(buf_release) struct buf filters = buf_of(64);
	AUTO(buf_release) struct buf next = buf_of(64);
	const struct client_listing l = { .cli = &cli,
		                          .path = "/p",
		                          .member = "rows",
		                          .filters = &filters,
		                          .limit = limit,
		                          .is_behind = order };

	fake = (struct fake){ .pages = pages, .n = n };
	seen = (struct walk_seen){ 0 };
	buf_append_str(&filters, "&x=y");
	seen.code = client_list(NULL, &l, count_row, &seen.rows, &next);
	snprintf(seen.next, sizeof(seen.next), "%s", buf_str(&next));
}

static void
test_pages(void)
{
	WALK(0, "{\"rows\":[1,2],\"next\":\"b\"}",
	     "{\"rows\":[],\"next\":\"c\"}", "{\"rows\":[3]}");
	CU_ASSERT_EQUAL(seen.code, VERB_GOOD);
	CU_ASSERT_EQUAL(seen.rows, 123);
	CU_ASSERT_STRING_EQUAL(seen.next, "");
	CU_ASSERT_STRING_EQUAL(fake.paths,
	                       "/p?limit=100&x=y /p?limit=100&after=b&x=y "
	                       "/p?limit=100&after=c&x=y ");
	WALK(0, "{\"rows\":[1],\"next\":9}", "{\"rows\":[2],\"next\":10}",
	     "{\"rows\":[3]}");
	CU_ASSERT_EQUAL(seen.rows, 123);
}

static void
test_limit(void)
{
	WALK(3, "{\"rows\":[1,2],\"next\":\"b\"}",
	     "{\"rows\":[3],\"next\":\"c\"}");
	CU_ASSERT_EQUAL(seen.code, VERB_GOOD);
	CU_ASSERT_EQUAL(seen.rows, 123);
	CU_ASSERT_STRING_EQUAL(seen.next, "c");
	CU_ASSERT_STRING_EQUAL(fake.paths,
	                       "/p?limit=3&x=y /p?limit=1&after=b&x=y ");
	WALK(1, "{\"rows\":[1,2]}");
	CU_ASSERT_EQUAL(seen.code, VERB_PART); /* more than was asked for */
}

/* A service that never comes to an end is left. */
static void
test_circle(void)
{
	static const char *const next[] = { "\"b\"",     "\"a\"", "\"\"",
		                            "\"b&c=d\"", "7",     "0",
		                            "null",      "[]" };

	for (size_t i = 0; i < ARRAY_LEN(next); i++) {
		char page[64];

		snprintf(page, sizeof(page), "{\"rows\":[2],\"next\":%s}",
		         next[i]);
		WALK(0,
		     i == 4 || i == 5 ? "{\"rows\":[1],\"next\":7}"
		                      : "{\"rows\":[1],\"next\":\"b\"}",
		     page);
		CU_ASSERT_EQUAL(seen.code, VERB_PART);
		CU_ASSERT_EQUAL(fake.asked, 2);
	}
}

/* Keys come before certificates, and none of them twice. */
static void
test_known(void)
{
	static const char *const circles[] = { "key-0", "key-1", "x", "kez-2",
		                               "key" };

	order = entry_is_behind;
	WALK(0, "{\"rows\":[1],\"next\":\"key-1\"}",
	     "{\"rows\":[2],\"next\":\"key-f\"}",
	     "{\"rows\":[3],\"next\":\"certificate-0\"}", "{\"rows\":[4]}");
	CU_ASSERT_EQUAL(seen.code, VERB_GOOD);
	CU_ASSERT_EQUAL(seen.rows, 1234);
	WALK(0, "{\"rows\":[1],\"next\":\"certificate-0\"}",
	     "{\"rows\":[2],\"next\":\"key-1\"}");
	CU_ASSERT_EQUAL(seen.code, VERB_PART);
	for (size_t i = 0; i < ARRAY_LEN(circles); i++) {
		char page[64];

		snprintf(page, sizeof(page), "{\"rows\":[2],\"next\":\"%s\"}",
		         circles[i]);
		WALK(0, "{\"rows\":[1],\"next\":\"key-1\"}", page);
		CU_ASSERT_EQUAL(seen.code, VERB_PART);
	}
	order = NULL;
}

static void
test_entries(void)
{
	static const char *const bad[] = {
		"",
		"key-",
		"key-" D63,
		"key-" D63 "0/x",
		"key-" D63 "x",
		"certificate-" D63,
		"other-" D63 "0",
		"key/" D63 "0",
		"../keys",
		"key-" D63 "0?a",
	};

	CU_ASSERT_TRUE(entry_valid("key-" D63 "0"));
	CU_ASSERT_TRUE(entry_valid("certificate-" D63 "0"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_FALSE(entry_valid(bad[i]));
}

static void
test_no_pages(void)
{
	WALK(0, "{}");
	CU_ASSERT_EQUAL(seen.code, VERB_PART);
	WALK(0, "{\"rows\":{}}");
	CU_ASSERT_EQUAL(seen.code, VERB_PART);
	WALK(0, "{\"rows\":[1],\"next\":\"b\"}", "");
	CU_ASSERT_EQUAL(seen.code, VERB_REFUSED); /* the service's own */
	WALK(0, "{\"rows\":[1,9,2],\"next\":\"b\"}");
	CU_ASSERT_EQUAL(seen.code, VERB_REFUSED); /* the taker's own */
	CU_ASSERT_EQUAL(seen.rows, 19);
}

static const struct harness_test tests[] = {
	{ "what an answer means", test_answers },
	{ "a problem of any length", test_long_problem },
	{ "one spelling of a URL", test_urls },
	{ "and of a value", test_values },
	{ "pages to the last", test_pages },
	{ "or up to a limit", test_limit },
	{ "never in a circle", test_circle },
	{ "keys before certificates", test_known },
	{ "an entry's name is no other path", test_entries },
	{ "and nothing that is no page", test_no_pages },
	{ NULL, NULL },
};

HARNESS_MAIN("client", tests)
