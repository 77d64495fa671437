/*
 * parse.h - how every group of a policy is walked.
 */
#ifndef POLICY_PARSE_H
#define POLICY_PARSE_H

#include <libconfig.h>

#include "policy/int.h"

/* What one walk needs. */
struct walk {
	struct policy *policy;
	struct buf *why;
};

typedef err_t setting_fn(struct walk *w, const config_setting_t *s);

/* One name that may stand in a group. */
struct known {
	const char *name; /* NULL ends the table */
	bool required;
	setting_fn *fn;
};

/* Says where and what; gives E_MALFORMED. */
MUST_CHECK err_t walk_bad(struct walk *w, const config_setting_t *s,
                          const char *what);

/* Every name must be known, and those that are required be there. */
MUST_CHECK err_t walk_group(struct walk *w, const config_setting_t *group,
                            const struct known *known);

/* Calls fn for each element of an array or a list. */
MUST_CHECK err_t walk_list(struct walk *w, const config_setting_t *list,
                           setting_fn *fn);

/* A string's bytes; the empty view for anything else. */
struct bytes walk_text(const config_setting_t *s);

/* parse_android.c: the group, and what follows from all of it. */
setting_fn walk_android;

#endif
