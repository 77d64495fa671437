/*
 * broken.h - a good file of settings with one text replaced by another, and what a
 * person is told of it.
 *
 * The rows of such a test are a broken.def beside it:
 *
 *	static const struct broken broken[] = {
 *	#include "tests/unit/policy/broken.def"
 *	};
 */
#ifndef COMMON_BASE_BROKEN_H
#define COMMON_BASE_BROKEN_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

struct broken {
	const char *text; /* of the good file, where it is once */
	const char *instead;
	unsigned line;       /* 0: the fault is in no line */
	const char *setting; /* "": the fault is in no setting */
	const char *says; /* a part of the message, behind line and setting */
};

#define BROKEN(text, instead, line, setting, says) \
	{ text, instead, line, setting, says },

/* Parses a file as the program does, and expects no result of one that is
 * refused. */
typedef err_t broken_parse_fn(struct bytes file, struct buf *why);

/* Expects that the good file with the row's text replaced is E_MALFORMED, and
 * that the message begins with the line and the setting. */
void broken_check(const struct broken *row, const char *good,
                  broken_parse_fn *parse);

#endif
