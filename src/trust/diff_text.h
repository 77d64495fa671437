/*
 * diff_text.h - lines for people: settings with their values, whole.
 *
 * A line is made in parts and then ended.  Ending it is the only way to the
 * output, and there every byte that is not printable ASCII becomes "\xNN": a
 * value can neither begin a line nor command a terminal.
 */
#ifndef TRUST_DIFF_TEXT_H
#define TRUST_DIFF_TEXT_H

#include "base/buf.h"
#include "crypto/codec/conf.h"

#define DIFF_INDENT 4

struct diff_text {
	struct buf *out;
	struct buf line; /* the one that is being made */
};

/* An empty text that appends to out. */
struct diff_text diff_text_of(struct buf *out);
void diff_text_release(struct diff_text *t);
DEFINE_AUTO_REF(struct diff_text, diff_text_release);

/* Begins a line with that many spaces; more may be appended to t->line. */
void diff_text_begin(struct diff_text *t, int indent);
void diff_text_end(struct diff_text *t);

/* A digest in lines of its own. */
void diff_text_digest(struct diff_text *t, struct bytes digest, int indent);

/* True if the value goes on below its line: a digest, an officer's key. */
bool diff_text_goes_on(const struct conf_field *f);

/* Ends a line, "NAME:", by the value of a setting or by what its absence means;
 * what goes on is indented.  Not of rows and groups. */
void diff_text_value(struct diff_text *t, const struct conf_field *f,
                     const void *from, int indent);

/* All settings of a form, one below the other. */
void diff_text_form(struct diff_text *t, const struct conf_form *form,
                    const void *from, int indent);

/* OK, or the first failure: what was appended is incomplete. */
MUST_CHECK err_t diff_text_status(const struct diff_text *t);

#endif
