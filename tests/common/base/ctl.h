/*
 * ctl.h - anchorctl as somebody types it, and what it says.
 */
#ifndef COMMON_BASE_CTL_H
#define COMMON_BASE_CTL_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/buf.h"

struct ctl {
	int status; /* of its exit; -1: it died */
	struct buf out, error;
};

void ctl_release(struct ctl *c);
DEFINE_AUTO_REF(struct ctl, ctl_release);

/* Runs it with these words, NULL at the end; standard output goes to `to` (NULL:
 * it is kept; "": it is closed). */
struct ctl ctl_run(const char *const *words, const char *to);

/* The same as another user and group of that number; 0: as we are. */
struct ctl ctl_run_as(unsigned user, const char *const *words);

/* The same at a terminal, where that is typed. */
struct ctl ctl_typed(const char *const *words, const char *answer);

/* Is all of it lines of printable ASCII? */
bool ctl_is_clean(const struct buf *text);

/* Calls fn for every verb that --help names, and its own help. */
void ctl_verbs(void (*fn)(const char *verb, const char *help));

#endif
