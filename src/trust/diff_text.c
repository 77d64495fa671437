/*
 * diff_text.c - see diff_text.h.
 */
#include "trust/diff_text.h"

#include "base/encode.h"
#include "trust/digest_words.h"
#include "trust/rows.h"
#include "trust/ssh_key.h"

#define WORDS_A_LINE 8
#define LINE_MAX_LEN (64 * 1024) /* the longest setting has a few thousand */

struct diff_text
diff_text_of(struct buf *out)
{
	return (struct diff_text){ .out = out, .line = buf_of(LINE_MAX_LEN) };
}

void
diff_text_release(struct diff_text *t)
{
	buf_release(&t->line);
}

err_t
diff_text_status(const struct diff_text *t)
{
	return buf_status(t->out);
}

void
diff_text_begin(struct diff_text *t, int indent)
{
	buf_printf(&t->line, "%*s", indent, "");
}

void
diff_text_end(struct diff_text *t)
{
	struct bytes line = buf_bytes(&t->line);

	/* A part that is missing makes all of it incomplete. */
	if (buf_status(&t->line) != OK && t->out->failed == OK)
		t->out->failed = buf_status(&t->line);
	for (size_t i = 0; i < line.len; i++) {
		uint8_t c = line.data[i];

		if (c >= ' ' && c <= '~')
			buf_u8(t->out, c);
		else
			buf_printf(t->out, "\\x%02x", c);
	}
	buf_append_str(t->out, "\n");
	buf_reset(&t->line);
}

void
diff_text_digest(struct diff_text *t, struct bytes digest, int indent)
{
	/* Each line begins at an even byte, as the words alternate. */
	_Static_assert(WORDS_A_LINE % 2 == 0, "words alternate");

	diff_text_begin(t, indent);
	digest_put_groups(&t->line, digest);
	diff_text_end(t);
	for (size_t i = 0; i < digest.len; i += WORDS_A_LINE) {
		size_t left = digest.len - i;

		diff_text_begin(t, indent);
		digest_put_words(
		        &t->line,
		        bytes_of(digest.data + i,
		                 left < WORDS_A_LINE ? left : WORDS_A_LINE));
		diff_text_end(t);
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
diff_text_goes_on(const struct conf_field *f)
{
	return is_digest(f) || f->kind == CONF_KID || is_officer_key(f);
}

/* As `ssh-keygen -l` prints it. */
static void
show_fingerprint(struct diff_text *t, struct bytes text, int indent)
{
	struct ssh_key key;

	if (ssh_key_parse(text, &key) != OK)
		return;
	diff_text_begin(t, indent);
	ssh_key_fingerprint(&t->line, &key);
	diff_text_end(t);
}

/* What goes on below the line of a value. */
static void
show_below(struct diff_text *t, const struct conf_field *f, const void *from,
           int indent)
{
	const char *at = (const char *)from + f->at;
	size_t n = f->kind == CONF_HASHES ? conf_count(f, from) : 0;
	uint8_t kid[HASH_SIZE];

	if (f->kind == CONF_HASH)
		diff_text_digest(t, bytes_of(at, HASH_SIZE), indent);
	for (size_t i = 0; i < n; i++)
		diff_text_digest(t, bytes_of(conf_row(f, from, i), HASH_SIZE),
		                 indent);
	if (f->kind == CONF_KID &&
	    decode_base64url_exact(bytes_of_str(at), kid, HASH_SIZE) == OK)
		diff_text_digest(t, bytes_of(kid, HASH_SIZE), indent);
	if (is_officer_key(f))
		show_fingerprint(t, bytes_of_str(at), indent);
}

void
diff_text_value(struct diff_text *t, const struct conf_field *f,
                const void *from, int indent)
{
	bool present = conf_present(f, from);

	if (!present) {
		buf_printf(&t->line, " %s", f->missing);
	} else if (!is_digest(f)) {
		buf_append_str(&t->line, " ");
		conf_put_value(&t->line, f, from);
	}
	diff_text_end(t);
	if (present)
		show_below(t, f, from, indent);
}

static void
show_rows(struct diff_text *t, const struct conf_field *f, const void *from,
          int indent)
{
	size_t n = conf_count(f, from);

	for (size_t i = 0; i < n; i++) {
		diff_text_begin(t, indent);
		buf_printf(&t->line, "%zu of %zu", i + 1, n);
		diff_text_end(t);
		diff_text_form(t, f->form, conf_row(f, from, i),
		               indent + DIFF_INDENT);
	}
}

void
diff_text_form(struct diff_text *t, const struct conf_form *form,
               const void *from, int indent)
{
	for (size_t i = 0; i < form->n; i++) {
		const struct conf_field *f = &form->fields[i];
		bool rows = f->kind == CONF_ROWS && conf_present(f, from);

		diff_text_begin(t, indent);
		buf_printf(&t->line, "%s:", f->name);
		if (!rows) {
			diff_text_value(t, f, from, indent + DIFF_INDENT);
			continue;
		}
		diff_text_end(t);
		show_rows(t, f, from, indent + DIFF_INDENT);
	}
}
