/*
 * sheet.c - see sheet.h.
 */
#include "trust/sheet.h"

#include "base/encode.h"
#include "trust/digest_words.h"
#include "trust/rows.h"
#include "trust/ssh_key.h"

#define WORDS_A_LINE 8
#define LINE_MAX_LEN (64 * 1024) /* the longest setting has a few thousand */

struct sheet
sheet_of(struct buf *out)
{
	return (struct sheet){ .out = out, .line = buf_of(LINE_MAX_LEN) };
}

void
sheet_release(struct sheet *s)
{
	buf_release(&s->line);
}

err_t
sheet_status(const struct sheet *s)
{
	return buf_status(s->out);
}

void
sheet_begin(struct sheet *s, int indent)
{
	buf_printf(&s->line, "%*s", indent, "");
}

void
sheet_end(struct sheet *s)
{
	struct bytes line = buf_bytes(&s->line);

	/* A part that is missing makes all of it incomplete. */
	if (buf_status(&s->line) != OK && s->out->failed == OK)
		s->out->failed = buf_status(&s->line);
	for (size_t i = 0; i < line.len; i++) {
		uint8_t c = line.data[i];

		if (c >= ' ' && c <= '~')
			buf_u8(s->out, c);
		else
			buf_printf(s->out, "\\x%02x", c);
	}
	buf_append_str(s->out, "\n");
	buf_reset(&s->line);
}

void
sheet_digest(struct sheet *s, struct bytes digest, int indent)
{
	/* Each line begins at an even byte, as the words alternate. */
	_Static_assert(WORDS_A_LINE % 2 == 0, "words alternate");

	sheet_begin(s, indent);
	digest_put_groups(&s->line, digest);
	sheet_end(s);
	for (size_t i = 0; i < digest.len; i += WORDS_A_LINE) {
		size_t left = digest.len - i;

		sheet_begin(s, indent);
		digest_put_words(
		        &s->line,
		        bytes_of(digest.data + i,
		                 left < WORDS_A_LINE ? left : WORDS_A_LINE));
		sheet_end(s);
	}
}

static bool
is_officer_key(const struct conf_field *f)
{
	return f->kind == CONF_TEXT && strcmp(f->name, "key") == 0;
}

static bool
is_digest(const struct conf_field *f)
{
	return f->kind == CONF_HASH || f->kind == CONF_HASHES;
}

bool
sheet_goes_on(const struct conf_field *f)
{
	return is_digest(f) || f->kind == CONF_KID || is_officer_key(f);
}

/* As `ssh-keygen -l` prints it. */
static void
show_fingerprint(struct sheet *s, struct bytes text, int indent)
{
	struct ssh_key key;

	if (ssh_key_parse(text, &key) != OK)
		return;
	sheet_begin(s, indent);
	ssh_key_fingerprint(&s->line, &key);
	sheet_end(s);
}

/* What goes on below the line of a value. */
static void
show_below(struct sheet *s, const struct conf_field *f, const void *from,
           int indent)
{
	const char *at = (const char *)from + f->at;
	size_t n = f->kind == CONF_HASHES ? conf_count(f, from) : 0;
	uint8_t kid[HASH_SIZE];

	if (f->kind == CONF_HASH)
		sheet_digest(s, bytes_of(at, HASH_SIZE), indent);
	for (size_t i = 0; i < n; i++)
		sheet_digest(s, bytes_of(conf_row(f, from, i), HASH_SIZE),
		             indent);
	if (f->kind == CONF_KID &&
	    decode_base64url_exact(bytes_of_str(at), kid, HASH_SIZE) == OK)
		sheet_digest(s, bytes_of(kid, HASH_SIZE), indent);
	if (is_officer_key(f))
		show_fingerprint(s, bytes_of_str(at), indent);
}

void
sheet_value(struct sheet *s, const struct conf_field *f, const void *from,
            int indent)
{
	bool present = conf_present(f, from);

	if (!present) {
		buf_printf(&s->line, " %s", f->missing);
	} else if (!is_digest(f)) {
		buf_append_str(&s->line, " ");
		conf_put_value(&s->line, f, from);
	}
	sheet_end(s);
	if (present)
		show_below(s, f, from, indent);
}

static void
show_rows(struct sheet *s, const struct conf_field *f, const void *from,
          int indent)
{
	size_t n = conf_count(f, from);

	for (size_t i = 0; i < n; i++) {
		sheet_begin(s, indent);
		buf_printf(&s->line, "%zu of %zu", i + 1, n);
		sheet_end(s);
		sheet_form(s, f->form, conf_row(f, from, i),
		           indent + SHEET_INDENT);
	}
}

void
sheet_form(struct sheet *s, const struct conf_form *form, const void *from,
           int indent)
{
	for (size_t i = 0; i < form->n; i++) {
		const struct conf_field *f = &form->fields[i];
		bool rows = f->kind == CONF_ROWS && conf_present(f, from);

		sheet_begin(s, indent);
		buf_printf(&s->line, "%s:", f->name);
		if (!rows) {
			sheet_value(s, f, from, indent + SHEET_INDENT);
			continue;
		}
		sheet_end(s);
		show_rows(s, f, from, indent + SHEET_INDENT);
	}
}
