/*
 * diff.c - compares two bundles setting by setting and row by row.
 */
#include "trust/diff.h"

#include "trust/form.h"
#include "trust/diff_text.h"

struct diff {
	struct diff_text text;
	struct buf path; /* of the rows being compared: "anchors google-ec " */
	size_t n;        /* things that changed */
};

static void
diff_release(struct diff *d)
{
	diff_text_release(&d->text);
	buf_release(&d->path);
}
DEFINE_AUTO_REF(struct diff, diff_release);

/* Begins the line of a thing that changed. */
static void
begin_change(struct diff *d, char sign, const char *name)
{
	d->n++;
	buf_printf(&d->text.line, "%c ", sign);
	buf_append(&d->text.line, buf_bytes(&d->path));
	buf_append_str(&d->text.line, name);
}

/* --- settings ------------------------------------------------------------- */

static bool
same_value(struct diff *d, const struct conf_field *f, const void *old,
           const void *new)
{
	AUTO(buf_release) struct buf a = buf_of(BUNDLE_DIFF_MAX);
	AUTO(buf_release) struct buf b = buf_of(BUNDLE_DIFF_MAX);

	conf_put_value(&a, f, old);
	conf_put_value(&b, f, new);
	if (buf_status(&a) != OK || buf_status(&b) != OK)
		d->text.out->failed = E_NOMEM;
	return conf_present(f, old) == conf_present(f, new) &&
	       bytes_equal(buf_bytes(&a), buf_bytes(&b));
}

/* The value on its own line, after "was:" or "is:". */
static void
tell_value(struct diff *d, const char *when, const struct conf_field *f,
           const void *from)
{
	diff_text_begin(&d->text, DIFF_INDENT);
	buf_append_str(&d->text.line, when);
	diff_text_value(&d->text, f, from, 2 * DIFF_INDENT);
}

/* A value without what goes on below it. */
static void
put_short(struct diff *d, const struct conf_field *f, const void *from)
{
	if (conf_present(f, from))
		conf_put_value(&d->text.line, f, from);
	else
		buf_append_str(&d->text.line, f->missing);
}

/* old is NULL if there is no bundle before. */
static void
diff_setting(struct diff *d, const struct conf_field *f, const void *old,
             const void *new)
{
	if (old && same_value(d, f, old, new))
		return;
	begin_change(d, old ? '~' : '+', f->name);
	buf_append_str(&d->text.line, ":");
	if (!old) {
		diff_text_value(&d->text, f, new, DIFF_INDENT);
	} else if (diff_text_goes_on(f)) {
		diff_text_end(&d->text);
		tell_value(d, "was:", f, old);
		tell_value(d, "is:", f, new);
	} else {
		buf_append_str(&d->text.line, " ");
		put_short(d, f, old);
		buf_append_str(&d->text.line, " -> ");
		put_short(d, f, new);
		diff_text_end(&d->text);
	}
}

/* --- rows ----------------------------------------------------------------- */

/* A list without rows, or a group that is not there, in the first bundle. */
static void
tell_none(struct diff *d, const struct conf_field *f)
{
	begin_change(d, '+', f->name);
	buf_append_str(&d->text.line, ": none");
	diff_text_end(&d->text);
}

static void diff_form(struct diff *d, const struct conf_form *form,
                      const void *old, const void *new);

/* A row's first setting names it. */
static void
put_row_name(struct buf *out, const struct conf_field *f, const void *row)
{
	conf_put_value(out, &f->form->fields[0], row);
}

static bool
same_row(struct diff *d, const struct conf_field *f, const void *a,
         const void *b)
{
	return same_value(d, &f->form->fields[0], a, b);
}

/* The row of the same name in the other bundle; NULL: none. */
static const void *
find_row(struct diff *d, const struct conf_field *f, const void *in,
         const void *row)
{
	for (size_t i = 0; in && i < conf_count(f, in); i++)
		if (same_row(d, f, conf_row(f, in, i), row))
			return conf_row(f, in, i);
	return NULL;
}

