/*
 * conf_read.c - reads a text by its form, strictly.
 *
 * libconfig parses it and reports the line of an error.  What libconfig
 * silently accepts (comments, joined strings, numbers that it truncates) is
 * found by writing the result again and comparing: who reviews the text reads
 * its bytes, and the program must have read all of them, too.
 */
#include <string.h>

#include <libconfig.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/similar.h"
#include "crypto/codec/conf.h"
#include "crypto/codec/conf_scan.h"

DEFINE_AUTO_REF(struct config_t, config_destroy);

_Static_assert(sizeof(enum conf_kind) == sizeof(unsigned),
               "CONF_WORD keeps an enum as an unsigned");

/* --- refusals ------------------------------------------------------------- */

/* A name of the text has letters, digits, - _ * only, and may be long. */
static err_t
refuse_setting(struct buf *why, const config_setting_t *s, const char *what)
{
	const char *name = config_setting_name(s);

	buf_printf(why, "line %u: %.*s%s%s",
	           (unsigned)config_setting_source_line(s), SIMILAR_MAX,
	           name ? name : "", name ? ": " : "", what);
	return E_MALFORMED;
}

static err_t
refuse_text(struct buf *why, const char *what)
{
	buf_append_str(why, what);
	return E_MALFORMED;
}

/* Names the known setting that is most like it. */
static err_t
refuse_unknown(struct buf *why, const config_setting_t *s,
               const struct conf_form *form)
{
	const char *name = config_setting_name(s);
	const char *best = form->fields[0].name;

	for (size_t i = 1; i < form->n; i++)
		if (similar_distance(name, form->fields[i].name) <
		    similar_distance(name, best))
			best = form->fields[i].name;
	(void)refuse_setting(why, s, "unknown setting; the most similar is ");
	buf_append_str(why, best);
	return E_MALFORMED;
}

/* --- values --------------------------------------------------------------- */

static struct bytes
setting_text(const config_setting_t *s)
{
	return bytes_of_str(config_setting_type(s) == CONFIG_TYPE_STRING
	                            ? config_setting_get_string(s)
	                            : NULL);
}

/* Reads characters that need no escaping, so that a string has one spelling. */
static err_t
read_text(const config_setting_t *s, const struct conf_field *f, char *to,
          struct buf *why)
{
	struct bytes text = setting_text(s);

	if (text.len == 0 || text.len >= f->most)
		return refuse_setting(why, s, "no text, or too long");
	for (size_t i = 0; i < text.len; i++)
		if (!f->in((char)text.data[i]))
			return refuse_setting(why, s,
			                      "a character that it cannot "
			                      "have");
	memcpy(to, text.data, text.len);
	to[text.len] = '\0';
	return OK;
}

static err_t
read_kid(const config_setting_t *s, const struct conf_field *f, char *to,
         struct buf *why)
{
	struct bytes text = setting_text(s);
	uint8_t hash[HASH_SIZE];

	if (text.len >= f->most ||
	    decode_base64url_exact(text, hash, HASH_SIZE) != OK)
		return refuse_setting(why, s, "not a key id");
	memcpy(to, text.data, text.len);
	to[text.len] = '\0';
	return OK;
}

/* A whole number; -1: anything else. */
static int64_t
whole_number(const config_setting_t *s)
{
	int type = config_setting_type(s);

	return type == CONFIG_TYPE_INT     ? config_setting_get_int(s)
	       : type == CONFIG_TYPE_INT64 ? config_setting_get_int64(s)
	                                   : -1;
}

static err_t
read_number(const config_setting_t *s, const struct conf_field *f, void *to,
            struct buf *why)
{
	int64_t n = whole_number(s);

	if (n < f->least || n > UINT32_MAX) {
		(void)refuse_setting(why, s, "not a whole number from ");
		buf_printf(why, "%u to 4294967295", f->least);
		return E_MALFORMED;
	}
	*(uint32_t *)to = (uint32_t)n;
	return OK;
}

static err_t
read_fixed(const config_setting_t *s, const struct conf_field *f,
           struct buf *why)
{
	if (whole_number(s) == f->least)
		return OK;
	(void)refuse_setting(why, s, "not ");
	buf_printf(why, "%u, the only one that this program knows", f->least);
	return E_MALFORMED;
}

