/*
 * sheet.h - lines for people: settings with their values, whole.
 *
 * A line is made in parts and then ended.  Ending it is the only way to the
 * output, and there every byte that is not printable ASCII becomes "\xNN": a
 * value can neither begin a line nor command a terminal.
 */
#ifndef TRUST_SHEET_H
#define TRUST_SHEET_H

#include "base/buf.h"
#include "crypto/codec/conf.h"

#define SHEET_INDENT 4

struct sheet {
	struct buf *out;
	struct buf line; /* the one that is being made */
};

/* An empty sheet that appends to out. */
struct sheet sheet_of(struct buf *out);
void sheet_release(struct sheet *s);
DEFINE_AUTO_REF(struct sheet, sheet_release);

/* Begins a line with that many spaces; more may be appended to s->line. */
void sheet_begin(struct sheet *s, int indent);
void sheet_end(struct sheet *s);

/* A digest in lines of its own. */
void sheet_digest(struct sheet *s, struct bytes digest, int indent);

/* True if the value goes on below its line: a digest, an officer's key. */
bool sheet_goes_on(const struct conf_field *f);

/* Ends a line, "NAME:", by the value of a setting or by what its absence means;
 * what goes on is indented.  Not of rows and groups. */
void sheet_value(struct sheet *s, const struct conf_field *f, const void *from,
                 int indent);

/* All settings of a form, one below the other. */
void sheet_form(struct sheet *s, const struct conf_form *form, const void *from,
                int indent);

/* OK, or the first failure: what was appended is incomplete. */
MUST_CHECK err_t sheet_status(const struct sheet *s);

#endif
