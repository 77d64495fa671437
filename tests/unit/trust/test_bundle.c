/*
 * test_bundle.c - the text of a trust bundle: what is read, what is refused.
 */
#include "crypto/digest.h"
#include "tests/unit/trust/test_bundle_kit.h"

/* --- what is read --------------------------------------------------------- */

static void
reads_again(struct bundle *made)
{
	AUTO(bundle_free) struct bundle *b = made;
	AUTO(buf_release) struct buf text = bundle_kit_text(b);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(bundle_free) struct bundle *read = NULL;

	CU_ASSERT_EQUAL(parse_text(buf_bytes(&text), &why, &read), OK);
	if (!read) {
		puts(buf_str(&why));
		return;
	}
	digest_sha256(buf_bytes(&text), b->digest);
	CU_ASSERT_EQUAL(memcmp(b, read, sizeof(*b)), 0);
}

static struct bundle *
with_wide_numbers(void)
{
	struct bundle *b = bundle_kit_whole();

	b->version = b->pins.version = PINS_VERSION_MAX;
	b->devices[1].base = INT64_MAX;
	b->pins.keys[2].node = UINT32_MAX;
	return b;
}

static struct bundle *
with_empty_lists(void)
{
	struct bundle *b = bundle_kit_least();

	b->n_anchors = b->n_policies = 0;
	memset(b->anchors, 0, sizeof(b->anchors));
	memset(b->policies, 0, sizeof(b->policies));
	return b;
}

static void
test_round(void)
{
	reads_again(bundle_kit_least());
	reads_again(bundle_kit_whole());
	reads_again(bundle_kit_full());
	reads_again(with_wide_numbers());
	reads_again(with_empty_lists());
}

/* The bytes that officers sign. */
static void
test_spelling(void)
{
	static const char *const parts[] = {
		"format = 1;\nversion = 2;\nchange = \"ordinary\";\n"
		"previous = \"fc6af3ec64d3d71d0919a48ee6efa31d75ae83e56147079c"
		"8a117fb2fb15a507\";\n"
		"issued = \"2026-11-29T12:00:00Z\";\n"
		"apply_before = \"2026-12-06T12:00:00Z\";\n"
		"expires = \"2027-11-29T12:00:00Z\";\n"
		"threshold = 2;\nremoval_threshold = 1;\nofficers = (\n  {\n"
		"    name = \"alpha\";\n    kind = \"token\";\n"
		"    key = \"ecdsa-sha2-nistp256 AAAA",
		"\";\n    until = \"2027-03-09T12:00:00Z\";\n  },\n  {\n"
		"    name = \"charlie\";\n    kind = \"file\";\n",
		"\";\n  }\n);\nrecovery = {\n  threshold = 2;\n"
		"  wait_days = 7;\n  keys = (\n    {\n"
		"      name = \"sealed-1\";\n      kind = \"token\";\n",
		"\";\n    }\n  );\n};\ndevices = (\n  {\n"
		"    token = \"token\";\n    base = 0;\n"
		"    counter = \"" BUNDLE_KIT_COUNTER "\";\n  },\n  {\n"
		"    token = \"hsm-b\";\n    base = 41;\n"
		"    counter = \"" BUNDLE_KIT_TPM_COUNTER "\";\n"
		"    tpm = \"",
		"\";\n  }\n);\n"
		"keys = (\n  {\n    kid = \"",
		"  }\n);\ntenant_salt = \"63479ad6",
		"    purposes = [ \"tpm2-ek\", \"tpm2-ak\" ];\n"
		"    certificate = \"e4f4",
		"\";\n    intermediates = (\n      {\n        certificate = \"",
		"\";\n      }\n    );\n    tenants = [\n      \"6838",
		"\",\n      \"f893",
		"\"\n    ];\n    note = \"fetched from its maker's page\";\n"
		"  }\n);\npolicies = (\n  {\n    id = \"fleet\";\n"
		"    digest = \"ec13",
		"\";\n  }\n);\nrevocations_from = \"2026-11-01T12:00:00Z\";\n",
	};
	AUTO(bundle_free) struct bundle *b = bundle_kit_whole();
	AUTO(buf_release) struct buf text = bundle_kit_text(b);
	const char *at = buf_str(&text);

	CU_ASSERT_EQUAL(strncmp(at, parts[0], strlen(parts[0])), 0);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		at = strstr(at, parts[i]);
		if (!at)
			puts(parts[i]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		at += strlen(parts[i]);
	}
	CU_ASSERT_STRING_EQUAL(at, "");

	AUTO(bundle_free) struct bundle *empty = with_empty_lists();
	AUTO(buf_release) struct buf short_text = bundle_kit_text(empty);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&short_text),
	               "\nanchors = ();\npolicies = ();\nrevocations_from"));
}

