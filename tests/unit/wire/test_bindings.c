/*
 * test_bindings.c - what a challenge can be bound to: the numbers, the names,
 * what a value may be, and which values are the same.
 */
#include <string.h>

#include "base/auto.h"
#include "tests/common/base/harness.h"
#include "wire/wire.h"

/* A number, once given, is for ever: it is a bit in messages and in the
 * ledger. */
static const struct {
	unsigned number;
	const char *word, *member;
	size_t most; /* bytes of a text; 0: a digest */
} rows[] = {
	{ 0, "device", "device_handle", 64 },
	{ 1, "transport", "transport", 0 },
	{ 2, "request", "request", 0 },
	{ 3, "channel", "channel", 64 },
	{ 4, "transaction", "transaction", 128 },
	{ 5, "release", "release", 128 },
	{ 6, "account", "account", 0 },
};

static void
test_numbers(void)
{
	CU_ASSERT_EQUAL(BINDING_COUNT, ARRAY_LEN(rows));
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		enum binding b = (enum binding)rows[i].number;

		CU_ASSERT_EQUAL(rows[i].number, i);
		CU_ASSERT_STRING_EQUAL(binding_name(b), rows[i].word);
		CU_ASSERT_STRING_EQUAL(binding_member(b), rows[i].member);
		CU_ASSERT_EQUAL(binding_find(bytes_of_str(rows[i].word)), b);
		CU_ASSERT_EQUAL(binding_is_text(b), rows[i].most > 0);
	}
	CU_ASSERT_EQUAL(binding_find(bytes_of_str("accounts")), BINDING_COUNT);
	CU_ASSERT_STRING_EQUAL(binding_name(BINDING_COUNT), "?");
	CU_ASSERT_STRING_EQUAL(binding_member(BINDING_COUNT), "?");
	CU_ASSERT_FALSE(binding_is_text(BINDING_COUNT));
}

static uint8_t text[256]; /* of "x" */

/* This binding alone: a text of n bytes, or a digest that is not zero. */
static struct bindings
only(unsigned which, size_t n)
{
	struct bindings b = { .present = (uint16_t)(1u << which) };
	enum binding at = (enum binding)which;

	memset(text, 'x', sizeof(text));
	if (rows[which].most)
		*binding_text_of(&b, at) = bytes_of(text, n);
	else
		memset(binding_hash_of(&b, at), 7, HASH_SIZE);
	return b;
}

static struct bindings
all_of(void)
{
	struct bindings b = { .present = BINDING_ALL };

	memset(text, 'x', sizeof(text));
	for (unsigned i = 0; i < BINDING_COUNT; i++)
		if (rows[i].most)
			*binding_text_of(&b, (enum binding)i) =
			        bytes_of(text, rows[i].most);
		else
			memset(binding_hash_of(&b, (enum binding)i), (int)i,
			       HASH_SIZE);
	return b;
}

static void
test_valid(void)
{
	struct bindings b = { 0 };

	CU_ASSERT(bindings_valid(&b));
	b.present = BINDING_ALL + 1;
	CU_ASSERT_FALSE(bindings_valid(&b));
	b = all_of();
	CU_ASSERT(bindings_valid(&b));
	for (unsigned i = 0; i < BINDING_COUNT; i++) {
		b = only(i, 1);
		CU_ASSERT(bindings_valid(&b));
		b.present = 0; /* a value without its bit */
		CU_ASSERT_FALSE(bindings_valid(&b));
		if (rows[i].most == 0)
			continue;
		b = only(i, 0);
		CU_ASSERT_FALSE(bindings_valid(&b));
		b = only(i, rows[i].most);
		CU_ASSERT(bindings_valid(&b));
		b = only(i, rows[i].most + 1);
		CU_ASSERT_FALSE(bindings_valid(&b));
		b = only(i, 3);
		text[1] = 0x1f;
		CU_ASSERT_FALSE(bindings_valid(&b));
		text[1] = 0x7f;
		CU_ASSERT_FALSE(bindings_valid(&b));
		text[1] = 0x20;
		CU_ASSERT(bindings_valid(&b));
	}
}

