/*
 * test_bundle_diff.c - what officers read before they sign.
 */
#include "base/encode.h"
#include "trust/diff.h"
#include "trust/digest_words.h"
#include "tests/unit/trust/test_bundle_kit.h"

static struct buf
diff_of(const struct bundle *old, const struct bundle *new)
{
	struct buf out = buf_of(BUNDLE_DIFF_MAX);

	CU_ASSERT_EQUAL_FATAL(bundle_diff(old, new, &out), OK);
	return out;
}

/* The lines that are not indented, without the head: its two digests. */
static struct buf
changes_in(struct buf *diff)
{
	struct buf out = buf_of(BUNDLE_DIFF_MAX);
	const char *text = buf_str(diff);

	for (size_t at = 0; text[at]; at = line_end(text, at))
		if (text[at] != ' ' && strncmp(text + at, "trust ", 6) != 0 &&
		    strncmp(text + at, "compared ", 9) != 0)
			buf_append(&out, bytes_of(text + at,
			                          line_end(text, at) - at));
	return out;
}

static bool
shows(struct buf *diff, const char *what)
{
	if (strstr(buf_str(diff), what))
		return true;
	printf("does not show %s\n", what);
	return false;
}

static void
is_text(struct buf *text, const char *wanted)
{
	if (strcmp(buf_str(text), wanted) != 0)
		printf("%s\ninstead of\n%s\n", buf_str(text), wanted);
	CU_ASSERT_STRING_EQUAL(buf_str(text), wanted);
}

/* --- digests -------------------------------------------------------------- */

/* The fingerprint by which the list is usually shown. */
static void
test_words(void)
{
	AUTO(buf_release) struct buf digest = buf_of(64);
	AUTO(buf_release) struct buf out = buf_of(1024);

	CU_ASSERT_EQUAL(decode_hex(&digest,
	                           bytes_of_str("e58294f2e9a227486e8b061b31cc52"
	                                        "8fd7fa3f19")),
	                OK);
	digest_put_words(&out, buf_bytes(&digest));
	is_text(&out, "topmost Istanbul Pluto vagabond treadmill Pacific "
	              "brackish dictator goldfish Medusa afflict bravado "
	              "chatter revolver Dupont midsummer stopwatch whimsical "
	              "cowbell bottomless");
	buf_reset(&out);
	digest_put_groups(&out, buf_bytes(&digest));
	is_text(&out, "e582 94f2 e9a2 2748 6e8b 061b 31cc 528f d7fa 3f19");
	buf_reset(&out);
	digest_put_groups(&out, bytes_of("\x01\x02\x03", 3));
	is_text(&out, "0102 03");
}

/* Each byte has a word of its own at each place, and none is at both. */
static void
test_words_differ(void)
{
	static char words[512][16];

	for (unsigned i = 0; i < 512; i++) {
		const uint8_t bytes[2] = { (uint8_t)(i / 2), (uint8_t)(i / 2) };
		AUTO(buf_release) struct buf out = buf_of(64);

		digest_put_words(&out, bytes_of(bytes, 2));
		const char *both = buf_str(&out);
		const char *space = strchr(both, ' ');
		CU_ASSERT_PTR_NOT_NULL_FATAL(space);
		(void)snprintf(words[i], sizeof(words[i]), "%.*s",
		               i % 2 ? 15 : (int)(space - both),
		               i % 2 ? space + 1 : both);
		CU_ASSERT(strlen(words[i]) >= 4 || i == 0);
		for (unsigned k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(strcasecmp(words[k], words[i]), 0);
	}
}

/* --- settings ------------------------------------------------------------- */

static void
change_numbers(struct bundle *b)
{
	b->version = b->pins.version = 3;
	b->officers.threshold = 3;
	b->removal_threshold = 2;
	b->devices[1].base = 42;
	b->recovery_wait_days = 8;
}

static void
change_times(struct bundle *b)
{
	b->issued_s++;
	b->officers.rows[0].until_s = b->issued_s;
	b->officers.rows[1].until_s = 0;
	b->revocations_from_s++;
}

static void
change_words(struct bundle *b)
{
	b->change = BUNDLE_REMOVAL;
	b->officers.rows[0].kind = OFFICER_FILE;
	b->anchors[1].purposes = ANCHOR_BIT(ANCHOR_TPM2_EK);
	memcpy(b->anchors[0].note, "other", 6);
}

static void
change_rows(struct bundle *b)
{
	b->officers.rows[2] = b->officers.rows[3];
	b->officers.n--;
	bundle_kit_add_officer(&b->recovery, "sealed-4");
	bundle_kit_add_anchor(b, "google-rsa");
	b->n_policies--;
}

static void
change_order(struct bundle *b)
{
	struct officer first = b->officers.rows[0];

	b->officers.rows[0] = b->officers.rows[2];
	b->officers.rows[2] = first;
}

static void
drop_recovery(struct bundle *b)
{
	b->has_recovery = false;
}

static void
change_nothing(struct bundle *b)
{
	(void)b;
}

static const struct {
	void (*change)(struct bundle *b);
	const char *lines;
} changes[] = {
	{ change_nothing, "no difference\n" },
	{ change_numbers, "~ version: 2 -> 3\n"
	                  "~ threshold: 2 -> 3\n"
	                  "~ removal_threshold: 1 -> 2\n"
	                  "~ recovery wait_days: 7 -> 8\n"
	                  "~ devices \"hsm-b\" base: 41 -> 42\n" },
	{ change_times,
	  "~ issued: \"2026-11-29T12:00:00Z\" -> \"2026-11-29T12:00:01Z\"\n"
	  "~ officers \"alpha\" until: no end -> \"2026-11-29T12:00:01Z\"\n"
	  "~ officers \"bravo\" until: \"2027-03-09T12:00:00Z\" -> no end\n"
	  "~ revocations_from: \"2026-11-01T12:00:00Z\" -> "
	  "\"2026-11-01T12:00:01Z\"\n" },
	{ change_words, "~ change: \"ordinary\" -> \"removal\"\n"
	                "~ officers \"alpha\" kind: \"token\" -> \"file\"\n"
	                "~ anchors \"google-ec\" note: \"fetched from its "
	                "maker's page\" -> \"other\"\n"
	                "~ anchors \"maker-tpm\" purposes: "
	                "[ \"tpm2-ek\", \"tpm2-ak\" ] -> [ \"tpm2-ek\" ]\n" },
	{ change_rows, "- officers \"charlie\"\n"
	               "+ recovery keys \"sealed-4\"\n"
	               "+ anchors \"google-rsa\"\n"
	               "- policies \"fleet-2\"\n" },
	{ change_order, "~ officers: the order of the rows\n" },
	{ drop_recovery, "- recovery\n" },
};

static void
test_changes(void)
{
	AUTO(bundle_free) struct bundle *made = bundle_kit_whole();
	AUTO(bundle_free) struct bundle *old = bundle_kit_parsed(made);

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		AUTO(bundle_free) struct bundle *other = bundle_kit_whole();

		changes[i].change(other);
		AUTO(bundle_free) struct bundle *new = bundle_kit_parsed(other);
		AUTO(buf_release) struct buf diff = diff_of(old, new);
		AUTO(buf_release) struct buf lines = changes_in(&diff);
		is_text(&lines, changes[i].lines);
	}
}