static void
test_tenant(void)
{
	AUTO(bundle_free) struct bundle *b = bundle_kit_least();
	AUTO(buf_release) struct buf both = buf_of(64);
	uint8_t wanted[HASH_SIZE], hash[HASH_SIZE];

	buf_append(&both, bytes_of(b->tenant_salt, HASH_SIZE));
	buf_append_str(&both, "tenant.example");
	digest_sha256(buf_bytes(&both), wanted);
	bundle_tenant(b, bytes_of_str("tenant.example"), hash);
	CU_ASSERT_EQUAL(memcmp(hash, wanted, HASH_SIZE), 0);
}

/* --- other spellings ------------------------------------------------------ */

/* Each says the same, or more, to libconfig; none is what the writer writes. */
static void
test_other_spellings(void)
{
	static const char *const edits[][2] = {
		{ "format = 1;", "# ours\nformat = 1;" },
		{ "format = 1;", "// ours\nformat = 1;" },
		{ "format = 1;", "/* ours */ format = 1;" },
		{ "\"alpha\";", "\"alpha\"; # not a token" },
		{ "format = 1;", "format: 1" },
		{ "format = 1;", "format = 1 ;" },
		{ "format = 1;", "format = 1" },
		{ "format = 1;\n", "format = 1;" },
		{ "format = 1;", " format = 1;" },
		{ "format = 1;", "\xef\xbb\xbf"
		                 "format = 1;" },
		{ "threshold = 2;", "threshold = 02;" },
		{ "threshold = 2;", "threshold = 0x2;" },
		{ "threshold = 2;", "threshold = 2L;" },
		{ "threshold = 2;", "threshold = +2;" },
		{ "threshold = 2;", "threshold = 4294967298;" },
		{ "base = 0;", "base = -0;" },
		{ "base = 41;", "base = 9223372036854775808L;" },
		{ "base = 41;", "base = 18446744073709551657L;" },
		{ "threshold = 2;\nremoval_threshold = 1;",
		  "removal_threshold = 1;\nthreshold = 2;" },
		{ "    name = \"alpha\";\n    kind = \"token\";",
		  "    kind = \"token\";\n    name = \"alpha\";" },
		{ "    name = \"alpha\"", "\tname = \"alpha\"" },
		{ "\"alpha\"", "\"al\" \"pha\"" },
		{ "\"alpha\"", "\"al\\x70ha\"" },
		{ "\"fetched", "\"\\x66etched" },
		{ "[ \"android-key\" ]", "[\"android-key\"]" },
		{ "[ \"android-key\" ]",
		  "[ \"android-key\", \"android-key\" ]" },
		{ "[ \"tpm2-ek\", \"tpm2-ak\" ]",
		  "[ \"tpm2-ak\", \"tpm2-ek\" ]" },
		{ "c50c99ff", "C50c99ff" },
		{ "12:00:00Z", "12:00:00.5Z" },
		{ "12:00:00Z", "13:00:00+01:00" },
		{ "2026-11-29T12", "2026-11-29t12" },
		{ "12:00:00Z\";\n", "12:00:00Z\";\r\n" },
		{ "  }\n);\ntenant_salt", "  },\n);\ntenant_salt" },
	};
	AUTO(bundle_free) struct bundle *b = bundle_kit_whole();
	AUTO(buf_release) struct buf text = bundle_kit_text(b);

	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		AUTO(buf_release)
		struct buf other = edited(&text, edits[i][0], edits[i][1]);

		refused(buf_bytes(&other), "line ");
	}
	buf_append_str(&text, "\n");
	refused(buf_bytes(&text), "not as this program writes it");
}

