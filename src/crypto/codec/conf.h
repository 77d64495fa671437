/*
 * conf.h - texts in the language of the configuration that have one spelling:
 * the trust bundle and the pins file, which people review and sign byte by
 * byte.
 *
 * What may stand in such a text is a form: a table with a row for each setting
 * of a group, in the order in which the settings are written.  One table reads
 * and writes, so what is read is written again, and nothing else is.
 */
#ifndef CRYPTO_CODEC_CONF_H
#define CRYPTO_CODEC_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* What a setting is, and how its value is kept at `at` of the struct.  `n` is
 * the place of a second member, a size_t or bool. */
enum conf_kind {
	CONF_FIXED,  /* a number that must be `least`; is not kept */
	CONF_NUMBER, /* uint32_t, at least `least` */
	CONF_COUNT,  /* uint64_t, at most INT64_MAX */
	CONF_TEXT,   /* char[most] with a NUL; characters of `in` */
	CONF_KID,    /* char[most] with a NUL: 32 bytes in base64url */
	CONF_TIME,   /* uint64_t, seconds since 1970, not 0 */
	CONF_HASH,   /* uint8_t[HASH_SIZE], in hex */
	CONF_BASE64, /* uint8_t[most]; n: how many */
	CONF_WORD,   /* an enum or unsigned: which `word` it is */
	CONF_WORDS,  /* unsigned: the bits of the words that are there */
	CONF_HASHES, /* uint8_t[most][HASH_SIZE]; n: how many */
	CONF_ROWS,   /* at least `least`, at most `most`; n: how many; rows of
	              * `size` bytes, each as `form` says */
	CONF_GROUP,  /* as `form` says, of the same struct; n: bool, whether it
	              * is there */
};

struct conf_form;

struct conf_field {
	const char *name;
	enum conf_kind kind;
	/* What it means to people that the setting is not there; NULL: it must
	 * be there.  A value that is 0 or empty is then not written. */
	const char *missing;
	size_t at;
	size_t n;
	uint32_t least;
	size_t most;
	size_t size;
	bool (*in)(char c);
	const char *(*word)(unsigned i); /* NULL after the last one */
	const struct conf_form *form;
};

struct conf_form {
	size_t n;
	const struct conf_field *fields;
};

#define CONF_FORM(fields_)                                   \
	{                                                    \
		.n = ARRAY_LEN(fields_), .fields = (fields_) \
	}

/* Sets of characters that need no escaping and do nothing to a terminal. */
bool conf_in_name(char c); /* a-z 0-9 . _ - */
bool conf_in_uri(char c);  /* visible ASCII without " and \ */
bool conf_in_note(char c); /* the same, and the space */

/*
 * Reads a text of at most `most` bytes into *to, which is all zeros.  Refused
 * are a setting that is missing, unknown, there twice, of another type or out of
 * bounds; @include, comments and escapes; and whatever conf_put() would write
 * otherwise, such as joined strings, numbers that libconfig truncates, another
 * order or spacing.  E_MALFORMED: why has the cause and, if there is one, the
 * line; *to is then incomplete.  E_NOMEM.
 */
MUST_CHECK err_t conf_read(struct bytes text, size_t most,
                           const struct conf_form *form, void *to,
                           struct buf *why);

/* Appends the text. */
void conf_put(struct buf *out, const struct conf_form *form, const void *from);

/* --- one setting, for who compares two texts ------------------------------ */

/* True if the setting is written: it must be there, or is not empty. */
bool conf_present(const struct conf_field *f, const void *from);

/* Appends the value as it is written; not of CONF_ROWS and CONF_GROUP. */
void conf_put_value(struct buf *out, const struct conf_field *f,
                    const void *from);

/* Of CONF_ROWS and CONF_HASHES: how many there are, and one of them. */
size_t conf_count(const struct conf_field *f, const void *from);
const void *conf_row(const struct conf_field *f, const void *from, size_t i);

#endif