/* Each one: shown, shown as another, with a byte more or less, not shown. */
static void
test_mismatch(void)
{
	const struct bindings claimed = all_of();
	const struct bindings none = { 0 };
	uint8_t other[sizeof(text)];

	CU_ASSERT_EQUAL(bindings_mismatch(&claimed, &claimed), 0);
	CU_ASSERT_EQUAL(bindings_mismatch(&none, &claimed), 0);
	CU_ASSERT_EQUAL(bindings_mismatch(&claimed, &none), BINDING_ALL);
	for (unsigned i = 0; i < BINDING_COUNT; i++) {
		struct bindings shown = claimed;
		enum binding at = (enum binding)i;

		shown.present = (uint16_t)(BINDING_ALL & ~(1u << i));
		CU_ASSERT_EQUAL(bindings_mismatch(&claimed, &shown), 1u << i);
		CU_ASSERT_EQUAL(bindings_mismatch(&shown, &claimed), 0);
		shown = claimed;
		if (rows[i].most == 0) {
			binding_hash_of(&shown, at)[HASH_SIZE - 1] ^= 1;
			CU_ASSERT_EQUAL(bindings_mismatch(&claimed, &shown),
			                1u << i);
			continue;
		}
		memcpy(other, text, sizeof(other));
		other[rows[i].most - 1] = 'X'; /* case counts */
		*binding_text_of(&shown, at) = bytes_of(other, rows[i].most);
		CU_ASSERT_EQUAL(bindings_mismatch(&claimed, &shown), 1u << i);
		*binding_text_of(&shown, at) = bytes_of(text, rows[i].most - 1);
		CU_ASSERT_EQUAL(bindings_mismatch(&claimed, &shown), 1u << i);
	}
}

/* Of all bindings those of a set. */
static struct bindings
some_of(unsigned set)
{
	const struct bindings all = all_of();
	struct bindings b = { .present = (uint16_t)set };

	for (unsigned i = 0; i < BINDING_COUNT; i++) {
		enum binding at = (enum binding)i;
		struct bytes v = binding_value(&all, at);

		if (set & 1u << i && rows[i].most)
			*binding_text_of(&b, at) = v;
		else if (set & 1u << i)
			memcpy(binding_hash_of(&b, at), v.data, v.len);
	}
	return b;
}

/* In a message: what comes out is what was put in, and no absent value. */
static void
test_message(void)
{
	for (unsigned set = 0; set <= BINDING_ALL; set++) {
		AUTO(buf_release) struct buf out = buf_of(WIRE_PACKET_MAX);
		struct wire_challenge_make m = { .tenant = bytes_of_str("a"),
			                         .bindings = some_of(set) };
		struct wire_challenge_make got;

		wire_put_challenge_make(&out, &m);
		CU_ASSERT_EQUAL_FATAL(
		        wire_get_challenge_make(buf_bytes(&out), &got), OK);
		CU_ASSERT_EQUAL(got.bindings.present, set);
		CU_ASSERT_EQUAL(bindings_mismatch(&m.bindings, &got.bindings),
		                0);

		m.bindings = all_of(); /* values without their bits */
		m.bindings.present = (uint16_t)set;
		buf_reset(&out);
		wire_put_challenge_make(&out, &m);
		CU_ASSERT_EQUAL(wire_get_challenge_make(buf_bytes(&out), &got),
		                set == BINDING_ALL ? OK : E_MALFORMED);
	}
}

static const struct harness_test tests[] = {
	{ "numbers and names", test_numbers },
	{ "values within their limits", test_valid },
	{ "every binding, not shown or another", test_mismatch },
	{ "every set in a message", test_message },
	{ NULL, NULL },
};

HARNESS_MAIN("bindings", tests)
