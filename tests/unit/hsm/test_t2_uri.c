/*
 * test_t2_uri.c - which tpm2: URIs name the service's keys in a TPM, and that
 * what is formatted is read as it was meant.
 */
#include <stdio.h>
#include <string.h>

#include "hsm/tpm2/uri.h"
#include "tests/common/base/harness.h"

#define NAME                                                     \
	"000b0102030405060708090a0b0c0d0e0f10111213141516171819" \
	"1a1b1c1d1e1f20"

static err_t
parse(const char *text, struct t2_uri *ret_uri)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	err_t err = t2_uri_parse(text, &why, ret_uri);

	CU_ASSERT_EQUAL(err != OK, why.len > 0);
	return err;
}

static void
test_defaults(void)
{
	struct t2_uri u;

	CU_ASSERT_EQUAL_FATAL(parse("tpm2:device:/dev/tpmrm0", &u), OK);
	CU_ASSERT_STRING_EQUAL(u.tcti, "device:/dev/tpmrm0");
	CU_ASSERT_EQUAL(u.key.handle, T2_KEY);
	CU_ASSERT_EQUAL(u.mac.handle, T2_MAC);
	CU_ASSERT_EQUAL(u.parent, T2_PARENT);
	CU_ASSERT_EQUAL(u.epoch, T2_EPOCH);
	CU_ASSERT_EQUAL(u.trust_counter, T2_TRUST_COUNTER);
	CU_ASSERT_EQUAL(u.trust_head, T2_TRUST_HEAD);
	CU_ASSERT_FALSE(u.named);
	CU_ASSERT_FALSE(u.keyless);
}

static void
test_all(void)
{
	struct t2_uri u;

	CU_ASSERT_EQUAL_FATAL(
	        parse("tpm2:swtpm:host=127.0.0.1,port=2321?parent=0x81fffffe&"
	              "key=/a/sign.tpm&mac=0x81010002&epoch=0x01ffffff&"
	              "trust-counter=0x01fffffe&trust-head=0x01fffffd&"
	              "parent-name=" NAME,
	              &u),
	        OK);
	CU_ASSERT_STRING_EQUAL(u.tcti, "swtpm:host=127.0.0.1,port=2321");
	CU_ASSERT_STRING_EQUAL(u.key.path, "/a/sign.tpm");
	CU_ASSERT_STRING_EQUAL(u.mac.path, "");
	CU_ASSERT_EQUAL(u.mac.handle, 0x81010002);
	CU_ASSERT_EQUAL(u.parent, 0x81fffffe);
	CU_ASSERT_EQUAL(u.epoch, 0x01ffffff);
	CU_ASSERT_EQUAL(u.trust_counter, 0x01fffffe);
	CU_ASSERT_EQUAL(u.trust_head, 0x01fffffd);
	CU_ASSERT_TRUE(u.named);
	CU_ASSERT_EQUAL(u.parent_name[2], 1);
	CU_ASSERT_EQUAL(u.parent_name[33], 0x20);
}

static void
test_bad(void)
{
	static const char *const bad[] = {
		"",
		"tpm2",
		"tpm2:",
		"tpm2:?key=0x81018001",
		"pkcs11:token=t",
		"TPM2:device:/dev/tpm0",
		"tpm2:d?",
		"tpm2:d?key",
		"tpm2:d?key=",
		"tpm2:d?=0x81018001",
		"tpm2:d?&key=0x81018001",
		"tpm2:d?KEY=0x81018001",
		"tpm2:d?key=81018001",
		"tpm2:d?key=0X81018001",
		"tpm2:d?key=0x8101800",
		"tpm2:d?key=0x810180011",
		"tpm2:d?key=0x8101800g",
		"tpm2:d?key=0x80ffffff", /* transient */
		"tpm2:d?key=0x82000000", /* beyond */
		"tpm2:d?key=0x01818000", /* an NV index */
		"tpm2:d?key=relative.tpm",
		"tpm2:d?parent=/a/parent.tpm",
		"tpm2:d?epoch=0x81018000",
		"tpm2:d?epoch=0x00ffffff",
		"tpm2:d?epoch=0x02000000",
		"tpm2:d?parent-name=000b",
		"tpm2:d?parent-name=" NAME "00",
		"tpm2:d?parent-name=000c0102030405060708090a0b0c0d0e0f10111213"
		"1415161718191a1b1c1d1e1f20",
		"tpm2:d?pin-value=1234",
	};
	struct t2_uri u;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (strcmp(bad[i], "tpm2:d?") == 0) {
			CU_ASSERT_EQUAL(parse(bad[i], &u), OK);
			continue; /* nothing is asked for */
		}
		if (parse(bad[i], &u) != E_CONFIG) {
			printf("  %s\n", bad[i]);
			CU_FAIL("was taken");
		}
	}
}

