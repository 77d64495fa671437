/*
 * test_pins.c - the pins file: what is read, what is refused, who signs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/soft_key.h"

#define T0 1795435200u /* 2026-11-23T12:00:00Z */

static struct bytes
spki(const char *name)
{
	static struct soft_key *keys[8];
	static char names[8][16];
	size_t i = 0;

	while (i < 7 && keys[i] && strcmp(names[i], name) != 0)
		i++;
	if (!keys[i]) {
		(void)snprintf(names[i], sizeof(names[i]), "%s", name);
		keys[i] = soft_key_new(ALG_ES256, name);
	}
	return soft_key_spki(keys[i]);
}

/* One key of a token; then a second that signs from T0 + 120 on. */
static struct pins *
one(void)
{
	struct pins *pins = pins_kit_new();

	pins_kit_add(pins, "token", 1, spki("one"), ALG_COUNT);
	return pins;
}

static struct pins *
two(void)
{
	struct pins *pins = one();
	struct pin *next =
	        pins_kit_add(pins, "token", 1, spki("two"), ALG_COUNT);

	pins->keys[0].until_s = T0 + 120 + 600;
	next->publish_s = T0;
	next->from_s = T0 + 120;
	return pins;
}

static err_t
parse(struct bytes text, struct pins **ret_pins)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	err_t err = pins_parse(text, &why, ret_pins);

	CU_ASSERT_EQUAL(err == OK, why.len == 0);
	return err;
}

static bool
same(const struct pins *a, const struct pins *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void
test_round(void)
{
	AUTO(pins_free) struct pins *pins = two();
	AUTO(pins_free) struct pins *again = NULL;

	pins->keys[0].node = pins->keys[1].node = 4294967295u;
	pins->version = 2147483648u;
	pins_kit_add(pins, "hsm-b", 2, spki("three"), ALG_COUNT);
	AUTO(buf_release) struct buf text = pins_kit_text(pins);
	CU_ASSERT_EQUAL_FATAL(parse(buf_bytes(&text), &again), OK);
	CU_ASSERT_TRUE(same(pins, again));
}

/* The bytes that officers and a later bundle rely on. */
static void
test_spelling(void)
{
	AUTO(pins_free) struct pins *pins = two();
	AUTO(buf_release) struct buf text = pins_kit_text(pins);
	static const char head[] = "format = 1;\nversion = 1;\nkeys = (\n  {\n"
	                           "    kid = \"";
	static const char *const parts[] = {
		"    token = \"token\";\n    uri = \"pkcs11:object=key-1\";\n"
		"    node = 1;\n    alg = \"ES256\";\n    public = \"MFkw",
		"    until = \"2026-11-23T12:12:00Z\";\n  },\n  {\n",
		"    publish = \"2026-11-23T12:00:00Z\";\n"
		"    from = \"2026-11-23T12:02:00Z\";\n  }\n);\n",
	};

	CU_ASSERT_EQUAL(strncmp(buf_str(&text), head, strlen(head)), 0);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text), parts[i]));
}

/* text with `from` replaced by `to`, once. */
static struct buf
edited(struct buf *text, const char *from, const char *to)
{
	struct buf out = buf_of(2 * PINS_FILE_MAX);
	const char *whole = buf_str(text);
	const char *at = strstr(whole, from);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	buf_append(&out, bytes_of(whole, (size_t)(at - whole)));
	buf_append_str(&out, to);
	buf_append_str(&out, at + strlen(from));
	return out;
}