static err_t
read_count(const config_setting_t *s, uint64_t *to, struct buf *why)
{
	int64_t n = whole_number(s);

	if (n < 0)
		return refuse_setting(why, s, "not a whole number from 0");
	*to = (uint64_t)n;
	return OK;
}

static err_t
read_time(const config_setting_t *s, uint64_t *to_s, struct buf *why)
{
	uint64_t at_ms = 0;

	if (clock_parse(setting_text(s), &at_ms) != OK || at_ms < 1000)
		return refuse_setting(why, s,
		                      "not a time such as "
		                      "2026-11-23T12:00:00Z");
	*to_s = at_ms / 1000;
	return OK;
}

static err_t
read_hash(const config_setting_t *s, uint8_t *to, struct buf *why)
{
	err_t err = decode_hex_exact(setting_text(s), to, HASH_SIZE);

	return err == OK || err == E_NOMEM
	               ? err
	               : refuse_setting(why, s, "not 64 digits of hex");
}

static err_t
read_conf_base64(const config_setting_t *s, const struct conf_field *f,
                 void *base, struct buf *why)
{
	AUTO(buf_release) struct buf b = buf_of(f->most);
	err_t err = decode_base64(&b, setting_text(s));

	if (err == E_NOMEM)
		return err;
	if (err != OK || b.len == 0)
		return refuse_setting(why, s, "not base64, or too long");
	memcpy((char *)base + f->at, b.data, b.len);
	*(size_t *)(void *)((char *)base + f->n) = b.len;
	return OK;
}

/* --- words ---------------------------------------------------------------- */

static err_t
find_word(const config_setting_t *s, const struct conf_field *f,
          unsigned *ret_word, struct buf *why)
{
	struct bytes text = setting_text(s);

	for (unsigned i = 0; f->word(i); i++)
		if (bytes_equal_str(text, f->word(i))) {
			*ret_word = i;
			return OK;
		}
	(void)refuse_setting(why, s, "not one of");
	for (unsigned i = 0; f->word(i); i++)
		buf_printf(why, " \"%s\"", f->word(i));
	return E_MALFORMED;
}

static err_t
read_words(const config_setting_t *s, const struct conf_field *f, unsigned *to,
           struct buf *why)
{
	if (!config_setting_is_array(s))
		return refuse_setting(why, s, "not a list of words in [ ]");
	for (int i = 0; i < config_setting_length(s); i++) {
		unsigned word = 0;

		TRY(find_word(config_setting_get_elem(s, (unsigned)i), f, &word,
		              why));
		*to |= 1u << word;
	}
	return OK;
}

/* --- groups and lists ----------------------------------------------------- */

static err_t read_form(const config_setting_t *group,
                       const struct conf_form *form, void *base,
                       struct buf *why);

/* The length of a list or an array, within the bounds of the field. */
static err_t
read_length(const config_setting_t *s, bool right, const struct conf_field *f,
            size_t *ret_n, struct buf *why)
{
	int n = config_setting_length(s);

	if (!right || n < (int)f->least || (size_t)n > f->most) {
		(void)refuse_setting(why, s, "not a list of ");
		buf_printf(why, "%u to %zu", f->least, f->most);
		return E_MALFORMED;
	}
	*ret_n = (size_t)n;
	return OK;
}

static err_t
read_hashes(const config_setting_t *s, const struct conf_field *f, void *base,
            struct buf *why)
{
	size_t *n = (size_t *)(void *)((char *)base + f->n);

	TRY(read_length(s, config_setting_is_array(s), f, n, why));
	for (size_t i = 0; i < *n; i++)
		TRY(read_hash(config_setting_get_elem(s, (unsigned)i),
		              (uint8_t *)base + f->at + i * HASH_SIZE, why));
	return OK;
}

static err_t
read_rows(const config_setting_t *s, const struct conf_field *f, void *base,
          struct buf *why)
{
	size_t *n = (size_t *)(void *)((char *)base + f->n);

	TRY(read_length(s, config_setting_is_list(s), f, n, why));
	for (size_t i = 0; i < *n; i++)
		TRY(read_form(config_setting_get_elem(s, (unsigned)i), f->form,
		              (char *)base + f->at + i * f->size, why));
	return OK;
}