/* --- digests and keys that changed ---------------------------------------- */

/* The version, and a digest before and after. */
static void
test_digest_lines(void)
{
	AUTO(bundle_free) struct bundle *old = bundle_kit_whole();
	AUTO(bundle_free) struct bundle *new = bundle_kit_whole();

	memset(new->digest, 0x11, HASH_SIZE);
	memset(old->digest, 0x22, HASH_SIZE);
	memset(old->policies[0].digest, 0, HASH_SIZE);
	memset(new->policies[0].digest, 0xff, HASH_SIZE);
	AUTO(buf_release) struct buf diff = diff_of(old, new);
	AUTO(buf_release) struct buf wanted = buf_of(4096);
	static const struct {
		const char *before, *indent, *group, *words;
	} parts[] = {
		{ "trust bundle, version 2, SHA-256:\n", "    ", "1111",
		  "Athens Babylon" },
		{ "compared with version 2, SHA-256:\n", "    ", "2222",
		  "blockade candidate" },
		{ "~ policies \"fleet\" digest:\n    was:\n", "        ",
		  "0000", "aardvark adroitness" },
		{ "    is:\n", "        ", "ffff", "Zulu Yucatan" },
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		buf_printf(&wanted, "%s%s", parts[i].before, parts[i].indent);
		for (int k = 0; k < 16; k++)
			buf_printf(&wanted, "%s%s", parts[i].group,
			           k < 15 ? " " : "\n");
		for (int k = 0; k < 16; k++)
			buf_printf(&wanted, "%s%s%s",
			           k % 4 ? "" : parts[i].indent, parts[i].words,
			           k % 4 == 3 ? "\n" : " ");
	}
	is_text(&diff, buf_str(&wanted));
}

static void
test_tenants(void)
{
	AUTO(bundle_free) struct bundle *old = bundle_kit_whole();
	AUTO(bundle_free) struct bundle *new = bundle_kit_whole();

	new->anchors[1].n_tenants = 0; /* all of them */
	AUTO(buf_release) struct buf diff = diff_of(old, new);
	CU_ASSERT_TRUE(shows(&diff, "~ anchors \"maker-tpm\" tenants:\n"
	                            "    was:\n        6838 69f6 "));
	CU_ASSERT_TRUE(shows(&diff, "\n        f893 e55a "));
	CU_ASSERT_TRUE(shows(&diff, "\n    is: all tenants\n"));
	AUTO(buf_release) struct buf back = diff_of(new, old);
	CU_ASSERT_TRUE(shows(&back, "\n    was: all tenants\n    is:\n"));
}

