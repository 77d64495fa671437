/*
 * walk.h - walks the settings of a text in the configuration's language that
 * people write by hand: policies and rollout files.
 *
 * A reader has a table of known settings for each group; a setting that no
 * table names is an error, so that a misspelt rule is not ignored.  Every
 * refusal names line, setting and remedy.  (A text that has one spelling alone,
 * because people sign it byte by byte, is read by conf.h.)
 */
#ifndef CRYPTO_CODEC_WALK_H
#define CRYPTO_CODEC_WALK_H

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* The state of a walk. */
struct walk {
	void *whole; /* what the whole text is read into */
	void *rules; /* what the group at hand is read into */
	struct buf *why;
};

/* Reads one setting.  E_MALFORMED (walk_bad()), E_NOMEM. */
typedef err_t setting_fn(struct walk *w, const config_setting_t *s);

/* A setting that a group may have. */
struct known {
	const char *name; /* NULL ends the table */
	bool required;
	setting_fn *fn;
};

/* Parses a text, which must not contain a NUL byte or @include, for which
 * libconfig would open a file: a text's digest must cover all of it.  `what` is
 * what the text is called ("a policy").  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t walk_parse(struct walk *w, config_t *config, const char *text,
                            const char *what);

/* Writes the line and name of s and the cause to why; returns E_MALFORMED. */
MUST_CHECK err_t walk_bad(struct walk *w, const config_setting_t *s,
                          const char *what);

/* The same with a cause that is composed. */
MUST_CHECK err_t walk_bad_f(struct walk *w, const config_setting_t *s,
                            const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Reads a group: every name must be known, required ones must be present. */
MUST_CHECK err_t walk_group(struct walk *w, const config_setting_t *group,
                            const struct known *known);

/* Calls fn for each element of an array or a list. */
MUST_CHECK err_t walk_list(struct walk *w, const config_setting_t *list,
                           setting_fn *fn);

/* The bytes of a string setting; empty for a setting of another type. */
struct bytes walk_text(const config_setting_t *s);

/* The known word that is nearest to a misspelt one; NULL: none is near.  word(i)
 * gives the words, and NULL after the last one. */
const char *walk_near(const char *misspelt,
                      const char *(*word)(size_t i, const void *of),
                      const void *of);

/* The names that there are: `what` is their word in a message, word and of are as
 * for walk_near(), and remedy is what to do where none is near. */
struct walk_names {
	const char *what;
	const char *(*word)(size_t i, const void *of);
	const void *of;
	const char *remedy;
};

/* Refuses a name that there is not. */
MUST_CHECK err_t walk_no_such(struct walk *w, const config_setting_t *s,
                              const char *name, const struct walk_names *names);

#endif