/* Two keys in one place: one of them would be used for both. */
static void
test_one_place(void)
{
	static const char *const bad[] = {
		"tpm2:d?key=0x81018002",    "tpm2:d?mac=0x81018001",
		"tpm2:d?key=0x81018000",    "tpm2:d?mac=0x81018000",
		"tpm2:d?parent=0x81018001", "tpm2:d?key=/a&mac=/a",
	};
	struct t2_uri u;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(parse(bad[i], &u), E_CONFIG);
	CU_ASSERT_EQUAL(parse("tpm2:d?key=/a&mac=/b", &u), OK);
	CU_ASSERT_EQUAL(parse("tpm2:d?key=/a&mac=0x81018001", &u), OK);
}

static void
test_long(void)
{
	char text[1024] = "tpm2:";
	struct t2_uri u;

	memset(text + 5, 'w', T2_WAY_MAX - 1);
	CU_ASSERT_EQUAL(parse(text, &u), OK);
	text[5 + T2_WAY_MAX - 1] = 'w';
	CU_ASSERT_EQUAL(parse(text, &u), E_CONFIG);

	int n = snprintf(text, sizeof(text), "tpm2:d?key=/");
	memset(text + n, 'p', T2_PATH_MAX - 2);
	text[n + T2_PATH_MAX - 2] = '\0';
	CU_ASSERT_EQUAL(parse(text, &u), OK);
	text[n + T2_PATH_MAX - 2] = 'p';
	text[n + T2_PATH_MAX - 1] = '\0';
	CU_ASSERT_EQUAL(parse(text, &u), E_CONFIG);
}

static void
test_format(void)
{
	static const char text[] =
	        "tpm2:device:/dev/tpmrm0?key=/a/k&mac=0x81018002&"
	        "parent=0x81018000&epoch=0x01818000&parent-name=" NAME;
	AUTO(buf_release) struct buf out = buf_of(512);
	struct t2_uri u;

	CU_ASSERT_EQUAL_FATAL(parse(text, &u), OK);
	CU_ASSERT_EQUAL(t2_uri_format(&u, &out), OK);
	CU_ASSERT_STRING_EQUAL(buf_str(&out), text);
	u.keyless = true; /* a TPM beside a token has no such part */
	buf_reset(&out);
	CU_ASSERT_EQUAL(t2_uri_format(&u, &out), OK);
	CU_ASSERT_PTR_NULL(strstr(buf_str(&out), "key="));
	CU_ASSERT_EQUAL(parse(buf_str(&out), &u), OK);
	CU_ASSERT_EQUAL(u.mac.handle, 0x81018002);
	u.trust_counter = 0x01810000;
	u.trust_head = 0x01810001;
	buf_reset(&out);
	CU_ASSERT_EQUAL(t2_uri_format(&u, &out), OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&out),
	                              "&trust-counter=0x01810000"
	                              "&trust-head=0x01810001&parent-name"));
}

static const struct harness_test tests[] = {
	{ "fills in keygen's places", test_defaults },
	{ "reads every part", test_all },
	{ "refuses what is malformed or out of range", test_bad },
	{ "refuses two keys in one place", test_one_place },
	{ "keeps its ceilings", test_long },
	{ "formats what it reads", test_format },
	{ NULL, NULL },
};

HARNESS_MAIN("t2_uri", tests)