/* A whole row that is new or gone. */
static void
tell_row(struct diff *d, char sign, const struct conf_field *f, const void *row)
{
	begin_change(d, sign, f->name);
	buf_append_str(&d->text.line, " ");
	put_row_name(&d->text.line, f, row);
	diff_text_end(&d->text);
	diff_text_form(&d->text, f->form, row, DIFF_INDENT);
}

/* What changed within a row. */
static void
diff_row(struct diff *d, const struct conf_field *f, const void *old,
         const void *new)
{
	size_t len = d->path.len;

	buf_printf(&d->path, "%s ", f->name);
	put_row_name(&d->path, f, new);
	buf_append_str(&d->path, " ");
	diff_form(d, f->form, old, new);
	d->path.len = len;
}

/* True if the rows that are in both have one order. */
static bool
same_order(struct diff *d, const struct conf_field *f, const void *old,
           const void *new)
{
	size_t at = 0;

	for (size_t i = 0; i < conf_count(f, new); i++) {
		const void *row = conf_row(f, new, i);

		if (!find_row(d, f, old, row))
			continue;
		while (at < conf_count(f, old) &&
		       !same_row(d, f, conf_row(f, old, at), row))
			at++;
		if (at++ == conf_count(f, old))
			return false;
	}
	return true;
}

/* old is NULL if there is no bundle before. */
static void
diff_rows(struct diff *d, const struct conf_field *f, const void *old,
          const void *new)
{
	for (size_t i = 0; old && i < conf_count(f, old); i++) {
		const void *row = conf_row(f, old, i);

		if (!find_row(d, f, new, row))
			tell_row(d, '-', f, row);
	}
	for (size_t i = 0; i < conf_count(f, new); i++) {
		const void *row = conf_row(f, new, i);
		const void *was = find_row(d, f, old, row);

		if (was)
			diff_row(d, f, was, row);
		else
			tell_row(d, '+', f, row);
	}
	if (!old && conf_count(f, new) == 0)
		tell_none(d, f);
	if (!old || same_order(d, f, old, new))
		return;
	begin_change(d, '~', f->name);
	buf_append_str(&d->text.line, ": the order of the rows");
	diff_text_end(&d->text);
}

/* --- groups --------------------------------------------------------------- */

/* A group that is there, was there, or both. */
static void
diff_group(struct diff *d, const struct conf_field *f, const void *old,
           const void *new)
{
	bool was = old && conf_present(f, old), is = conf_present(f, new);
	size_t len = d->path.len;

	if (was && is) {
		buf_printf(&d->path, "%s ", f->name);
		diff_form(d, f->form, old, new);
		d->path.len = len;
	} else if (was || is) {
		begin_change(d, is ? '+' : '-', f->name);
		diff_text_end(&d->text);
		diff_text_form(&d->text, f->form, is ? new : old, DIFF_INDENT);
	} else if (!old) {
		tell_none(d, f);
	}
}

static void
diff_form(struct diff *d, const struct conf_form *form, const void *old,
          const void *new)
{
	for (size_t i = 0; i < form->n; i++) {
		const struct conf_field *f = &form->fields[i];

		if (f->kind == CONF_ROWS)
			diff_rows(d, f, old, new);
		else if (f->kind == CONF_GROUP)
			diff_group(d, f, old, new);
		else
			diff_setting(d, f, old, new);
	}
}

/* --- the whole ------------------------------------------------------------ */

static void
tell_version(struct diff *d, const char *what, const struct bundle *b)
{
	buf_printf(&d->text.line, "%s %u, SHA-256:", what, b->version);
	diff_text_end(&d->text);
	diff_text_digest(&d->text, bytes_of(b->digest, HASH_SIZE), DIFF_INDENT);
}

err_t
bundle_diff(const struct bundle *old, const struct bundle *new, struct buf *out)
{
	AUTO(diff_release)
	struct diff d = { .text = diff_text_of(out), .path = buf_of(1024) };

	tell_version(&d, "trust bundle, version", new);
	if (old)
		tell_version(&d, "compared with version", old);
	diff_form(&d, &bundle_form, old, new);
	if (d.n == 0) {
		buf_append_str(&d.text.line, "no difference");
		diff_text_end(&d.text);
	}
	if (out->failed == OK)
		out->failed = buf_status(&d.path);
	return diff_text_status(&d.text);
}
