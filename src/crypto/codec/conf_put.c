/*
 * conf_put.c - writes a text by its form.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "base/encode.h"
#include "crypto/codec/conf.h"

#define INDENT 2 /* columns of a level */

static const void *
value_at(const struct conf_field *f, const void *from)
{
	return (const char *)from + f->at;
}

static uint32_t
number_at(const void *at)
{
	return *(const uint32_t *)at;
}

static uint64_t
long_at(const void *at)
{
	return *(const uint64_t *)at;
}

size_t
conf_count(const struct conf_field *f, const void *from)
{
	return *(const size_t *)(const void *)((const char *)from + f->n);
}

const void *
conf_row(const struct conf_field *f, const void *from, size_t i)
{
	size_t size = f->kind == CONF_HASHES ? HASH_SIZE : f->size;

	return (const char *)value_at(f, from) + i * size;
}

bool
conf_present(const struct conf_field *f, const void *from)
{
	const void *at = value_at(f, from);

	if (!f->missing)
		return true;
	switch (f->kind) {
	case CONF_TEXT:
	case CONF_KID:
		return *(const char *)at != '\0';
	case CONF_TIME:
	case CONF_COUNT:
		return long_at(at) != 0;
	case CONF_HASH:
		return !bytes_all_zero(at, HASH_SIZE);
	case CONF_BASE64:
	case CONF_HASHES:
	case CONF_ROWS:
		return conf_count(f, from) > 0;
	case CONF_GROUP:
		return *((const bool *)from + f->n);
	case CONF_FIXED:
	case CONF_NUMBER:
	case CONF_WORD:
	case CONF_WORDS:
		return number_at(at) != 0;
	}
	return true;
}

/* --- values --------------------------------------------------------------- */

/* libconfig reads a number without L as a signed 32-bit integer. */
static void
put_number(struct buf *out, uint64_t n)
{
	buf_printf(out, "%" PRIu64 "%s", n, n > INT32_MAX ? "L" : "");
}

static void
put_quoted(struct buf *out, const char *text)
{
	buf_printf(out, "\"%s\"", text);
}

static void
put_time(struct buf *out, uint64_t at_s)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(at_s > UINT64_MAX / 1000 ? UINT64_MAX : at_s * 1000, text);
	put_quoted(out, text);
}

static void
put_conf_hash(struct buf *out, const uint8_t *hash)
{
	buf_append_str(out, "\"");
	encode_hex(out, bytes_of(hash, HASH_SIZE));
	buf_append_str(out, "\"");
}

static void
put_base64(struct buf *out, struct bytes in)
{
	buf_append_str(out, "\"");
	encode_base64(out, in);
	buf_append_str(out, "\"");
}

static void
put_word(struct buf *out, const struct conf_field *f, unsigned i)
{
	const char *word = NULL;

	for (unsigned k = 0; k <= i && (word = f->word(k)); k++)
		;
	put_quoted(out, word ? word : "?");
}

static void
put_words(struct buf *out, const struct conf_field *f, unsigned bits)
{
	const char *before = " ";

	buf_append_str(out, "[");
	for (unsigned i = 0; f->word(i); i++) {
		if (!(bits & 1u << i))
			continue;
		buf_append_str(out, before);
		put_quoted(out, f->word(i));
		before = ", ";
	}
	buf_append_str(out, " ]");
}

/* One hash a line, so that they can be compared by eye. */
static void
put_hashes(struct buf *out, const struct conf_field *f, const void *from,
           int indent)
{
	size_t n = conf_count(f, from);

	buf_append_str(out, "[\n");
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%*s", indent + INDENT, "");
		put_conf_hash(out, conf_row(f, from, i));
		buf_append_str(out, i + 1 < n ? ",\n" : "\n");
	}
	buf_printf(out, "%*s]", indent, "");
}

void
conf_put_value(struct buf *out, const struct conf_field *f, const void *from)
{
	const void *at = value_at(f, from);

	switch (f->kind) {
	case CONF_FIXED:
		put_number(out, f->least);
		break;
	case CONF_NUMBER:
		put_number(out, number_at(at));
		break;
	case CONF_COUNT:
		put_number(out, long_at(at));
		break;
	case CONF_TEXT:
	case CONF_KID:
		put_quoted(out, at);
		break;
	case CONF_TIME:
		put_time(out, long_at(at));
		break;
	case CONF_HASH:
		put_conf_hash(out, at);
		break;
	case CONF_BASE64:
		put_base64(out, bytes_of(at, conf_count(f, from)));
		break;
	case CONF_WORD:
		put_word(out, f, number_at(at));
		break;
	case CONF_WORDS:
		put_words(out, f, number_at(at));
		break;
	case CONF_HASHES:
		put_hashes(out, f, from, 0);
		break;
	case CONF_ROWS:
	case CONF_GROUP:
		break;
	}
}

/* --- groups --------------------------------------------------------------- */

static void put_form(struct buf *out, const struct conf_form *form,
                     const void *from, int indent);

static void
put_rows(struct buf *out, const struct conf_field *f, const void *from,
         int indent)
{
	size_t n = conf_count(f, from);

	if (n == 0) {
		buf_append_str(out, "()");
		return;
	}
	buf_append_str(out, "(\n");
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%*s{\n", indent + INDENT, "");
		put_form(out, f->form, conf_row(f, from, i),
		         indent + 2 * INDENT);
		buf_printf(out, "%*s}%s\n", indent + INDENT, "",
		           i + 1 < n ? "," : "");
	}
	buf_printf(out, "%*s)", indent, "");
}

static void
put_group(struct buf *out, const struct conf_field *f, const void *from,
          int indent)
{
	buf_append_str(out, "{\n");
	put_form(out, f->form, from, indent + INDENT);
	buf_printf(out, "%*s}", indent, "");
}

static void
put_form(struct buf *out, const struct conf_form *form, const void *from,
         int indent)
{
	for (size_t i = 0; i < form->n; i++) {
		const struct conf_field *f = &form->fields[i];

		if (!conf_present(f, from))
			continue;
		buf_printf(out, "%*s%s = ", indent, "", f->name);
		if (f->kind == CONF_ROWS)
			put_rows(out, f, from, indent);
		else if (f->kind == CONF_GROUP)
			put_group(out, f, from, indent);
		else if (f->kind == CONF_HASHES)
			put_hashes(out, f, from, indent);
		else
			conf_put_value(out, f, from);
		buf_append_str(out, ";\n");
	}
}

void
conf_put(struct buf *out, const struct conf_form *form, const void *from)
{
	put_form(out, form, from, 0);
}
