/*
 * test_bundle_kit.h - texts of bundles, to be changed piece by piece.
 */
#ifndef UNIT_TRUST_TEST_BUNDLE_KIT_H
#define UNIT_TRUST_TEST_BUNDLE_KIT_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"

/* Parses, and checks what must hold of each text: who refuses says why, and what
 * is read is written again byte for byte. */
static inline err_t
parse_text(struct bytes text, struct buf *why, struct bundle **ret_bundle)
{
	struct bundle *b = NULL;

	buf_reset(why);
	err_t err = bundle_parse(text, why, &b);
	CU_ASSERT_EQUAL(err == OK, why->len == 0);
	CU_ASSERT_EQUAL(err == OK, b != NULL);
	if (b) {
		AUTO(buf_release) struct buf again = bundle_kit_text(b);

		CU_ASSERT_TRUE(bytes_equal(text, buf_bytes(&again)));
	}
	if (ret_bundle)
		*ret_bundle = b;
	else
		bundle_free(b);
	return err;
}

/* The text is refused, and why has the words. */
static inline void
refused(struct bytes text, const char *words)
{
	AUTO(buf_release) struct buf why = buf_of(1024);

	if (parse_text(text, &why, NULL) == E_MALFORMED &&
	    strstr(buf_str(&why), words))
		return;
	printf("not refused by \"%s\": %s\n", words, buf_str(&why));
	CU_FAIL("not refused");
}

/* A text without the bytes from `from` to `to`, and `put` in their place. */
static inline struct buf
replaced(struct bytes text, size_t from, size_t to, const char *put)
{
	struct buf out = buf_of(4 * TRUST_TEXT_MAX);

	buf_append(&out, bytes_of(text.data, from));
	buf_append_str(&out, put);
	buf_append(&out, bytes_of(text.data + to, text.len - to));
	CU_ASSERT_EQUAL_FATAL(buf_status(&out), OK);
	return out;
}

/* A text with the first `was` replaced. */
static inline struct buf
edited(struct buf *text, const char *was, const char *is)
{
	const char *whole = buf_str(text);
	const char *at = strstr(whole, was);

	if (!at)
		printf("not there: %s\n", was);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	size_t from = (size_t)(at - whole);
	return replaced(buf_bytes(text), from, from + strlen(was), is);
}

/* A setting of a text, as bundle_put() lays them out: "NAME = VALUE;", where a
 * value of several lines ends in the column in which its name begins. */
struct setting {
	unsigned line; /* its first one, from 1 */
	size_t indent; /* columns before the name */
	char name[32];
	size_t at, end; /* its lines */
	size_t value, value_end;
};

/* The end of the line at `at`, behind the "\n". */
static inline size_t
line_end(const char *text, size_t at)
{
	return at + strcspn(text + at, "\n") + 1;
}

/* Finds the first setting at or behind the line that begins at `from`. */
static inline bool
next_setting(const char *text, size_t from, struct setting *s)
{
	for (size_t at = from; text[at]; at = line_end(text, at)) {
		size_t indent = strspn(text + at, " ");
		const char *name = text + at + indent;
		size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz_");

		if (n == 0 || n >= sizeof(s->name) ||
		    strncmp(name + n, " = ", 3) != 0)
			continue;
		*s = (struct setting){ .line = 1, .indent = indent, .at = at };
		memcpy(s->name, name, n);
		for (size_t i = 0; i < at; i++)
			s->line += text[i] == '\n';
		s->value = at + indent + n + 3;
		s->end = line_end(text, at);
		while (text[s->end - 2] != ';' ||
		       (s->end != line_end(text, at) &&
		        strspn(text + s->value_end, " ") != indent)) {
			s->value_end = s->end;
			s->end = line_end(text, s->end);
		}
		s->value_end = s->end - 2;
		return true;
	}
	return false;
}

#endif