/* --- what is no bundle ---------------------------------------------------- */

/* Where a value is of its type, and not one that there is. */
static const char *const bad_values[][3] = {
	{ "format = 1;", "format = 2;", "line 1: format: not 1" },
	{ "version = 2;", "version = 0;", "whole number from 1 to" },
	{ "version = 2;", "version = -1;", "whole number from 1 to" },
	{ "version = 2;", "version = 4294967296L;", "from 1 to" },
	{ "\"ordinary\"", "\"Ordinary\"", "not one of \"ordinary\"" },
	{ "\"ordinary\"", "\"\"", "not one of \"ordinary\"" },
	{ "previous = \"fc", "previous = \"f", "64 digits" },
	{ "previous = \"fc", "previous = \"fcc", "64 digits" },
	{ "previous = \"fc", "previous = \"fcfc", "64 digits" },
	{ "previous = \"fc", "previous = \"gc", "64 digits" },
	{ "2026-11-29T12", "2026-11-31T12", "not a time" },
	{ "2026-11-29T12:00:00Z", "1970-01-01T00:00:00Z", "not a time" },
	{ "2026-11-29T12:00:00Z", "1969-01-01T00:00:00Z", "not a time" },
	{ "\"alpha\"", "\"\"", "no text" },
	{ "\"alpha\"", "\"Alpha\"", "a character" },
	{ "\"alpha\"", "\"al pha\"", "a character" },
	{ "\"alpha\"", "\"al/pha\"", "a character" },
	{ "kind = \"token\"", "kind = \"tokens\"", "\"fido\"" },
	{ "base = 41;", "base = -1;", "whole number from 0" },
	{ "    counter = \"" BUNDLE_KIT_COUNTER "\";\n", "", "no counter" },
	{ "pkcs11:serial", "pkcs11: serial", "a character" },
	{ "    kid = \"t", "    kid = \"", "not a key id" },
	{ "    kid = \"t", "    kid = \"tt", "not a key id" },
	{ "    kid = \"t", "    kid = \"+", "not a key id" },
	{ "node = 1;", "node = 0;", "whole number from 1 to" },
	{ "\"ES256\"", "\"none\"", "not one of \"ES256\"" },
	{ "public = \"MFkw", "public = \"MFk*", "not base64" },
	{ "object=key-1", "object= key-1", "a character" },
	{ "[ \"android-key\" ]", "[ \"android\" ]", "\"tpm2-ak\"" },
	{ "\"fetched", "\"\\\\fetched", "a backslash" },
	{ "\"fetched", "\"\\\"fetched", "a backslash" },
	{ "\"fetched", "\"\x1b[2Jfetched", "a character" },
	{ "\"fetched", "\"\nfetched", "a character" },
	{ "\"fetched",
	  "\"\x7f"
	  "fetched",
	  "a character" },
	{ "\"fetched", "\"\xc3\xa4 fetched", "a character" },
	{ "\"fetched", "\"\xe2\x80\xae fetched", "a character" },
	{ "tenants = [\n      \"68", "tenants = [\n      \"6", "digits" },
	{ "format = 1;\n", "@include \"/etc/passwd\"\nformat = 1;\n",
	  "line 1: @include" },
	{ "version", "  @include \"/etc/passwd\"\nversion",
	  "line 2: @include" },
	{ "\"alpha\"", "\"alpha\\x00\"", "a backslash" },
	{ "\"alpha\";", "\"alpha\"; # not a token", "line 12: a comment" },
	{ "format", "/* \" */ format", "line 1: a comment" },
};

static void
test_values(void)
{
	AUTO(bundle_free) struct bundle *b = bundle_kit_whole();
	AUTO(buf_release) struct buf text = bundle_kit_text(b);

	for (size_t i = 0; i < ARRAY_LEN(bad_values); i++) {
		AUTO(buf_release)
		struct buf other =
		        edited(&text, bad_values[i][0], bad_values[i][1]);

		refused(buf_bytes(&other), bad_values[i][2]);
	}
}

