/*
 * test_known_file.c - files of known devices: every form, entry by entry with its
 * line, and what is none, to the byte.
 *
 * provisioning/ has no library of its own, so its files are compiled in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/codec/json_auto.h"
#include "provisioning/anchorctl/known_file.c"
#include "tests/common/base/harness.h"

#define WHY_MAX 512
#define TEXT_MAX (KNOWN_ENTRY_MAX + 64)
#define D32 "0123456789abcdef0123456789abcdef"
#define D64 D32 D32

/* seen: each entry as "LINE:JSON ", then "!" and the failure, if there is one. */
static const struct row {
	const char *text, *seen;
} rows[] = {
	{ "", "" },
	{ " \t\r\n\n", "" },
	{ "[]", "" },
	{ " [ ] \n", "" },
	{ D64, "1:{\"key\":\"" D64 "\"} " },
	{ "\n " D64 " \r\n\n" D64 "\n",
	  "2:{\"key\":\"" D64 "\"} 4:{\"key\":\"" D64 "\"} " },
	{ "{\"a\":1}\n" D64 "\n {\"b\":[2]} \r\n",
	  "1:{\"a\":1} 2:{\"key\":\"" D64 "\"} 3:{\"b\":[2]} " },
	{ "[{\"a\":1},{\"b\":\"]\"}]", "1:{\"a\":1} 1:{\"b\":\"]\"} " },
	/* in UTF-8 bytes are more than characters */
	{ "[{\"a\":\"\xc3\xa4\xe2\x82\xac\"},{\"b\":1}]",
	  "1:{\"a\":\"\xc3\xa4\xe2\x82\xac\"} 1:{\"b\":1} " },
	{ "\n[\n{\n\"a\":1\n}\n,\n{}\n]\n", "3:{\"a\":1} 7:{} " },
	{ "{\"a\":1}\nx\n{}",
	  "1:{\"a\":1} !line 2: neither a JSON object nor" },
	{ D32, "!line 1: neither" },
	{ D64 "0", "!line 1: neither" },
	{ D32 D32 " file", "!line 1: neither" },
	{ "g123456789abcdef0123456789abcdef" D32, "!line 1: neither" },
	{ "\xff\xfe", "!line 1: neither" },
	{ "{}\n{\"a\":1", "1:{} !line 2: " },
	{ "{}\n{\"a\":\n1}", "1:{} !line 2: " },
	{ "{} {}", "!line 1: end of file expected" },
	{ "{\"a\":1,\"a\":2}", "!line 1: duplicate object key" },
	{ "{\"a\":\"\xff\"}", "!line 1: " },
	{ "[{}", "1:{} !line 1: neither a comma" },
	{ "[{}\n{}]", "1:{} !line 2: neither a comma" },
	{ "[{},]", "1:{} !line 1: " },
	{ "[,{}]", "!line 1: " },
	{ "[{},\n[]]", "1:{} !line 2: an entry is an object" },
	{ "[\"" D64 "\"]", "!line 1: " },
	{ "[\n{\n\"a\":x}]", "!line 3: invalid token" },
	{ "[{}]\n[{}]", "1:{} !line 2: something follows the array" },
	{ "[{\"a\":1,\"a\":2}]", "!line 1: duplicate object key" },
	{ "[", "!line 1: " },
};

static err_t
put_next(struct known_file *f, struct buf *seen)
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);
	struct known_entry e = { 0 };
	err_t err = known_file_next(f, &e, &why);
	AUTO(json_decref) json_t *object = e.object;

	if (err == E_MALFORMED)
		buf_printf(seen, "!%s", buf_str(&why));
	if (err != OK)
		return err;
	CU_ASSERT_EQUAL(json_dump_to(object, &text), OK);
	CU_ASSERT_EQUAL(e.size, text.len);
	buf_printf(seen, "%llu:%s ", (unsigned long long)e.line,
	           buf_str(&text));
	return OK;
}

static void
check_row(const struct row *row)
{
	AUTO(buf_release) struct buf seen = buf_of(TEXT_MAX);
	size_t len = strlen(row->text), want = strlen(row->seen);
	uint8_t *exact = malloc(len + 1); /* a byte too far is seen */
	struct known_file f;
	err_t err;

	CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
	exact = realloc(exact, len > 0 ? len : 1);
	memcpy(exact, row->text, len);
	f = known_file_of(bytes_of(exact, len));
	do
		err = put_next(&f, &seen);
	while (err == OK);
	bool failed = strchr(row->seen, '!') != NULL;
	bool right = err == (failed ? E_MALFORMED : E_NOT_FOUND) &&
	             strncmp(buf_str(&seen), row->seen, want) == 0 &&
	             (failed || seen.len == want);
	if (!right)
		fprintf(stderr, "%s: %s\n", row->text, buf_str(&seen));
	CU_ASSERT_TRUE(right);
	/* and what is over is over */
	CU_ASSERT_EQUAL(put_next(&f, &seen), E_NOT_FOUND);
	free(exact);
}

static void
test_forms(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_row(&rows[i]);
}

/* An entry of so many bytes is read, and one of a byte more is not. */
static void
test_longest(void)
{
	for (size_t more = 0; more < 2; more++) {
		static char text[TEXT_MAX];
		AUTO(buf_release) struct buf seen = buf_of(2 * TEXT_MAX);
		int n = snprintf(text, sizeof(text), "{\"a\":\"%0*d\"}",
		                 (int)(KNOWN_ENTRY_MAX - 8 + more), 0);
		struct known_file f = known_file_of(bytes_of(text, (size_t)n));

		CU_ASSERT_EQUAL(put_next(&f, &seen),
		                more == 0 ? OK : E_MALFORMED);
		CU_ASSERT_EQUAL(strstr(buf_str(&seen), "too long") != NULL,
		                more == 1);
	}
}

static void
test_nul(void)
{
	static const char text[] = "{\"a\":1}\0{}\n";
	AUTO(buf_release) struct buf seen = buf_of(TEXT_MAX);
	struct known_file f = known_file_of(bytes_of(text, sizeof(text) - 1));

	CU_ASSERT_EQUAL(put_next(&f, &seen), E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "every form, and none", test_forms },
	{ "the longest entry", test_longest },
	{ "a zero byte is no end", test_nul },
	{ NULL, NULL },
};

HARNESS_MAIN("known_file", tests)