/* Each says the same, or more, to libconfig; none is what the writer writes. */
static void
test_other_spellings(void)
{
	static const char *const edits[][2] = {
		{ "format = 1;", "# ours\nformat = 1;" },
		{ "format = 1;", "/* ours */ format = 1;" },
		{ "format = 1;", "format: 1" },
		{ "format = 1;", "format = 1 ;" },
		{ "format = 1;\n", "format = 1;" },
		{ "format = 1;", "format = 01;" },
		{ "format = 1;", "format = 0x1;" },
		{ "format = 1;", "format = 1L;" },
		{ "format = 1;", "format = 4294967297;" },
		{ "format = 1;\nversion = 1;", "version = 1;\nformat = 1;" },
		{ "    node = 1;", "\tnode = 1;" },
		{ "\"token\"", "\"tok\" \"en\"" },
		{ "\"token\"", "\"tok\\x65n\"" },
		{ "  }\n);\n", "  }\n);" },
		{ "  }\n);\n", "  }\n);\n\n" },
		{ "  }\n);\n", "  }\n)\n" },
		{ "12:02:00Z", "12:02:00.5Z" },
		{ "12:02:00Z", "13:02:00+01:00" },
		{ "\n", "\r\n" },
	};
	AUTO(pins_free) struct pins *pins = two();
	AUTO(buf_release) struct buf text = pins_kit_text(pins);

	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		AUTO(pins_free) struct pins *read = NULL;
		AUTO(buf_release)
		struct buf other = edited(&text, edits[i][0], edits[i][1]);

		if (parse(buf_bytes(&other), &read) != E_MALFORMED)
			CU_FAIL(edits[i][1]);
	}
}

static void
test_refused(void)
{
	static const char *const edits[][2] = {
		{ "format = 1;", "format = 2;" },
		{ "format = 1;\n", "" },
		{ "version = 1;", "version = 0;" },
		{ "version = 1;", "version = -1;" },
		{ "version = 1;", "version = 4294967296L;" },
		{ "version = 1;", "version = \"1\";" },
		{ "version = 1;\n", "" },
		{ "version = 1;\n", "version = 1;\nversion = 1;\n" },
		{ "version = 1;\n", "version = 1;\ncolour = 1;\n" },
		{ "    node = 1;\n", "    node = 1;\n    colour = 1;\n" },
		{ "    node = 1;\n", "    node = 1;\n    node = 1;\n" },
		{ "    node = 1;\n", "" },
		{ "    node = 1;\n", "    node = 0;\n" },
		{ "    token = \"token\";\n", "" },
		{ "\"token\"", "\"Token\"" },
		{ "\"token\"", "\"\"" },
		{ "\"token\"", "\"ttttttttttttttttttttttttttttttttt\"" },
		{ "object=key-1", "object= key" },
		{ "object=key-1", "object=\\\"key" },
		{ "\"ES256\"", "\"none\"" },
		{ "MFkw", "MFk*" },
		{ "12:02:00Z", "tomorrow" },
		{ "keys = (\n", "keys = [\n" },
		{ "kid = \"", "kid = \"A" },
		{ "format = 1;\n", "@include \"/etc/passwd\"\nformat = 1;\n" },
	};
	AUTO(pins_free) struct pins *pins = two();
	AUTO(buf_release) struct buf text = pins_kit_text(pins);

	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		AUTO(pins_free) struct pins *read = NULL;
		AUTO(buf_release)
		struct buf other = edited(&text, edits[i][0], edits[i][1]);

		if (parse(buf_bytes(&other), &read) != E_MALFORMED)
			CU_FAIL(edits[i][1]);
	}
}

/* Every length of a file that was cut, and no file. */
static void
test_cut(void)
{
	AUTO(pins_free) struct pins *pins = two();
	AUTO(buf_release) struct buf text = pins_kit_text(pins);

	for (size_t n = 0; n < text.len; n++) {
		AUTO(pins_free) struct pins *read = NULL;

		CU_ASSERT_EQUAL(parse(bytes_of(text.data, n), &read),
		                E_MALFORMED);
	}
	AUTO(pins_free) struct pins *read = NULL;
	CU_ASSERT_EQUAL(parse(bytes_of("format = 1;\0", 12), &read),
	                E_MALFORMED);
}

/* --- rows that cannot stand together -------------------------------------- */

static void
no_end(struct pins *p)
{
	p->keys[0].until_s = 0;
}