static void
test_no_keys(void)
{
	AUTO(bundle_free) struct bundle *b = bundle_kit_least();

	b->pins.n = 0;
	AUTO(buf_release) struct buf text = bundle_kit_text(b);
	refused(buf_bytes(&text), "keys: not a list of 1 to 64");
}

static bool
may_be_missing(const struct setting *s)
{
	static const char *const names[] = { "until", "intermediates",
		                             "tenants", "recovery", "tpm" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(s->name, names[i]) == 0)
			return true;
	return false;
}

/* A required one that is gone is named, save that rules speak for `previous`,
 * `publish` and `from`. */
static void
without(struct bytes text, const struct setting *s)
{
	AUTO(buf_release)
	struct buf other = replaced(text, s->at, s->end, "");
	AUTO(buf_release) struct buf why = buf_of(1024);

	if (!may_be_missing(s)) {
		refused(buf_bytes(&other), s->name);
		return;
	}
	/* The key that another follows has an end, whoever reads it. */
	if (parse_text(buf_bytes(&other), &why, NULL) != OK)
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(buf_str(&why), strcmp(s->name, "tpm") == 0
		                                      ? "tpm is missing"
		                                      : "no until"));
}

static void
twice(struct bytes text, const struct setting *s)
{
	AUTO(buf_release) struct buf lines = buf_of(TRUST_TEXT_MAX);

	buf_append(&lines, bytes_of(text.data + s->at, s->end - s->at));
	AUTO(buf_release)
	struct buf other = replaced(text, s->at, s->at, buf_str(&lines));
	refused(buf_bytes(&other), "duplicate setting name");
}

static void
of_other_types(struct bytes text, const struct setting *s)
{
	static const char *const values[] = { "\"x\"", "1",     "1L",    "1.0",
		                              "true",  "()",    "[]",    "{}",
		                              "[ 1 ]", "( 1 )", "( () )" };

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		bool number = isdigit(text.data[s->value]);

		if (values[i][0] == (char)text.data[s->value] ||
		    (number && isdigit((unsigned char)values[i][0]) &&
		     values[i][1] != '.'))
			continue;
		AUTO(buf_release)
		struct buf other =
		        replaced(text, s->value, s->value_end, values[i]);
		refused(buf_bytes(&other), s->name);
	}
}

/* The line, and the right name. */
static void
misspelt(struct bytes text, const struct setting *s)
{
	char words[128];
	size_t end = s->at + s->indent + strlen(s->name);
	AUTO(buf_release)
	struct buf other = replaced(text, end - 1, end - 1, "x");

	(void)snprintf(words, sizeof(words),
	               "line %u: %.*sx%c: unknown "
	               "setting; the most similar is %s",
	               s->line, (int)strlen(s->name) - 1, s->name,
	               s->name[strlen(s->name) - 1], s->name);
	refused(buf_bytes(&other), words);
}

static void
unknown_before(struct bytes text, const struct setting *s)
{
	AUTO(buf_release)
	struct buf other = replaced(text, s->at, s->at, "colour = 1;\n");

	refused(buf_bytes(&other), "colour: unknown setting");
}

static void
test_each_setting(void)
{
	AUTO(bundle_free) struct bundle *b = bundle_kit_whole();
	AUTO(buf_release) struct buf text = bundle_kit_text(b);
	struct bytes bytes = buf_bytes(&text);
	struct setting s;
	unsigned n = 0;

	for (size_t at = 0; next_setting(buf_str(&text), at, &s);
	     at = line_end(buf_str(&text), s.at)) {
		n++;
		without(bytes, &s);
		twice(bytes, &s);
		of_other_types(bytes, &s);
		misspelt(bytes, &s);
		unknown_before(bytes, &s);
	}
	CU_ASSERT_EQUAL(n, 90);
}

static const struct harness_test tests[] = {
	{ "writes and reads the same", test_round },
	{ "has one spelling", test_spelling },
	{ "hashes tenants with the salt", test_tenant },
	{ "refuses every other spelling", test_other_spellings },
	{ "refuses values that there are not", test_values },
	{ "refuses a bundle without keys", test_no_keys },
	{ "each setting missing, twice, misspelt, of another type",
	  test_each_setting },
	{ NULL, NULL },
};

HARNESS_MAIN("bundle", tests)
