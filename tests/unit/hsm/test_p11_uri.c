/*
 * test_p11_uri.c - which RFC 7512 URIs may name the service's key.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hsm/pkcs11/int.h"
#include "tests/common/base/harness.h"

static err_t
parse(const char *text, struct p11_uri *ret_uri)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	err_t err = p11_uri_parse(text, &why, ret_uri);

	if (err != OK)
		CU_ASSERT_TRUE(why.len > 0);
	return err;
}

static void
test_good(void)
{
	struct p11_uri u;

	CU_ASSERT_EQUAL_FATAL(
	        parse("pkcs11:token=my%20token;serial=00a1;object=a%3Bb;"
	              "id=%00%ff;type=private",
	              &u),
	        OK);
	CU_ASSERT_STRING_EQUAL(u.token, "my token");
	CU_ASSERT_STRING_EQUAL(u.serial, "00a1");
	CU_ASSERT_TRUE(bytes_equal_str(bytes_of(u.label, u.label_len), "a;b"));
	CU_ASSERT_TRUE(
	        bytes_equal(bytes_of(u.id, u.id_len), bytes_of("\0\xff", 2)));
}

static void
test_bounds(void)
{
	struct p11_uri u;

	/* 32 bytes of label and 16 of serial fill their fields. */
	CU_ASSERT_EQUAL(parse("pkcs11:token=12345678901234567890123456789012;"
	                      "serial=1234567890123456;object=k;id=%01",
	                      &u),
	                OK);
	CU_ASSERT_EQUAL(strlen(u.token), 32);
	CU_ASSERT_EQUAL(strlen(u.serial), 16);
	CU_ASSERT_NOT_EQUAL(
	        parse("pkcs11:token=123456789012345678901234567890123;"
	              "serial=1;object=k;id=%01",
	              &u),
	        OK);
}

static void
test_bad(void)
{
	static const char *const bad[] = {
		"",
		"pkcs11:",
		"file:/x",
		"pkcs11:token",
		"pkcs11:serial=1;object=k;id=%01",
		"pkcs11:token=t;object=k;id=%01",
		"pkcs11:token=t;serial=1;id=%01",
		"pkcs11:token=t;serial=1;object=k",
		"pkcs11:token=;serial=1;object=k;id=%01",
		"pkcs11:token=t;serial=1;object=;id=%01",
		"pkcs11:token=t;serial=1;object=k;id=",
		"pkcs11:token=t;serial=1;object=k;id=%0",
		"pkcs11:token=t;serial=1;object=k;id=%01;type=public",
		"pkcs11:token=t;serial=1;object=k;id=%01;slot-id=3",
		"pkcs11:token=t;serial=1;object=k;id=%01;x-else=3",
		"pkcs11:token=t;serial=1;object=k;id=%01?pin-value=1234",
		"pkcs11:token=t;serial=1;object=k;id=%01?pin-source=/pin",
		"pkcs11:token=t;serial=1;object=k;id=%01?module-path=/m.so",
		"pkcs11:token=t;serial=1;object=k;id=%01?module-name=m",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct p11_uri u = { .id_len = 77 };
		err_t err = parse(bad[i], &u);

		if (err != E_CONFIG)
			printf("  %s: %s\n", bad[i], err_name(err));
		CU_ASSERT_EQUAL(err, E_CONFIG);
		CU_ASSERT_EQUAL(u.id_len, 77); /* untouched */
	}
}

/* What keygen prints is what the service reads. */
static void
test_there_and_back(void)
{
	AUTO(buf_release) struct buf text = buf_of(1024);
	struct p11_uri in = { "a token; 50%", "0123/456",    3, 2,
		              "k y",          { 0x00, 0x7f } };
	struct p11_uri out;

	CU_ASSERT_EQUAL(p11_uri_format(&in, &text), OK);
	CU_ASSERT_EQUAL_FATAL(parse(buf_str(&text), &out), OK);
	CU_ASSERT_EQUAL(memcmp(&in, &out, sizeof(in)), 0);
}

/* Each pkcs11: URI that this file shows to people; how many. */
static unsigned
parse_all_of(const char *path)
{
	char line[1024];
	unsigned n = 0;
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f)) {
		char *at = strstr(line, "\"pkcs11:");
		struct p11_uri uri;

		if (!at)
			continue;
		at[strcspn(at + 1, "\"") + 1] = '\0';
		if (parse(at + 1, &uri) != OK)
			printf("  %s: %s\n", path, at + 1);
		CU_ASSERT_EQUAL(parse(at + 1, &uri), OK);
		n++;
	}
	if (f)
		fclose(f);
	return n;
}

/* What people copy is what the service reads. */
static void
test_examples(void)
{
	if (access("provisioning/examples/anchord.conf", R_OK) != 0) {
		harness_skip("not started from the source tree");
		return;
	}
	CU_ASSERT_TRUE(parse_all_of("provisioning/examples/anchord.conf") > 0);
	CU_ASSERT_TRUE(parse_all_of("docs/man/anchord.conf.5.scd") > 0);
}

static const struct harness_test tests[] = {
	{ "reads token, serial, object and id", test_good },
	{ "keeps the fields' sizes", test_bounds },
	{ "refuses what is less or more", test_bad },
	{ "reads what it writes", test_there_and_back },
	{ "reads what the examples show", test_examples },
	{ NULL, NULL },
};

HARNESS_MAIN("p11_uri", tests)