static void
end_of_last(struct pins *p)
{
	p->keys[1].until_s = T0 + 10000;
}

static void
over_while_it_signs(struct pins *p)
{
	p->keys[0].until_s = T0 + 120;
}

static void
unpublished(struct pins *p)
{
	p->keys[1].publish_s = T0 + 121;
}

static void
without_from(struct pins *p)
{
	p->keys[1].from_s = 0;
}

static void
without_publish(struct pins *p)
{
	p->keys[1].publish_s = 0;
}

static void
first_half_timed(struct pins *p)
{
	p->keys[0].publish_s = T0 - 100;
}

static void
order_of_from(struct pins *p)
{
	p->keys[0].publish_s = p->keys[0].from_s = T0 + 120;
}

static void
other_node(struct pins *p)
{
	p->keys[1].node = 2;
}

static void
node_of_another(struct pins *p)
{
	pins_kit_add(p, "hsm-b", 1, spki("three"), ALG_COUNT);
}

static void
key_twice(struct pins *p)
{
	pins_kit_add(p, "hsm-b", 2, spki("one"), ALG_COUNT);
}

static void
kid_twice(struct pins *p)
{
	memcpy(p->keys[1].kid, p->keys[0].kid, KID_SIZE);
}

static void
uri_twice(struct pins *p)
{
	memcpy(p->keys[1].uri, p->keys[0].uri, PINS_URI_SIZE);
}

static void
apart(struct pins *p)
{
	p->keys[0].until_s = 0;
	p->keys[1].publish_s = p->keys[1].from_s = 0;
	(void)snprintf(p->keys[1].token, sizeof(p->keys[1].token), "hsm-b");
	p->keys[1].node = 2;
	pins_kit_add(p, "token", 1, spki("three"), ALG_COUNT);
}

static void
three_alive(struct pins *p)
{
	struct pin *pin = pins_kit_add(p, "token", 1, spki("three"), ALG_COUNT);

	p->keys[1].until_s = T0 + 3000;
	pin->publish_s = T0 + 719;
	pin->from_s = T0 + 1000;
}

static void
test_together(void)
{
	static void (*const spoil[])(struct pins * p) = {
		no_end,
		end_of_last,
		over_while_it_signs,
		unpublished,
		without_from,
		without_publish,
		order_of_from,
		first_half_timed,
		other_node,
		node_of_another,
		key_twice,
		kid_twice,
		uri_twice,
		apart,
		three_alive,
	};

	for (size_t i = 0; i < ARRAY_LEN(spoil); i++) {
		AUTO(pins_free) struct pins *pins = two();
		AUTO(pins_free) struct pins *read = NULL;

		spoil[i](pins);
		AUTO(buf_release) struct buf text = pins_kit_text(pins);
		if (parse(buf_bytes(&text), &read) == E_MALFORMED)
			continue;
		printf("taken: row %zu\n", i);
		CU_FAIL("taken");
	}
}

static void
test_too_many(void)
{
	AUTO(buf_release) struct buf text = buf_of(2 * PINS_FILE_MAX);
	AUTO(pins_free) struct pins *read = NULL;

	buf_append_str(&text, "format = 1;\nversion = 1;\nkeys = (\n");
	for (unsigned i = 0; i <= PINS_MAX; i++)
		buf_append_str(&text, i < PINS_MAX ? "{},\n" : "{}\n");
	buf_append_str(&text, ");\n");
	CU_ASSERT_EQUAL(parse(buf_bytes(&text), &read), E_MALFORMED);
	buf_reset(&text);
	while (text.len <= PINS_FILE_MAX)
		buf_append_str(&text, "format = 1;\n");
	CU_ASSERT_EQUAL(parse(buf_bytes(&text), &read), E_MALFORMED);
}

/* --- who signs, what is published ----------------------------------------- */

