/*
 * test_htu.c - URLs that are the same request, and URLs that are not.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/token/htu.h"
#include "tests/common/base/harness.h"

static const struct {
	const char *url, *normal;
} rows[] = {
	{ "https://ota.example/v1/fetch", "https://ota.example/v1/fetch" },
	{ "HTTPS://OTA.Example/v1/Fetch", "https://ota.example/v1/Fetch" },
	{ "https://ota.example", "https://ota.example/" },
	{ "https://ota.example?x=/..", "https://ota.example/" },
	{ "https://ota.example#f", "https://ota.example/" },
	{ "https://ota.example/a?b#c", "https://ota.example/a" },
	{ "https://ota.example/a#c?b", "https://ota.example/a" },
	{ "https://ota.example:443/a", "https://ota.example/a" },
	{ "https://ota.example:/a", "https://ota.example/a" },
	{ "https://ota.example:80/a", "https://ota.example:80/a" },
	{ "http://ota.example:80/a", "http://ota.example/a" },
	{ "http://ota.example:443/a", "http://ota.example:443/a" },
	{ "https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a" },
	{ "https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443/" },
	/* RFC 3986 section 6.2.2.1 and 6.2.2.2. */
	{ "https://ota.example/%7euser/%41%2f%3a",
	  "https://ota.example/~user/A%2F%3A" },
	{ "https://%4Fta.example/", "https://ota.example/" },
	{ "https://ota.example/%00%ff", "https://ota.example/%00%FF" },
	/* Section 5.2.4. */
	{ "https://ota.example/a/b/c/./../../g", "https://ota.example/a/g" },
	{ "https://ota.example/a/.", "https://ota.example/a/" },
	{ "https://ota.example/a/..", "https://ota.example/" },
	{ "https://ota.example/../../a", "https://ota.example/a" },
	{ "https://ota.example/a/%2E%2e/b", "https://ota.example/b" },
	{ "https://ota.example/.../..a", "https://ota.example/.../..a" },
	/* These stay what they are. */
	{ "https://ota.example/a/", "https://ota.example/a/" },
	{ "https://ota.example//a", "https://ota.example//a" },
};

static const char *const refused[] = {
	"",
	"/v1/fetch",
	"ota.example/a",
	"https:/ota.example",
	"https:ota.example",
	"ftp://ota.example/",
	"https://",
	"https:///a",
	"https://:443/a",
	"https://user@ota.example/",
	"https://ota.example:44x/",
	"https://ota.example/a b",
	"https://ota.example/\n",
	"https://ota.example/\xc3\xa4",
	"https://ota.example/%4",
	"https://ota.example/%zz",
	"https://ota.example/<a>",
};

static void
test_normal(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf out = buf_of(2 * HTU_MAX);

		CU_ASSERT_EQUAL(htu_normalize(bytes_of_str(rows[i].url), &out),
		                OK);
		CU_ASSERT_STRING_EQUAL(buf_str(&out), rows[i].normal);
		/* Once is enough. */
		AUTO(buf_release) struct buf again = buf_of(2 * HTU_MAX);
		CU_ASSERT_EQUAL(htu_normalize(buf_bytes(&out), &again), OK);
		CU_ASSERT_STRING_EQUAL(buf_str(&again), rows[i].normal);
	}
}

static void
test_refused(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		AUTO(buf_release) struct buf out = buf_of(2 * HTU_MAX);

		if (htu_normalize(bytes_of_str(refused[i]), &out) !=
		    E_MALFORMED) {
			printf("  %s\n", refused[i]);
			CU_FAIL("a URL");
		}
	}
}

static void
test_long(void)
{
	char url[HTU_MAX + 1] = "https://ota.example/";
	AUTO(buf_release) struct buf out = buf_of(2 * HTU_MAX);

	memset(url + strlen(url), 'a', sizeof(url) - strlen(url));
	CU_ASSERT_EQUAL(htu_normalize(bytes_of(url, HTU_MAX), &out), OK);
	CU_ASSERT_EQUAL(htu_normalize(bytes_of(url, HTU_MAX + 1), &out),
	                E_MALFORMED);
	url[30] = '\0';
	CU_ASSERT_EQUAL(htu_normalize(bytes_of(url, 40), &out), E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "one spelling", test_normal },
	{ "no URL of a request", test_refused },
	{ "its length", test_long },
	{ NULL, NULL },
};
HARNESS_MAIN("htu", tests)
