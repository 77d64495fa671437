/*
 * software.h - is this one of the tokens that are known to be software?
 *
 * A help for honest people: a module calls itself what it likes.
 */
#ifndef HSM_CORE_SOFTWARE_H
#define HSM_CORE_SOFTWARE_H

#include "base/buf.h"

enum hsm_mark {
	MARK_ANY, /* nothing */
	MARK_TOKEN_MAKER,
	MARK_TOKEN_MODEL,
	MARK_LIBRARY_MAKER,
	MARK_LIBRARY, /* its description */
	MARK_SLOT,    /* its description */
	MARK_MODULE,  /* its path: the file's name is looked at */
	MARKS
};

enum hsm_mark_kind { MARKS_P11, MARKS_TPM };

/* NULL for a mark that is not known. */
struct hsm_marks {
	enum hsm_mark_kind kind;
	const char *text[MARKS];
};

/* What it is, or NULL; by has the marks that told, for people (it may be
 * NULL). */
const char *hsm_software(const struct hsm_marks *marks, struct buf *by);

#endif
