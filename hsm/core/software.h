/*
 * software.h - recognises tokens that are known to be software.
 *
 * This protects against mistakes only: a module can report any name.
 */
#ifndef HSM_CORE_SOFTWARE_H
#define HSM_CORE_SOFTWARE_H

#include "base/buf.h"

enum hsm_mark {
	MARK_ANY, /* no mark; always matches */
	MARK_TOKEN_MAKER,
	MARK_TOKEN_MODEL,
	MARK_LIBRARY_MAKER,
	MARK_LIBRARY, /* its description */
	MARK_SLOT,    /* its description */
	MARK_MODULE,  /* its path; only the file's name is compared */
	MARKS
};

enum hsm_mark_kind { MARKS_P11, MARKS_TPM };

/* The device's marks by enum hsm_mark; NULL for one that is not known. */
struct hsm_marks {
	enum hsm_mark_kind kind;
	const char *text[MARKS];
};

/* The name of the software, or NULL.  by receives the marks that matched, as
 * text (it may be NULL). */
const char *hsm_software(const struct hsm_marks *marks, struct buf *by);

#endif
