/*
 * test_bundle_limits.c - bundles that are as big as may be, and one more.
 */
#include "tests/unit/trust/test_bundle_kit.h"

/* A text of the bundle in which every text is as long as it may be; one
 * character more in the first setting of that name is refused. */
static void
one_longer(struct bytes text, const struct setting *s)
{
	AUTO(buf_release)
	struct buf longer = replaced(text, s->value + 1, s->value + 1, "x");

	refused(buf_bytes(&longer), "too long");
}

static void
test_long_texts(void)
{
	static const char *const names[] = { "name", "note", "token", "id",
		                             "uri" };
	AUTO(bundle_free) struct bundle *b = bundle_kit_full();
	AUTO(buf_release) struct buf text = bundle_kit_text(b);
	const char *whole = buf_str(&text);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t longest = 0;
		struct setting s, found = { .line = 0 };

		for (size_t at = 0; next_setting(whole, at, &s);
		     at = line_end(whole, s.at))
			if (strcmp(s.name, names[i]) == 0 &&
			    s.value_end - s.value > longest) {
				found = s;
				longest = s.value_end - s.value;
			}
		CU_ASSERT_FATAL(longest > 2);
		one_longer(buf_bytes(&text), &found);
	}
}

/* Keys are shorter than their room, so they are made longer. */
static void
test_long_keys(void)
{
	AUTO(bundle_free) struct bundle *b = bundle_kit_least();
	AUTO(buf_release) struct buf text = bundle_kit_text(b);
	char xs[TRUST_KEY_SIZE + 1];
	AUTO(buf_release) struct buf spki = buf_of(PINS_SPKI_MAX * 2);

	memset(xs, 'x', TRUST_KEY_SIZE);
	xs[TRUST_KEY_SIZE - 1] = '\0';
	struct buf most = edited(&text, "ecdsa-sha2-nistp256", xs);
	refused(buf_bytes(&most), "too long");
	buf_release(&most);
	/* One that is just short enough is refused for what it says. */
	xs[TRUST_KEY_SIZE - 1 - strlen(b->officers.rows[0].key) +
	   strlen("ecdsa-sha2-nistp256")] = '\0';
	most = edited(&text, "ecdsa-sha2-nistp256", xs);
	refused(buf_bytes(&most), "not an accepted public key");
	buf_release(&most);

	for (size_t i = 0; i < (PINS_SPKI_MAX + 3) / 3; i++)
		buf_append_str(&spki, "MFkw");
	AUTO(buf_release)
	struct buf other = edited(&text, "MFkw", buf_str(&spki));
	refused(buf_bytes(&other), "too long");
}

/* The list in whose column `name` stands, with its last row once more. */
static void
one_more(struct bytes text, const char *whole, const struct setting *s)
{
	AUTO(buf_release) struct buf row = buf_of(TRUST_TEXT_MAX);
	char end[64], words[64];
	size_t last = s->end, open;
	bool rows = whole[s->value] == '(';

	/* Back from the end of the list to the last row's first line. */
	(void)snprintf(end, sizeof(end), rows ? "\n%*s{\n" : "\n%*s\"",
	               (int)s->indent + 2, "");
	last = line_end(whole, 0);
	for (open = s->at; open < s->end; open++)
		if (strncmp(whole + open, end, strlen(end)) == 0)
			last = open;
	CU_ASSERT_FATAL(last > s->at);
	size_t close = s->end - s->indent - 3; /* the "\n" before the end */
	buf_append_str(&row, ",");
	buf_append(&row, bytes_of(text.data + last, close - last));
	AUTO(buf_release)
	struct buf other = replaced(text, close, close, buf_str(&row));
	(void)snprintf(words, sizeof(words), "%s: not a list of ", s->name);
	refused(buf_bytes(&other), words);
}

static void
test_many_rows(void)
{
	static const char *const names[] = { "officers",      "devices",
		                             "intermediates", "tenants",
		                             "anchors",       "policies" };
	AUTO(bundle_free) struct bundle *b = bundle_kit_full();
	AUTO(buf_release) struct buf text = bundle_kit_text(b);
	const char *whole = buf_str(&text);
	struct setting s;
	unsigned n = 0, keys = 0;

	for (size_t at = 0; next_setting(whole, at, &s);
	     at = line_end(whole, s.at)) {
		size_t i = 0;

		while (i < ARRAY_LEN(names) && strcmp(names[i], s.name) != 0)
			i++;
		if (strcmp(s.name, "keys") == 0)
			keys++;
		else if (i == ARRAY_LEN(names) || n & 1u << i)
			continue;
		else
			n |= 1u << i;
		/* The text has room for another row of each. */
		one_more(buf_bytes(&text), whole, &s);
	}
	CU_ASSERT_EQUAL(n, (1u << ARRAY_LEN(names)) - 1);
	CU_ASSERT_EQUAL(keys, 2); /* of the recovery, and of the service */
}

/* libconfig needs half a minute for as many. */
static void
test_many_settings(void)
{
	AUTO(buf_release) struct buf text = buf_of(TRUST_TEXT_MAX);

	for (unsigned i = 0; text.len < TRUST_TEXT_MAX - 16; i++)
		buf_printf(&text, i % 2 ? "a%x=1;" : "a%x:1;", i);
	refused(buf_bytes(&text), "too many settings");
}

static void
test_long_text(void)
{
	AUTO(bundle_free) struct bundle *b = bundle_kit_least();
	AUTO(buf_release) struct buf text = bundle_kit_text(b);

	while (text.len < TRUST_TEXT_MAX)
		buf_append_str(&text, "\n");
	refused(buf_bytes(&text), "not as this program writes it");
	buf_append_str(&text, "\n");
	refused(buf_bytes(&text), "too long");
}

static const struct harness_test tests[] = {
	{ "a text of one character more is refused", test_long_texts },
	{ "a longer key is refused", test_long_keys },
	{ "a list of one row more is refused", test_many_rows },
	{ "a bundle of one byte more is refused", test_long_text },
	{ "more settings than there can be are refused", test_many_settings },
	{ NULL, NULL },
};

HARNESS_MAIN("bundle_limits", tests)
