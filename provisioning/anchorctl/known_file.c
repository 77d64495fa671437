/*
 * known_file.c - see known_file.h.
 */
#include "provisioning/anchorctl/known_file.h"

#include <string.h>

#include "base/encode.h"
#include "crypto/codec/json_auto.h"

struct known_file
known_file_of(struct bytes text)
{
	return (struct known_file){ .left = text, .line = 1 };
}

static err_t
line_fault(uint64_t line, const char *what, struct buf *why)
{
	buf_printf(why, "line %llu: %s", (unsigned long long)line, what);
	return E_MALFORMED;
}

/* --- bytes ----------------------------------------------------------------- */

static void
skip_bytes(struct known_file *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		f->line += f->left.data[i] == '\n';
	f->left = bytes_of(f->left.data + n, f->left.len - n);
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_space(struct known_file *f)
{
	size_t n = 0;

	while (n < f->left.len && is_space(f->left.data[n]))
		n++;
	skip_bytes(f, n);
}

/* True if it was there, and is skipped. */
static bool
skip_one(struct known_file *f, char c)
{
	if (f->left.len == 0 || f->left.data[0] != (uint8_t)c)
		return false;
	skip_bytes(f, 1);
	return true;
}

static struct bytes
trim_space(struct bytes text)
{
	while (text.len > 0 && is_space(text.data[text.len - 1]))
		text.len--;
	while (text.len > 0 && is_space(text.data[0]))
		text = bytes_of(text.data + 1, text.len - 1);
	return text;
}

/* --- one entry ------------------------------------------------------------- */

/* Reads an object that text begins with; *ret_len: its bytes.  A member that is
 * there twice would be read in two ways. */
static err_t
read_entry_object(struct bytes text, size_t flags, struct known_entry *e,
                  struct buf *why, size_t *ret_len)
{
	json_error_t error;
	AUTO(json_decref)
	json_t *object = json_loadb((const char *)text.data, text.len,
	                            JSON_REJECT_DUPLICATES | flags, &error);

	if (!object)
		return line_fault(e->line + (error.line > 0
		                                     ? (uint64_t)error.line - 1
		                                     : 0),
		                  error.text, why);
	if (!json_is_object(object))
		return line_fault(e->line, "an entry is an object", why);
	e->size = json_dumpb(object, NULL, 0, JSON_COMPACT);
	if (e->size > KNOWN_ENTRY_MAX)
		return line_fault(e->line, "the entry is too long", why);
	*ret_len = (size_t)error.position;
	e->object = TAKE(object);
	return OK;
}

static err_t
read_digest(struct bytes text, struct known_entry *e, struct buf *why)
{
	uint8_t digest[HASH_SIZE];

	if (decode_hex_exact(text, digest, sizeof(digest)) != OK)
		return line_fault(e->line,
		                  "neither a JSON object nor the SHA-256 of a "
		                  "key, 64 hexadecimal digits",
		                  why);
	e->object = json_pack("{s:s%}", "key", text.data, text.len);
	if (!e->object)
		return E_NOMEM;
	e->size = json_dumpb(e->object, NULL, 0, JSON_COMPACT);
	return OK;
}

/* --- both forms ------------------------------------------------------------ */

static err_t
end_array(struct known_file *f, struct buf *why)
{
	skip_space(f);
	f->ended = true;
	return f->left.len == 0
	               ? E_NOT_FOUND
	               : line_fault(f->line, "something follows the array",
	                            why);
}

static err_t
next_of_array(struct known_file *f, struct known_entry *e, bool first,
              struct buf *why)
{
	size_t len = 0;

	skip_space(f);
	if (skip_one(f, ']'))
		return end_array(f, why);
	if (!first && !skip_one(f, ','))
		return line_fault(f->line,
		                  "neither a comma nor the array's end", why);
	skip_space(f);
	e->line = f->line;
	TRY(read_entry_object(f->left, JSON_DISABLE_EOF_CHECK, e, why, &len));
	skip_bytes(f, len);
	return OK;
}

static err_t
next_of_lines(struct known_file *f, struct known_entry *e, struct buf *why)
{
	size_t unused = 0;

	skip_space(f); /* and so blank lines */
	e->line = f->line;
	if (f->left.len == 0)
		return E_NOT_FOUND;
	const uint8_t *end = memchr(f->left.data, '\n', f->left.len);
	size_t n = end ? (size_t)(end - f->left.data) : f->left.len;
	struct bytes text = trim_space(bytes_of(f->left.data, n));

	skip_bytes(f, n);
	return text.data[0] == '{' ? read_entry_object(text, 0, e, why, &unused)
	                           : read_digest(text, e, why);
}

err_t
known_file_next(struct known_file *f, struct known_entry *ret_entry,
                struct buf *why)
{
	struct known_entry e = { 0 };
	bool first = !f->begun;

	if (f->ended)
		return E_NOT_FOUND;
	if (first) {
		skip_space(f);
		f->begun = true;
		f->array = skip_one(f, '[');
	}
	err_t err = f->array ? next_of_array(f, &e, first, why)
	                     : next_of_lines(f, &e, why);
	f->ended = err != OK;
	TRY(err);
	*ret_entry = e;
	return OK;
}