/* As `ssh-keygen -l` prints it, both keys. */
static void
test_fingerprints(void)
{
	AUTO(bundle_free) struct bundle *old = bundle_kit_whole();
	AUTO(bundle_free) struct bundle *new = bundle_kit_whole();

	bundle_kit_officer(&new->officers.rows[0], "sealed-1");
	memcpy(new->officers.rows[0].name, "alpha", 6);
	AUTO(buf_release) struct buf diff = diff_of(old, new);
	CU_ASSERT_TRUE(shows(&diff, "~ officers \"alpha\" key:\n"
	                            "    was: \"ecdsa-sha2-nistp256 "));
	CU_ASSERT_TRUE(shows(&diff, "\n    is: \"ecdsa-sha2-nistp256 "));
	CU_ASSERT_TRUE(shows(&diff, "\n        SHA256:q4l3pWsNGAB8OgXIMC6A0I0a"
	                            "Ok+6G9ZMS255apRAr38\n"));
}

/* --- whole, and harmless -------------------------------------------------- */

/* Each value in quotes of a text is in its difference to nothing; digests are
 * there in groups. */
static void
shows_all(const struct bundle *b, struct buf *diff)
{
	AUTO(buf_release) struct buf text = bundle_kit_text(b);
	const char *at = buf_str(&text);
	unsigned n = 0;

	while ((at = strchr(at, '"'))) {
		size_t len = strcspn(at + 1, "\"");
		AUTO(buf_release) struct buf hash = buf_of(HASH_SIZE);
		AUTO(buf_release) struct buf value = buf_of(4096);

		if (len == 64 && decode_hex(&hash, bytes_of(at + 1, len)) == OK)
			digest_put_groups(&value, buf_bytes(&hash));
		else
			buf_append(&value, bytes_of(at, len + 2));
		CU_ASSERT_TRUE(shows(diff, buf_str(&value)));
		at += len + 2;
		n++;
	}
	CU_ASSERT(n > 20);
}

static void
test_first(void)
{
	AUTO(bundle_free) struct bundle *whole = bundle_kit_whole();
	AUTO(bundle_free) struct bundle *least = bundle_kit_least();

	AUTO(buf_release) struct buf diff = diff_of(NULL, whole);
	shows_all(whole, &diff);
	CU_ASSERT_PTR_NULL(strstr(buf_str(&diff), "compared"));
	least->n_policies = 0;
	AUTO(buf_release) struct buf small = diff_of(NULL, least);
	shows_all(least, &small);
	AUTO(buf_release) struct buf lines = changes_in(&small);
	CU_ASSERT_TRUE(shows(&lines, "+ previous: nothing\n"));
	CU_ASSERT_TRUE(shows(&lines, "+ recovery: none\n"));
	CU_ASSERT_TRUE(shows(&lines, "+ policies: none\n"));
}

/* Nothing is cut off without a word. */
static void
test_room(void)
{
	AUTO(bundle_free) struct bundle *full = bundle_kit_full();
	AUTO(bundle_free) struct bundle *least = bundle_kit_least();
	AUTO(buf_release) struct buf diff = diff_of(NULL, full);

	CU_ASSERT(diff.len < BUNDLE_DIFF_MAX / 2);
	CU_ASSERT_TRUE(shows(&diff, full->officers.rows[15].key));
	CU_ASSERT_TRUE(shows(&diff, full->anchors[63].note));
	CU_ASSERT_TRUE(shows(&diff, full->pins.keys[63].uri));
	for (size_t room = 0; room < 3000; room += 7) {
		AUTO(buf_release) struct buf out = buf_of(room);

		CU_ASSERT_EQUAL(bundle_diff(NULL, least, &out), E_LIMIT);
	}
}

/* What no text has; who shows a bundle of another source must see it. */
static void
test_terminal(void)
{
	AUTO(bundle_free) struct bundle *old = bundle_kit_whole();
	AUTO(bundle_free) struct bundle *new = bundle_kit_whole();

	memcpy(new->anchors[0].note, "\x1b[2J\n~ threshold: 2 -> 1\x7f\xc3",
	       27);
	memcpy(new->officers.rows[0].name, "a\r\nb\xff", 6);
	AUTO(buf_release) struct buf diff = diff_of(old, new);
	for (size_t i = 0; i < diff.len; i++)
		CU_ASSERT(diff.data[i] == '\n' ||
		          (diff.data[i] >= ' ' && diff.data[i] <= '~'));
	CU_ASSERT_TRUE(
	        shows(&diff, "\\x1b[2J\\x0a~ threshold: 2 -> 1\\x7f\\xc3"));
	CU_ASSERT_TRUE(shows(&diff, "+ officers \"a\\x0d\\x0ab\\xff\"\n"));
	CU_ASSERT_PTR_NULL(strstr(buf_str(&diff), "\n~ threshold"));
}

static const struct harness_test tests[] = {
	{ "reads digests out in words", test_words },
	{ "has a word for each byte and place", test_words_differ },
	{ "a line for each change", test_changes },
	{ "digests before and after", test_digest_lines },
	{ "tenants before and after", test_tenants },
	{ "fingerprints of officers' keys", test_fingerprints },
	{ "all of the first version", test_first },
	{ "all of the biggest, or an error", test_room },
	{ "nothing for a terminal", test_terminal },
	{ NULL, NULL },
};

HARNESS_MAIN("bundle_diff", tests)
