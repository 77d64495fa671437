/*
 * test_rotation.c - an order to rotate keys: what is read, what is refused.
 */
#include <stdio.h>
#include <string.h>

#include "../common/harness.h"
#include "rotation.h"

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HEAD "rotation 1\n"
#define OLD "key pkcs11:object=old\npublic_sha256 " HEX_A "\n"
#define NEW "key pkcs11:object=new\npublic_sha256 " HEX_B "\n"
#define RETIRE "retire_at 2026-11-23T12:30:00Z\n"
#define PUBLISH "publish_at 2026-11-23T12:00:00Z\n"
#define FROM "sign_from 2026-11-23T12:02:00Z\n"
#define FROM_S 1795435320u

static err_t
parse(const char *text, struct rotation *ret_r)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	err_t err = rotation_parse(bytes_of_str(text), &why, ret_r);

	CU_ASSERT_EQUAL(err == OK, why.len == 0);
	return err;
}

static void
test_one(void)
{
	struct rotation r;

	CU_ASSERT_EQUAL_FATAL(parse("# ours\n" HEAD "\n" OLD, &r), OK);
	CU_ASSERT_EQUAL(r.n, 1);
	CU_ASSERT_STRING_EQUAL(r.keys[0].uri, "pkcs11:object=old");
	CU_ASSERT_EQUAL(r.keys[0].public_sha256[31], 0xaa);
	CU_ASSERT_EQUAL(rotation_signer(&r, 0), 0);
	CU_ASSERT_EQUAL(rotation_signer(&r, UINT64_MAX), 0);
}

static void
test_two(void)
{
	AUTO(buf_release) struct buf text = buf_of(4096);
	struct rotation r, again;

	CU_ASSERT_EQUAL_FATAL(parse(HEAD OLD RETIRE NEW PUBLISH FROM, &r), OK);
	CU_ASSERT_EQUAL(r.n, 2);
	CU_ASSERT_EQUAL(r.keys[1].sign_from_s, FROM_S);
	CU_ASSERT_EQUAL(r.keys[1].publish_at_s, FROM_S - 120);
	CU_ASSERT_EQUAL(r.keys[0].retire_at_s, FROM_S + 28 * 60);
	CU_ASSERT_EQUAL(rotation_signer(&r, FROM_S - 1), 0);
	CU_ASSERT_EQUAL(rotation_signer(&r, FROM_S), 1);

	rotation_put(&text, &r);
	CU_ASSERT_EQUAL_FATAL(parse(buf_str(&text), &again), OK);
	CU_ASSERT_EQUAL(memcmp(&r, &again, sizeof(r)), 0);
}

static void
test_refused(void)
{
	static const char *const texts[] = {
		"",
		HEAD,
		OLD,
		"rotation 2\n" OLD,
		HEAD HEAD OLD,
		OLD HEAD,
		HEAD "key pkcs11:object=old\n",
		HEAD "public_sha256 " HEX_A "\n",
		HEAD "key \npublic_sha256 " HEX_A "\n",
		HEAD "key a b\npublic_sha256 " HEX_A "\n",
		HEAD "key a\npublic_sha256 " HEX_A "00\n",
		HEAD "key a\npublic_sha256 " HEX_A "\npublic_sha256 " HEX_A
		     "\n",
		HEAD "key a\nkey b\npublic_sha256 " HEX_A "\n",
		HEAD "key pkcs11:object=old\n" RETIRE NEW PUBLISH FROM,
		HEAD OLD "colour red\n",
		HEAD OLD "retire_at\n",
		HEAD OLD RETIRE,                /* nothing follows it */
		HEAD OLD PUBLISH,               /* alone, with a time */
		HEAD OLD "key pkcs11:object=x", /* cut short */
		HEAD OLD NEW PUBLISH FROM,
		HEAD OLD RETIRE NEW FROM,
		HEAD OLD RETIRE NEW PUBLISH,
		HEAD OLD RETIRE NEW PUBLISH FROM FROM,
		HEAD OLD RETIRE NEW PUBLISH FROM RETIRE,
		HEAD OLD FROM RETIRE NEW PUBLISH FROM,
		HEAD OLD RETIRE NEW PUBLISH "sign_from tomorrow\n",
		/* signs before it is published */
		HEAD OLD RETIRE NEW PUBLISH "sign_from 2026-11-23T11:59:59Z\n",
		/* retires while it signs */
		HEAD OLD "retire_at 2026-11-23T12:02:00Z\n" NEW PUBLISH FROM,
		/* one key twice */
		HEAD OLD RETIRE "key x\npublic_sha256 " HEX_A "\n" PUBLISH FROM,
		HEAD OLD RETIRE "key pkcs11:object=old\npublic_sha256 " HEX_B
		                "\n" PUBLISH FROM,
		HEAD OLD RETIRE NEW PUBLISH FROM
		"key third\npublic_sha256 " HEX_B "\n",
	};
	struct rotation r = { .n = 7 };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		err_t err = parse(texts[i], &r);

		if (err != E_MALFORMED)
			printf("taken:\n%s\n", texts[i]);
		CU_ASSERT_EQUAL(err, E_MALFORMED);
	}
	CU_ASSERT_EQUAL(r.n, 7);
}

static void
test_ceilings(void)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(buf_release) struct buf text = buf_of(2 * ROTATION_FILE_MAX);
	struct rotation r;

	buf_append_str(&text, HEAD "key ");
	while (text.len < ROTATION_URI_MAX + sizeof(HEAD) + 4)
		buf_append_str(&text, "x");
	buf_append_str(&text, "\npublic_sha256 " HEX_A "\n");
	CU_ASSERT_EQUAL(parse(buf_str(&text), &r), E_MALFORMED);

	buf_reset(&text);
	buf_append_str(&text, HEAD OLD);
	while (text.len <= ROTATION_FILE_MAX)
		buf_append_str(&text, "# more\n");
	CU_ASSERT_EQUAL(parse(buf_str(&text), &r), E_MALFORMED);

	/* a byte that no text has */
	CU_ASSERT_EQUAL(
	        rotation_parse(bytes_of("rotation 1\0\n", 12), &why, &r),
	        E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "reads a key that is alone", test_one },
	{ "reads two, and writes what it reads", test_two },
	{ "refuses what is not an order", test_refused },
	{ "refuses what is too long", test_ceilings },
	{ NULL, NULL },
};

HARNESS_MAIN("rotation", tests)