static err_t
read_group(const config_setting_t *s, const struct conf_field *f, void *base,
           struct buf *why)
{
	*((bool *)base + f->n) = true;
	return read_form(s, f->form, base, why);
}

static err_t
read_field(const config_setting_t *s, const struct conf_field *f, void *base,
           struct buf *why)
{
	void *to = (char *)base + f->at;

	switch (f->kind) {
	case CONF_FIXED:
		return read_fixed(s, f, why);
	case CONF_NUMBER:
		return read_number(s, f, to, why);
	case CONF_COUNT:
		return read_count(s, to, why);
	case CONF_TEXT:
		return read_text(s, f, to, why);
	case CONF_KID:
		return read_kid(s, f, to, why);
	case CONF_TIME:
		return read_time(s, to, why);
	case CONF_HASH:
		return read_hash(s, to, why);
	case CONF_BASE64:
		return read_conf_base64(s, f, base, why);
	case CONF_WORD:
		return find_word(s, f, to, why);
	case CONF_WORDS:
		return read_words(s, f, to, why);
	case CONF_HASHES:
		return read_hashes(s, f, base, why);
	case CONF_ROWS:
		return read_rows(s, f, base, why);
	case CONF_GROUP:
		return read_group(s, f, base, why);
	}
	return E_BUG;
}

static const struct conf_field *
find_field(const struct conf_form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return &form->fields[i];
	return NULL;
}

/* Unknown settings are reported before missing ones: a misspelt name is both. */
static err_t
read_form(const config_setting_t *group, const struct conf_form *form,
          void *base, struct buf *why)
{
	if (!config_setting_is_group(group))
		return refuse_setting(why, group, "not a group in { }");
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
		        config_setting_get_elem(group, (unsigned)i);
		const struct conf_field *f =
		        find_field(form, config_setting_name(s));

		TRY(f ? read_field(s, f, base, why)
		      : refuse_unknown(why, s, form));
	}
	for (size_t i = 0; i < form->n; i++) {
		const char *name = form->fields[i].name;

		if (form->fields[i].missing ||
		    config_setting_get_member(group, name))
			continue;
		(void)refuse_setting(why, group, "no ");
		return refuse_text(why, name);
	}
	return OK;
}

/* --- the whole ------------------------------------------------------------ */

/* Reports the first line in which the two texts differ. */
static err_t
refuse_spelling(struct buf *why, struct bytes text, struct bytes again)
{
	unsigned line = 1;

	for (size_t i = 0;
	     i < text.len && i < again.len && text.data[i] == again.data[i];
	     i++)
		line += text.data[i] == '\n';
	buf_printf(why, "line %u: not as this program writes it", line);
	return E_MALFORMED;
}

/* A longer text is another one, so the writer need not end. */
static err_t
check_spelling(struct bytes text, const struct conf_form *form,
               const void *from, struct buf *why)
{
	AUTO(buf_release) struct buf again = buf_of(2 * text.len + 1024);

	conf_put(&again, form, from);
	if (buf_status(&again) == E_NOMEM)
		return E_NOMEM;
	return buf_status(&again) == OK && bytes_equal(text, buf_bytes(&again))
	               ? OK
	               : refuse_spelling(why, text, buf_bytes(&again));
}

static err_t
parse_conf_text(struct config_t *config, const char *text, struct buf *why)
{
	if (config_read_string(config, text) == CONFIG_TRUE)
		return OK;
	buf_printf(why, "line %d: %s", config_error_line(config),
	           config_error_text(config));
	return E_MALFORMED;
}

err_t
conf_read(struct bytes text, size_t most, const struct conf_form *form,
          void *to, struct buf *why)
{
	AUTO(buf_release) struct buf copy = buf_of(most);
	AUTO(config_destroy) struct config_t config;

	config_init(&config);
	buf_append(&copy, text);
	const char *str = buf_str(&copy);
	if (buf_status(&copy) == E_NOMEM)
		return E_NOMEM;
	if (buf_status(&copy) != OK || strlen(str) != text.len)
		return refuse_text(why, "too long, or not text");
	TRY(conf_scan(str, form, why));
	TRY(parse_conf_text(&config, str, why));
	TRY(read_form(config_root_setting(&config), form, to, why));
	return check_spelling(text, form, to, why);
}
