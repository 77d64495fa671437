/*
 * json.c - parses Google's status list strictly, part by part.
 *
 * The text of a long list is much larger than what is kept of it, so it is
 * never in memory as a whole.  Anything that Google's schema does not define is
 * refused, since a new word in it may mean anything, including "revoked".
 */
#include <string.h>

#include "base/clock.h"

#include "evidence/revocation/int.h"
#include "crypto/codec/utf8.h"

#define WORD_MAX 64     /* bytes of a name, serial, status, reason, date */
#define COMMENT_MAX 140 /* characters, by the schema */

/* Failures are sticky: after one every peek_byte() returns END. */
struct text {
	const struct revocation_source *source;
	struct bytes part;
	size_t at;
	size_t total;
	unsigned line;
	err_t failed;
	struct buf *why;
};

enum { END = -1 };

static bool
fail_list(struct text *t, err_t err, const char *what)
{
	if (t->failed == OK) {
		buf_printf(t->why, "line %u: %s", t->line, what);
		t->failed = err;
	}
	return false;
}

static void
read_next_part(struct text *t)
{
	err_t err = t->source->next(t->source->arg, &t->part);

	t->at = 0;
	t->total += t->part.len;
	if (err != OK)
		fail_list(t, err, "cannot be read further");
	else if (t->total > REVOCATION_JSON_MAX)
		fail_list(t, E_LIMIT, "the list is longer than 256 MiB");
}

/* Returns the next byte without taking it; END at the end or after a
 * failure. */
static int
peek_byte(struct text *t)
{
	if (t->failed == OK && t->at == t->part.len)
		read_next_part(t);
	return t->failed == OK && t->at < t->part.len ? t->part.data[t->at]
	                                              : END;
}

static int
take_list_byte(struct text *t)
{
	int c = peek_byte(t);

	if (c != END)
		t->at++;
	if (c == '\n')
		t->line++;
	return c;
}

static int
look_past_space(struct text *t)
{
	int c;

	while ((c = peek_byte(t)) == ' ' || c == '\t' || c == '\n' || c == '\r')
		take_list_byte(t);
	return c;
}

static bool
expect_byte(struct text *t, char wanted)
{
	char what[] = "'?' expected";

	if (look_past_space(t) == wanted) {
		take_list_byte(t);
		return true;
	}
	what[1] = wanted;
	return fail_list(t, E_MALFORMED, what);
}

/* --- strings -------------------------------------------------------------- */

struct word {
	size_t len;
	char text[WORD_MAX + 1];
};

static struct bytes
word_bytes(const struct word *w)
{
	return bytes_of(w->text, w->len);
}

static bool
word_is(const struct word *w, const char *text)
{
	return bytes_equal_str(word_bytes(w), text);
}

/* Accepts printable ASCII without escapes, so each word has one spelling. */
static bool
read_word(struct text *t, struct word *ret_word)
{
	struct word w = { .len = 0 };
	int c;

	if (!expect_byte(t, '"'))
		return false;
	while ((c = take_list_byte(t)) != '"') {
		if (c < 0x20 || c > 0x7e || c == '\\')
			return fail_list(t, E_MALFORMED,
			                 "a word that is not plain ASCII");
		if (w.len == WORD_MAX)
			return fail_list(t, E_MALFORMED,
			                 "a word of more than 64 bytes");
		w.text[w.len++] = (char)c;
	}
	*ret_word = w;
	return t->failed == OK;
}