static void
test_signer(void)
{
	AUTO(pins_free) struct pins *p = two();
	const struct pin *old = &p->keys[0], *next = &p->keys[1];

	pins_kit_add(p, "hsm-b", 2, spki("three"), ALG_COUNT);
	CU_ASSERT_PTR_EQUAL(pins_signer(p, "token", 0), old);
	CU_ASSERT_PTR_EQUAL(pins_signer(p, "token", T0 + 119), old);
	CU_ASSERT_PTR_EQUAL(pins_signer(p, "token", T0 + 120), next);
	CU_ASSERT_PTR_EQUAL(pins_signer(p, "token", UINT64_MAX), next);
	CU_ASSERT_PTR_EQUAL(pins_signer(p, "hsm-b", 0), &p->keys[2]);
	CU_ASSERT_PTR_NULL(pins_signer(p, "hsm-c", T0));
	CU_ASSERT_PTR_EQUAL(pins_next(p, old), next);
	CU_ASSERT_PTR_NULL(pins_next(p, next));
	CU_ASSERT_PTR_NULL(pins_next(p, &p->keys[2]));
	CU_ASSERT_PTR_EQUAL(pins_find(p, bytes_of_str(next->kid)), next);
	CU_ASSERT_PTR_NULL(pins_find(p, bytes_of_str("x")));

	CU_ASSERT_TRUE(pin_published(old, T0 + 719));
	CU_ASSERT_FALSE(pin_published(old, T0 + 720));
	CU_ASSERT_FALSE(pin_published(next, T0 - 1));
	CU_ASSERT_TRUE(pin_published(next, T0));
	CU_ASSERT_FALSE(pin_over(next, UINT64_MAX));
}

static void
test_keys(void)
{
	AUTO(pins_free) struct pins *p = two();
	AUTO(keyring_free) struct keyring *ring = NULL;
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(buf_release) struct buf jwks = buf_of(8192);

	CU_ASSERT_EQUAL(pins_check(p, &why), OK);
	CU_ASSERT_EQUAL_FATAL(pins_ring(p, &ring), OK);
	CU_ASSERT_EQUAL(keyring_to_jwks(ring, &jwks), OK);
	struct key_terms terms = { 0 };
	CU_ASSERT_EQUAL(
	        keyring_terms(ring, bytes_of_str(p->keys[1].kid), &terms), OK);
	CU_ASSERT_EQUAL(terms.node, 1);
	CU_ASSERT_EQUAL(terms.from_s, T0 + 120);
	CU_ASSERT_EQUAL(
	        keyring_terms(ring, bytes_of_str(p->keys[0].kid), &terms), OK);
	CU_ASSERT_EQUAL(terms.until_s, T0 + 720);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&jwks), p->keys[0].kid));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&jwks), p->keys[1].kid));

	p->keys[1].alg = ALG_ES384; /* not of this key */
	CU_ASSERT_EQUAL(pins_check(p, &why), E_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), p->keys[1].kid));
	p->keys[1].alg = ALG_ES256;
	p->keys[1].kid[0] ^= 1; /* not its thumbprint */
	CU_ASSERT_EQUAL(pins_check(p, &why), E_MALFORMED);
	p->keys[1].kid[0] ^= 1;
	p->keys[1].spki[p->keys[1].spki_len - 1] ^= 1; /* not on the curve */
	CU_ASSERT_EQUAL(pins_check(p, &why), E_MALFORMED);
	CU_ASSERT_EQUAL(pins_ring(p, &ring), E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "writes and reads the same", test_round },
	{ "has one spelling", test_spelling },
	{ "refuses every other spelling", test_other_spellings },
	{ "refuses what is no pins file", test_refused },
	{ "refuses a file that was cut", test_cut },
	{ "refuses rows that cannot stand together", test_together },
	{ "refuses what is too much", test_too_many },
	{ "says who signs and what is published", test_signer },
	{ "knows its keys", test_keys },
	{ NULL, NULL },
};

HARNESS_MAIN("pins", tests)
