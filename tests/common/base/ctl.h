/*
 * ctl.h - runs anchorctl and captures its output.
 */
#ifndef COMMON_BASE_CTL_H
#define COMMON_BASE_CTL_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/buf.h"

struct ctl {
	int status; /* exit status; -1: a signal ended it */
	struct buf out, error;
};

void ctl_release(struct ctl *c);
DEFINE_AUTO_REF(struct ctl, ctl_release);

/* Runs anchorctl with these arguments, which end with NULL.  Its standard
 * output goes to the file `to`; NULL: to `out`; "": it is closed. */
struct ctl ctl_run(const char *const *words, const char *to);

/* The same with that user id and group id; 0: as the current user. */
struct ctl ctl_run_as(unsigned user, const char *const *words);

/* The same at a pseudoterminal, at which `answer` is typed. */
struct ctl ctl_typed(const char *const *words, const char *answer);

/* True if the text has only lines of printable ASCII. */
bool ctl_is_clean(const struct buf *text);

/* Calls fn for every verb that --help names, with the verb's own help text. */
void ctl_verbs(void (*fn)(const char *verb, const char *help));

#endif