/* Reads what follows a backslash.  Refuses escaped surrogates. */
static bool
read_escape(struct text *t)
{
	unsigned value = 0;
	int c = take_list_byte(t);

	if (c != 'u')
		return c != END && strchr("\"\\/bfnrt", c)
		               ? true
		               : fail_list(t, E_MALFORMED, "an unknown escape");
	for (unsigned i = 0; i < 4; i++) {
		c = take_list_byte(t);
		if (c >= '0' && c <= '9')
			value = value << 4 | (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value << 4 | (unsigned)((c | 0x20) - 'a' + 10);
		else
			return fail_list(t, E_MALFORMED, "an unknown escape");
	}
	return value < 0xd800 || value > 0xdfff
	               ? true
	               : fail_list(t, E_MALFORMED, "an escaped surrogate");
}

/* A comment is not kept, but must be valid text. */
static bool
read_comment(struct text *t)
{
	uint8_t bytes[COMMENT_MAX * 4];
	size_t len = 0;
	size_t characters = 0;
	int c;

	if (!expect_byte(t, '"'))
		return false;
	while ((c = take_list_byte(t)) != '"') {
		if (c == END)
			return fail_list(t, E_MALFORMED,
			                 "ends within a comment");
		if ((c & 0xc0) != 0x80 && ++characters > COMMENT_MAX)
			return fail_list(
			        t, E_MALFORMED,
			        "a comment of more than 140 characters");
		if (c == '\\' && !read_escape(t))
			return false;
		if (len == sizeof(bytes))
			return fail_list(t, E_MALFORMED, "a comment too long");
		bytes[len++] = (uint8_t)c;
	}
	return utf8_text_valid(bytes_of(bytes, len))
	               ? true
	               : fail_list(t, E_MALFORMED, "a comment that is no text");
}

/* --- one entry ------------------------------------------------------------ */

struct entry {
	struct revocation revocation;
	unsigned seen; /* bits of the members' rows */
};

static bool
read_status(struct text *t, struct entry *e)
{
	struct word w;

	if (!read_word(t, &w))
		return false;
	for (unsigned s = REVOCATION_REVOKED; s < REVOCATION_STATUS_COUNT; s++)
		if (word_is(&w, revocation_status_name(s)))
			e->revocation.status = s;
	return e->revocation.status != 0
	               ? true
	               : fail_list(t, E_MALFORMED, "an unknown status");
}

static bool
read_reason(struct text *t, struct entry *e)
{
	struct word w;

	if (!read_word(t, &w))
		return false;
	for (unsigned r = REVOCATION_UNSPECIFIED; r < REVOCATION_REASON_COUNT;
	     r++)
		if (word_is(&w, revocation_reason_name(r)))
			e->revocation.reason = r;
	return e->revocation.reason != REVOCATION_NOT_SAID
	               ? true
	               : fail_list(t, E_MALFORMED, "an unknown reason");
}

/* Checks the date and drops it: a revoked certificate stays revoked, because
 * factory chains are accepted after their expiry. */
static bool
read_expires(struct text *t, struct entry *e)
{
	static const char midnight[] = "T00:00:00Z";
	uint64_t at_ms;
	struct word w;

	(void)e;
	if (!read_word(t, &w))
		return false;
	if (w.len != sizeof("2026-11-23") - 1)
		return fail_list(t, E_MALFORMED, "'expires' is no date");
	memcpy(w.text + w.len, midnight, sizeof(midnight) - 1);
	w.len += sizeof(midnight) - 1;
	return clock_parse(word_bytes(&w), &at_ms) == OK
	               ? true
	               : fail_list(t, E_MALFORMED, "'expires' is no date");
}

static bool
read_remark(struct text *t, struct entry *e)
{
	(void)e;
	return read_comment(t);
}

static const struct {
	const char *name;
	bool (*read)(struct text *t, struct entry *e);
} members[] = {
	{ "status", read_status },
	{ "reason", read_reason },
	{ "expires", read_expires },
	{ "comment", read_remark },
};

static bool
read_entry_member(struct text *t, struct entry *e)
{
	struct word name;

	if (!read_word(t, &name) || !expect_byte(t, ':'))
		return false;
	for (unsigned i = 0; i < ARRAY_LEN(members); i++) {
		if (!word_is(&name, members[i].name))
			continue;
		if (e->seen & 1u << i)
			return fail_list(t, E_MALFORMED, "a member twice");
		e->seen |= 1u << i;
		return members[i].read(t, e);
	}
	return fail_list(t, E_MALFORMED, "an unknown member");
}

static bool
read_entry(struct text *t, struct entry *ret_entry)
{
	struct entry e = { .seen = 0 };

	if (!expect_byte(t, '{'))
		return false;
	do {
		if (!read_entry_member(t, &e))
			return false;
	} while (look_past_space(t) == ',' && take_list_byte(t) != END);
	if (!expect_byte(t, '}'))
		return false;
	if (e.revocation.status == 0)
		return fail_list(t, E_MALFORMED, "an entry without status");
	*ret_entry = e;
	return true;
}

/* --- the list ------------------------------------------------------------- */

static bool
read_row(struct text *t, struct revocations *list)
{
	uint8_t serial[REVOCATION_SERIAL_MAX];
	struct word key;
	struct entry e;

	if (!read_word(t, &key))
		return false;
	err_t err = revocation_serial(word_bytes(&key), serial);
	if (err == E_LIMIT)
		return fail_list(t, E_MALFORMED,
		                 "a serial of more than 20 octets");
	if (err != OK)
		return fail_list(t, E_MALFORMED,
		                 "a serial that is not lower-case hex without "
		                 "leading zeros");
	if (!expect_byte(t, ':') || !read_entry(t, &e))
		return false;
	err = revocations_add(list, serial, e.revocation);
	return err == OK ? true : fail_list(t, err, "too many entries");
}

static bool
read_rows(struct text *t, struct revocations *list)
{
	if (!expect_byte(t, '{'))
		return false;
	if (look_past_space(t) == '}')
		return expect_byte(t, '}');
	do {
		if (!read_row(t, list))
			return false;
	} while (look_past_space(t) == ',' && take_list_byte(t) != END);
	return expect_byte(t, '}');
}

static bool
read_list_document(struct text *t, struct revocations *list)
{
	struct word name;

	if (!expect_byte(t, '{') || !read_word(t, &name))
		return false;
	if (!word_is(&name, "entries"))
		return fail_list(t, E_MALFORMED, "'entries' expected");
	if (!expect_byte(t, ':') || !read_rows(t, list) || !expect_byte(t, '}'))
		return false;
	if (look_past_space(t) != END)
		return fail_list(t, E_MALFORMED, "something after the end");
	return t->failed == OK;
}

err_t
revocations_import(const struct revocation_source *source, uint64_t at_s,
                   struct buf *why, struct revocations **ret_list)
{
	AUTO(revocations_free) struct revocations *list = NULL;
	struct text t = { .source = source, .line = 1, .why = why };

	TRY(revocations_new(at_s, &list));
	if (!read_list_document(&t, list))
		return t.failed;
	TRY(revocations_seal(list, why));
	*ret_list = TAKE(list);
	return OK;
}
